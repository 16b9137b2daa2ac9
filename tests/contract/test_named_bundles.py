"""Bundles under names: what is sent is known at once, and is right to the last byte, however it was packed."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.pipeline.bundle.verify import verify_bundle
from portal.results.name_seams import SeamedPacker, byte_places, packed_alone, read_seams
from portal.results.named_report import named_html
from portal.services.named_bundle import named_bundle
from portal.services.named_results import NamedResults
from portal.services.zip_stream import ZipLayout
from portal.web.context import context_of
from tests.browser.every_page import HOSTILE
from tests.contract.named_world import NAMES, World, stored_bundle
from tests.contract.seamless import without_seams

REPORT = "<title>A&amp;b – portal</title>{}<h1><bdi>A&amp;b</bdi> <small>x</small></h1>{}".format(
    "é" * 999, "Ab" * 4000
)
NEW = ["Zebra 7", "苏云金芽孢杆菌", "<b>&amp;", "W" * 200, *HOSTILE]


def members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def laid_out(stored: bytes, name: str) -> ZipLayout:
    def reopen() -> io.BytesIO:
        return io.BytesIO(stored)

    layout = named_bundle(reopen(), reopen, name=name, folder="F")
    assert layout is not None
    return layout


@pytest.fixture
def stored(world: World) -> Path:
    return stored_bundle(world)


def test_both_ways_of_naming_a_bundle_give_the_same_files(stored: Path, tmp_path: Path) -> None:
    seamed, plain = stored.read_bytes(), without_seams(stored)
    with zipfile.ZipFile(stored) as archive:
        reports = [info for info in archive.infolist() if info.filename.endswith(".html")]
    assert reports
    assert all(read_seams(info.extra, size=info.file_size, packed=info.compress_size) for info in reports)
    for name in NEW:
        layouts = laid_out(seamed, name), laid_out(plain, name)
        sent = [b"".join(layout.read()) for layout in layouts]
        assert [len(data) for data in sent] == [layout.size for layout in layouts]
        assert members(sent[0]) == members(sent[1])
        (tmp_path / "b.zip").write_bytes(sent[0])
        assert verify_bundle(tmp_path / "b.zip") == []


def test_any_part_is_as_in_the_whole_whatever_was_read_before(stored: Path) -> None:
    data = stored.read_bytes()
    whole = b"".join(laid_out(data, "Zebra 7").read())
    for start in (len(whole) - 1, len(whole) - 30_000, len(whole) // 2, 0):
        assert b"".join(laid_out(data, "Zebra 7").read(start, start + 40_000)) == whole[start : start + 40_000]


def test_a_layout_reads_no_report(stored: Path) -> None:
    """Sizes are known from a few small files; the texts are read when they are sent."""
    opened = []

    def reopen() -> io.BytesIO:
        opened.append(stored)
        return io.BytesIO(stored.read_bytes())

    layout = named_bundle(io.BytesIO(stored.read_bytes()), reopen, name="Zebra 7", folder="F")
    assert layout is not None
    assert (layout.size > 0, opened) == (True, [])


def test_a_report_that_is_not_what_its_entry_says_ends_the_answer(stored: Path) -> None:
    data = bytearray(stored.read_bytes())
    layout = laid_out(bytes(data), "Zebra 7")

    def damaged(change: Callable[[bytearray, int], None]) -> bytes:
        changed = bytearray(data)
        with zipfile.ZipFile(stored) as archive:
            info = next(info for info in archive.infolist() if info.filename.endswith("report.html"))
        change(changed, info.header_offset + 30 + len(info.filename) + info.compress_size // 2)
        return bytes(changed)

    def scramble(changed: bytearray, at: int) -> None:
        changed[at : at + 400] = bytes(400)

    assert len(b"".join(layout.read())) == layout.size
    with pytest.raises(OSError, match=r"report\.html"):
        list(laid_out(damaged(scramble), "Zebra 7").read())


def test_the_length_of_an_archive_is_told_before_anything_of_it_is_read(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = f"/api/submissions/{world.submission_id}/bundle"
    world.name("Okapi 1", "Okapi 2")
    try:
        with monkeypatch.context() as patch:

            def digest(*_: object) -> None:
                pytest.fail("a bundle was read")

            patch.setattr(NamedResults, "_facts", digest)
            head = world.client.head(address)
            same = world.get(address, **{"If-None-Match": f'"{head.get_etag()[0]}"'})
        answer = world.get(address)
        assert (head.status_code, head.content_length) == (200, len(answer.data))
        assert (same.status_code, answer.get_etag()) == (304, head.get_etag())
        tail = world.get(address, Range="bytes=-700", **{"If-Range": f'"{head.get_etag()[0]}"'})
        assert (tail.status_code, tail.data) == (206, answer.data[-700:])
        read = {name.partition("/")[2]: data for name, data in members(answer.data).items()}
        for line in read["SHA256SUMS"].decode().splitlines():
            sha256, _, name = line.partition("  ")
            assert hashlib.sha256(read[name]).hexdigest() == sha256
    finally:
        world.name(*NAMES)
    assert world.client.head(address).get_etag() != head.get_etag(), "other names are another archive"


def test_another_process_sends_the_same_bytes(world: World) -> None:
    service = context_of(world.site.app).submissions
    submission = service.read(world.submission_id)
    first = service.bundle(submission)
    named = NamedResults(context_of(world.site.app).tasks.shelf)
    service._bundles._tasks.named, before = named, service._bundles._tasks.named
    try:
        again = service.bundle(submission)
        assert (again.etag, again.layout.size) == (first.etag, first.layout.size)
        assert b"".join(again.layout.read()) == b"".join(first.layout.read())
    finally:
        service._bundles._tasks.named = before


# -- seams


def seamed(text: str, step: int) -> tuple[bytes, bytes]:
    packer, data = SeamedPacker(byte_places(text)), text.encode()
    packed = b"".join(packer.compress(data[at : at + step]) for at in range(0, len(data), step)) + packer.flush()
    return packed, packer.field


@pytest.mark.parametrize("step", [1, 7, 1 << 20])
@pytest.mark.parametrize("name", NEW)
def test_a_name_is_replaced_without_packing_the_rest(step: int, name: str) -> None:
    packed, field = seamed(REPORT, step)
    assert zlib.decompress(packed, -15).decode() == REPORT
    seams = read_seams(b"\x01\x00\x02\x00ab" + field, size=len(REPORT.encode()), packed=len(packed))
    assert len(seams) == 2
    own = named_html("<h1><bdi>x</bdi>", name)[len("<h1><bdi>") : -len("</bdi>")].encode()
    for seam in reversed(seams):
        packed = packed[: seam.packed_start] + packed_alone(own) + packed[seam.packed_stop :]
    assert zlib.decompress(packed, -15).decode() == named_html(REPORT, name)


def test_a_text_without_a_heading_has_no_seams() -> None:
    assert byte_places("<title>A – portal</title><p>A") == []
    assert seamed("plain", 2)[1] == b""
    assert SeamedPacker(byte_places(REPORT)).field == b"", "nothing went through it"


@pytest.mark.parametrize(
    "places", [(9, 3, 20, 30), (3, 9, 30, 20), (3, 9, 20, 500), (3, 900, 20, 30), (3, 3, 20, 30), (3, 9, 0, 30)]
)
def test_places_that_cannot_be_are_none(places: tuple[int, ...]) -> None:
    field = struct.pack("<HHQQQQ", 0x7462, 32, *places)
    assert read_seams(field, size=100, packed=100) == ()
    right = struct.pack("<HHQQQQ", 0x7462, 32, 3, 9, 20, 30)
    assert read_seams(right, size=100, packed=100) == ((3, 9, 20, 30),)
    assert read_seams(right[:-1], size=100, packed=100) == ()
    assert read_seams(right + field, size=100, packed=100) == ((3, 9, 20, 30),)
