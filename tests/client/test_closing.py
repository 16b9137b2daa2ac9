"""A run that stopped half-way is closed without the rest, from a notebook and in a terminal."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import bttoxin.submitting
import pytest
from bttoxin import AsyncPortal, Portal, Run
from click.testing import CliRunner

from portal.cli.client import close
from tests.client.r_session import told
from tests.web.api.server import Server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "genomes"
    folder.mkdir()
    for name in ("a", "b", "c", "d"):
        (folder / f"{name}.fna").write_bytes(f">{name}\nACGTACGT\n".encode())
    return folder


@pytest.fixture
def run(server: Server, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that ended after two of four genomes."""
    whole = bttoxin.submitting._send

    def send(journal, submission, item, *rest):  # type: ignore[no-untyped-def]
        if item.n > 2:
            raise KeyboardInterrupt
        return whole(journal, submission, item, *rest)

    portal = Portal(server.url, quiet=True)
    with monkeypatch.context() as patched:
        patched.setattr(bttoxin.submitting, "_send", send)
        with pytest.raises(KeyboardInterrupt):
            portal.submit(folder, into=tmp_path / "run")
    return portal.open(tmp_path / "run")


def test_a_run_is_closed_without_what_never_arrived(run: Run) -> None:
    assert [run.close(), run.close()] == [["c", "d"], ["c", "d"]]
    run.status()
    assert run.counts == {"pending": 2, "lapsed": 2}


def test_the_asynchronous_client_does_the_same(run: Run) -> None:
    async def act() -> list[str]:
        async with AsyncPortal(run.url, quiet=True) as portal:
            return await portal.open(run.folder).close()

    assert asyncio.run(act()) == ["c", "d"]


def test_what_is_sent_afterwards_is_refused_by_name_and_the_new_one_is_sent(run: Run, folder: Path) -> None:
    run.close()
    (folder / "e.fna").write_bytes(b">e\nACGTACGTAA\n")
    again = Portal(run.url, quiet=True).submit(folder, into=run.folder)
    assert [file.label for file in again.refused] == ["c", "d"]
    assert all("closed without" in file.message for file in again.refused)
    again.status()
    assert again.counts == {"pending": 3, "refused": 2}


def test_the_command_prints_what_is_missing(run: Run) -> None:
    for _ in range(2):
        answer = CliRunner().invoke(close, [str(run.folder)])
        assert (answer.exit_code, answer.stdout) == (0, "c\nd\n"), answer.output
    answer = CliRunner().invoke(close, [str(run.folder), "--json"])
    assert json.loads(answer.stdout) == {"missing": ["c", "d"]}


def test_a_task_is_no_run(run: Run) -> None:
    answer = CliRunner().invoke(close, ["k3v7q2m5x4ta"])
    assert answer.exit_code == 1
    assert "No run called" in answer.output


def test_r_closes_the_same_run_and_then_names_what_is_refused(run: Run, folder: Path) -> None:
    opened = "run <- bt_open(bt_portal({url!r}), {into!r}); cat(jsonlite::toJSON(list(bt_close(run), bt_close(run))))"
    assert told(opened, url=run.url, into=run.folder) == [["c", "d"], ["c", "d"]]
    run.status()
    assert run.counts == {"pending": 2, "lapsed": 2}
    again = "run <- bt_submit(bt_portal({url!r}), {genomes!r}, into = {into!r}); cat(jsonlite::toJSON(bt_refused(run)))"
    refused = told(again, url=run.url, genomes=folder, into=run.folder)
    assert [file["label"] for file in refused] == ["c", "d"]
    assert all("closed without" in file["message"] for file in refused)
