"""The log of acts: no line is lost while it is turned over, and its end is read without its beginning."""

from __future__ import annotations

import json
import multiprocessing
import os
from pathlib import Path

import pytest

from portal.files import audit
from portal.files.audit import last_acts, newest_acts, note_act, read_acts
from portal.files.taskdir import PortalDir

WRITERS, EACH = 4, 150


@pytest.fixture
def portal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PortalDir:
    made = PortalDir(tmp_path)
    made.prepare()
    monkeypatch.setattr(audit, "FULL_BYTES", 4000)
    return made


def _write(portal: PortalDir, writer: int, full_bytes: int = 4000) -> None:
    audit.FULL_BYTES = full_bytes  # in a process of its own
    for number in range(EACH):
        note_act(portal, by=f"writer {writer}", action="try", number=number)


def test_no_line_is_lost_by_writers_that_turn_it_over(portal: PortalDir) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(portal, writer)) for writer in range(WRITERS)]
    for process in writers:
        process.start()
    for process in writers:
        process.join()
        assert process.exitcode == 0
    acts = list(read_acts(portal))
    assert len(acts) == WRITERS * EACH
    for writer in range(WRITERS):
        mine = [act["number"] for act in acts if act["by"] == f"writer {writer}"]
        assert mine == list(range(EACH)), "each once, in its order"
    files = sorted(portal.own.glob("audit-*.log"))
    assert len(files) > 5
    assert all(file.stat().st_size < 4000 + 200 for file in files)
    assert all(json.loads(line) for file in files for line in file.read_text().splitlines())


def test_pages_go_over_the_files(portal: PortalDir) -> None:
    _write(portal, 0)
    pages = [last_acts(portal, limit=40, skip=skip) for skip in range(0, EACH, 40)]
    assert [act["number"] for acts, _ in pages for act in acts] == list(reversed(range(EACH)))
    assert [more for _, more in pages] == [True, True, True, False]


def test_the_newest_are_read_without_the_oldest(portal: PortalDir) -> None:
    _write(portal, 0)
    for file in portal.own.glob("audit-0*.log"):
        file.unlink()
        os.mkfifo(file)  # whoever opens it to read would be told
    acts = newest_acts(portal)
    note_act(portal, by="me", action="last")
    assert next(acts)["action"] == "last"


@pytest.mark.parametrize("cut", [b'{"at": "2026', b"\0\0\0", b"[1, 2]\n", b"[" * 5000, "{\u00e4".encode()[:-1]])
def test_a_cut_line_costs_itself_alone(portal: PortalDir, cut: bytes) -> None:
    note_act(portal, by="me", action="before")
    with portal.audit.open("ab") as stream:
        stream.write(cut)
    note_act(portal, by="me", action="after", filename="\ud800 line\nfeed")
    assert [act["action"] for act in read_acts(portal)] == ["before", "after"]


def test_nothing_is_written_through_a_link(portal: PortalDir, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.touch()
    portal.audit.symlink_to(victim)
    assert list(read_acts(portal)) == []
    note_act(portal, by="me", action="try")
    assert [act["action"] for act in read_acts(portal)] == ["try"]
    assert victim.read_bytes() == b""
    assert [path.readlink() for path in portal.quarantine.iterdir()] == [victim]
