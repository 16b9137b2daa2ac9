"""One submission is one table, one comparison and one archive, and the web process does not grow with it.

GENOMES makes the submission larger than the other tests have time for: `make many-genomes` runs it with 500.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import socket
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import openpyxl
import pytest
from bttoxin import Portal, Run

from portal.domain.status import Lang
from portal.pipeline.bundle.archive import write_bundle
from portal.pipeline.bundle.origin import Origin
from portal.results.names import CHECKSUMS, COMPARE_TARGETS_TSV, READMES
from tests.builders import make_task_on_disk, rewrite_result
from tests.client.fronts import Front, closing_all, pump
from tests.web.api.server import Server

GENOMES = int(os.environ.get("GENOMES", "24"))
_BUNDLES_BYTES = 120_000_000  # of all bundles together
_GROWTH_BYTES = 40_000_000  # what the web process may take for them
_HITS = 4  # genomes have 0 to 3 toxins


@contextlib.contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Collect the requests of the block."""
    asked: list[str] = []
    real = httpx.Client.send

    def send(client: httpx.Client, request: httpx.Request, **options: object) -> httpx.Response:
        asked.append(f"{request.method} {request.url.path}")
        return real(client, request, **options)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(httpx.Client, "send", send)
        yield asked


def _bundle_of_noise(folder: Path, number: int, size: int) -> bytes:
    """Return a bundle as the pipeline makes it, with a report and noise that no zip shrinks."""
    noise, report = folder / f"{number}.png", folder / "report.html"
    noise.write_bytes(random.Random(number).randbytes(size))
    report.write_text(f"<title>s{number} – x</title>{'<p>Bt' * 50_000}<h1><bdi>s{number}</bdi></h1>{'<p>Bt' * 200_000}")
    target = folder / "bundle.zip"
    origin = Origin("abcdefgh2345", f"s{number:03d}", "2026-03-01T10:00:07+01:00", Lang.EN)
    write_bundle(target, {"3_Plots": [noise], "4_Report": [report]}, origin=origin, versions={})
    noise.unlink()
    return target.read_bytes()


@pytest.fixture(scope="module")
def run(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Submit genomes, and put results into place as the pipeline would, with bundles of noise that no zip shrinks."""
    folder = tmp_path_factory.mktemp("genomes")
    for number in range(GENOMES):
        (folder / f"s{number:03d}.fna").write_text(f">contig{number}\n{'ACGTTGCA' * (number + 5)}\n")
    made = Portal(server.url, quiet=True).submit(folder, into=folder / "run")
    submission = made._operations.state.live[0].submission_id
    for number, state in enumerate(made.states):
        server.portal.task(state.task_id).path.rename(server.portal.trash / state.task_id)
        make_task_on_disk(
            server.portal,
            task_id=state.task_id,
            submission=submission,
            filename=f"{state.label}.fna",
            hits=number % _HITS,
        )
        bundle = server.portal.task(state.task_id).path / "attempts/1/bundle/out/bundle.zip"
        rewrite_result(bundle, _bundle_of_noise(folder, number, _BUNDLES_BYTES // GENOMES))
    return made


def test_the_scores_of_all_genomes_take_one_request(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with counted(monkeypatch) as asked:
        scores = run.scores("pandas")
    assert len(asked) == 1
    assert list(scores["label"].unique()) == [f"s{number:03d}" for number in range(GENOMES)]
    known = scores[scores["score"] > 0]
    assert set(known["label"]) == {f"s{number:03d}" for number in range(GENOMES) if number % _HITS}


def test_the_tables_of_all_genomes_are_saved_as_workbooks(run: Run, tmp_path: Path) -> None:
    saved = run.save_tables(tmp_path / "tables")
    assert [path.name for path in saved] == ["tasks.xlsx", "toxins.xlsx", "scores.xlsx", "species.xlsx"]
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == sorted(path.name for path in saved)
    for path in saved:
        rows = openpyxl.load_workbook(path)[path.stem].iter_rows(values_only=True)
        labels = [row[0] for row in rows][1:]
        assert labels == [row["label"] for row in run.rows(path.stem)]
    [tasks, *_] = run.save_tables(tmp_path / "csv", format="csv")
    assert tasks.read_text(encoding="utf-8").startswith("label,task_id,")
    with pytest.raises(ValueError, match="no format 'ods'"):
        run.save_tables(tmp_path, format="ods")


def test_all_genomes_are_compared_in_one_request(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with counted(monkeypatch) as asked:
        [path] = run.compare()
    assert len(asked) == 1
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        table = archive.read(next(name for name in archive.namelist() if name.endswith(COMPARE_TARGETS_TSV))).decode()
    assert sorted(line.partition("\t")[0] for line in table.splitlines()[1:]) == [f"s{n:03d}" for n in range(GENOMES)]


def test_the_bundles_of_all_genomes_are_one_stream(server: Server, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with counted(monkeypatch) as asked:
        run.wait()
        before = server.peak_memory()
        [path] = run.bundle()
    assert asked[1:] == [f"{method} {asked[-1].partition(' ')[2]}" for method in ("HEAD", "GET")]
    assert path.stat().st_size > _BUNDLES_BYTES
    assert server.peak_memory() - before < _GROWTH_BYTES
    with zipfile.ZipFile(path) as archive:
        bundles = [name for name in archive.namelist() if name.endswith(".zip")]
        listed = archive.read(next(name for name in archive.namelist() if name.endswith(CHECKSUMS))).decode()
    assert len(bundles) == GENOMES
    assert len(listed.splitlines()) == GENOMES + len(READMES)


def test_a_stream_under_names_begins_at_once_and_takes_no_memory(server: Server, run: Run) -> None:
    submission = run._operations.state.live[0]
    address = f"{server.url}/api/submissions/{submission.submission_id}"
    bearer = {"Authorization": f"Bearer {submission.token}"}
    table = "label,name\n" + "".join(f"s{number:03d},Bt {number}\n" for number in range(0, GENOMES, 2))
    csv = {**bearer, "Content-Type": "text/csv", "If-Match": "*"}
    assert httpx.put(f"{address}/annotations", content=table, headers=csv, timeout=60).status_code == 200
    try:
        before = server.peak_memory()
        head = httpx.head(f"{address}/bundle", headers=bearer, timeout=60)
        kept, sums = {}, {}
        with (
            httpx.stream("GET", f"{address}/bundle", headers=bearer, timeout=60) as answer,
            tempfile.TemporaryFile() as whole,
        ):
            for data in answer.iter_bytes():
                whole.write(data)
            assert whole.tell() == int(head.headers["Content-Length"]) == int(answer.headers["Content-Length"])
            assert answer.headers["ETag"] == head.headers["ETag"]
            with zipfile.ZipFile(whole) as archive:
                for name in archive.namelist():
                    kept[name.partition("/")[2]] = hashlib.sha256(archive.read(name)).hexdigest()
                    if name.endswith(CHECKSUMS):
                        lines = archive.read(name).decode().splitlines()
                        sums = {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}
        assert server.peak_memory() - before < _GROWTH_BYTES
        assert sum(name.startswith("Bt_") for name in sums) == len(range(0, GENOMES, 2))
        assert sums == {name: sha256 for name, sha256 in kept.items() if name != CHECKSUMS}
    finally:
        blank = "label,name\n" + "".join(f"s{number:03d},\n" for number in range(0, GENOMES, 2))
        assert httpx.put(f"{address}/annotations", content=blank, headers=csv, timeout=60).status_code == 200


def test_any_part_of_the_stream_can_be_had(server: Server, run: Run) -> None:
    [path] = run.bundle()
    submission = run._operations.state.live[0]
    address = f"{server.url}/api/submissions/{submission.submission_id}/bundle"
    size = path.stat().st_size
    for first, last in ((0, 99), (size // 2, size // 2 + 500_000), (size - 4096, size - 1)):
        headers = {"Authorization": f"Bearer {submission.token}", "Range": f"bytes={first}-{last}"}
        part = httpx.get(address, headers=headers)
        assert (part.status_code, part.headers["Content-Range"]) == (206, f"bytes {first}-{last}/{size}")
        with path.open("rb") as whole:
            whole.seek(first)
            assert part.content == whole.read(last - first + 1)


class Cutting(Front):
    """Leads to a port; the first connections end after some bytes of the archive, in the middle of it."""

    def __init__(self, port: int, cuts: int) -> None:
        self._target, self.cuts = port, cuts
        super().__init__()

    def serve(self, client: socket.socket) -> None:
        """Forward both ways, and cut the line after a fifth of the archive."""
        with socket.create_connection(("127.0.0.1", self._target)) as upstream:
            threading.Thread(target=pump, args=(client, upstream), daemon=True).start()
            left = _BUNDLES_BYTES // 5 if self.cuts else None
            with contextlib.suppress(OSError):
                while piece := upstream.recv(1 << 16):
                    client.sendall(piece)
                    left = None if left is None else left - len(piece)
                    if left is not None and left <= 0:
                        self.cuts -= 1
                        client.shutdown(socket.SHUT_RDWR)  # a plain close waits for the thread that reads it
                        return


def test_a_cut_stream_continues_where_it_was(server: Server, run: Run, tmp_path: Path) -> None:
    [path] = run.bundle()
    front, link = Cutting(server.port, cuts=2), run._operations.link
    straight = link.url, run._driver
    with closing_all(front):
        link.url = f"http://127.0.0.1:{front.port}"
        run._driver = type(run._driver)(link.url)
        try:
            [again] = run.bundle(tmp_path / "again.zip")
        finally:
            link.url, run._driver = straight
    assert front.cuts == 0
    assert again.read_bytes() == path.read_bytes()
