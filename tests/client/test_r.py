"""The client for R does what the one for Python does, with the same journal, in Debian's R."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bttoxin import Portal
from bttoxin.columns import TABLES

from tests.builders import make_task_on_disk
from tests.client.r_session import command, r, told
from tests.client.spoiler import Spoiler
from tests.client.stranger import stranger
from tests.waiting import PATIENCE_S
from tests.web.api.server import Server

_SUBMIT = "run <- bt_submit(bt_portal({url!r}), {genomes!r}, into = {into!r}, min_identity = 0.7)"


def test_r_and_python_know_the_same_columns() -> None:
    assert told("cat(jsonlite::toJSON(lapply(bt_columns, as.list), auto_unbox = TRUE))") == TABLES


def test_r_submits_the_same_journal_opens_in_python_and_nothing_is_sent_twice(
    server: Server, genomes: Path, tmp_path: Path
) -> None:
    before = set(server.portal.task_ids())
    into = tmp_path / "run"
    script = f"{_SUBMIT}; cat(jsonlite::toJSON(bt_refused(run)))"
    first = r(script, url=server.url, genomes=genomes, into=into)
    assert "27 genomes: 26 sent, 1 refused" in first.stderr
    (refused,) = json.loads(first.stdout)
    assert (Path(refused["path"]).name, refused["line"], refused["label"]) == ("bad.fna", 2, "bad")
    made = set(server.portal.task_ids()) - before
    assert len(made) == 26
    lines = (into / "run.jsonl").read_text()
    assert "27 genomes: 26 sent before, 1 refused" in r(_SUBMIT, url=server.url, genomes=genomes, into=into).stderr
    run = Portal(server.url, quiet=True).submit(genomes, into=into, min_identity=0.7)
    assert (into / "run.jsonl").read_text() == lines
    assert {state.task_id for state in run.status() if state.status == "pending"} == made
    assert (into / "run.jsonl").stat().st_mode & 0o077 == 0
    assert "run.jsonl" in (into / ".gitignore").read_text()


def test_tables_of_r_have_every_row_and_the_right_types(server: Server, genomes: Path, tmp_path: Path) -> None:
    run = Portal(server.url, quiet=True).submit(genomes, into=tmp_path / "run", min_identity=0.7)
    submission = run._operations.state.live[0].submission_id
    for state in run.states:
        if state.label in ("007", "1e5", "NA"):
            server.portal.task(state.task_id).path.rename(server.portal.trash / state.task_id)
            hits = 0 if state.label == "NA" else 7
            make_task_on_disk(server.portal, task_id=state.task_id, submission=submission, hits=hits)
    types = {"text": "character", "int": "numeric", "float": "numeric", "bool": "logical", "time": "POSIXct"}
    for table, columns in TABLES.items():
        script = (
            "run <- bt_open(bt_portal({url!r}), {into!r}); frame <- bt_table(run, {table!r}); "
            "cat(jsonlite::toJSON(list(types = lapply(frame, function(x) class(x)[1]), rows = frame), "
            "auto_unbox = TRUE, digits = NA, na = 'null', dataframe = 'rows'))"
        )
        answer = told(script, url=server.url, into=run.folder, table=table)
        assert answer["types"] == {name: types[kind] for name, kind in columns.items()}, table
        rows = run.rows(table)
        timeless = [name for name, kind in columns.items() if kind != "time"]
        assert [[_rounded(row.get(name)) for name in timeless] for row in answer["rows"]] == [
            [_rounded(_told_by_r(row, name)) for name in timeless] for row in rows
        ], table
        assert len(rows) >= 3


def _rounded(value: Any) -> Any:
    """Return a value as R writes it, with 15 digits."""
    return float(f"{value:.12g}") if isinstance(value, float) else value


def _told_by_r(row: dict[str, Any], name: str) -> Any:
    """R names the message of a refused file without its path, which stands in a column of bt_refused()."""
    value = row.get(name)
    return str(value).partition(": ")[2] if name == "message" and row["status"] == "refused" else value


def test_an_empty_table_has_its_columns_and_types(server: Server, genomes: Path, tmp_path: Path) -> None:
    said = "cat(jsonlite::toJSON(lapply(bt_scores(run), class), auto_unbox = TRUE)); print(dim(bt_matrix(run)))"
    script = f"{_SUBMIT}; {said}"
    done = r(script, url=server.url, genomes=genomes, into=tmp_path / "run")
    assert done.returncode == 0, done.stderr
    head, _, size = done.stdout.partition("[1]")
    assert list(json.loads(head)) == list(TABLES["scores"])
    assert json.loads(head)["score"] == "numeric"
    assert size.split() == ["26", "0"]


@pytest.mark.parametrize("lines", [1, 3, 20])
def test_r_killed_anywhere_goes_on(server: Server, genomes: Path, tmp_path: Path, lines: int) -> None:
    before = set(server.portal.task_ids())
    into = tmp_path / "run"
    script = _SUBMIT.format(url=server.url, genomes=str(genomes), into=str(into))
    process = subprocess.Popen(command(script), env={**os.environ, "LC_ALL": "C.UTF-8"}, stderr=subprocess.DEVNULL)
    until = time.monotonic() + PATIENCE_S
    while not (into / "run.jsonl").exists() or (into / "run.jsonl").read_bytes().count(b"\n") < lines:
        assert time.monotonic() < until
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    process.wait(PATIENCE_S)
    assert r(script.replace("{", "{{").replace("}", "}}")).returncode == 0
    assert len(set(server.portal.task_ids()) - before) == 26


def _start_r(script: str, log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(command(script), env={**os.environ, "LC_ALL": "C.UTF-8"}, stdout=output, stderr=output)


def test_two_sessions_of_r_on_one_folder_lose_no_line(server: Server, genomes: Path, tmp_path: Path) -> None:
    before, into = set(server.portal.task_ids()), tmp_path / "run"
    sessions, paths = [], sorted(genomes.iterdir())
    for number in range(2):
        part = tmp_path / f"part{number}"
        part.mkdir()
        for path in paths[number::2]:
            path.rename(part / path.name)
        script = _SUBMIT.format(url=server.url, genomes=str(part), into=str(into))
        sessions.append(_start_r(script, tmp_path / f"{number}.log"))
    assert [session.wait(120) for session in sessions] == [0, 0], (tmp_path / "0.log").read_text()
    events = [json.loads(line) for line in (into / "run.jsonl").read_text().splitlines()]
    kinds = [event["event"] for event in events]
    assert {kind: kinds.count(kind) for kind in kinds} == {
        "run": 1, "intent": 2, "submission": 2, "sent": 26, "refused": 1,
    }  # fmt: skip
    assert len(set(server.portal.task_ids()) - before) == 26
    assert sorted(path.name for path in into.iterdir()) == [".gitignore", "run.jsonl"]


def test_a_session_of_r_waits_while_another_submits(server: Server, genomes: Path, tmp_path: Path) -> None:
    into, lock = tmp_path / "run", tmp_path / "run" / "run.lock.d"
    into.mkdir()
    hold = f".bt_exclusive({str(into)!r}, function() while (!file.exists({str(tmp_path / 'go')!r})) Sys.sleep(0.05))"
    holder = _start_r(hold, tmp_path / "holder.log")
    _until(lock.is_dir)
    log = tmp_path / "second.log"
    second = _start_r(_SUBMIT.format(url=server.url, genomes=str(genomes), into=str(into)), log)
    _until(lambda: f"process {holder.pid} on" in log.read_text())
    assert not (into / "run.jsonl").exists()
    (tmp_path / "go").touch()
    assert (holder.wait(60), second.wait(120)) == (0, 0), log.read_text()
    assert (into / "run.jsonl").read_text().count('"sent"') == 26


def _until(seen: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not seen():
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.parametrize("faults", [{"cuts": 2}, {"flips": 1}])
def test_a_download_of_r_ends_intact(server: Server, tmp_path: Path, faults: dict[str, int]) -> None:
    (tmp_path / "x.fna").write_bytes(b">x\nACGT\n")
    spoiler = Spoiler(server.port, **faults)
    run = Portal(spoiler.url, quiet=True).submit(tmp_path / "x.fna", into=tmp_path / "run")
    [state] = run.states
    server.portal.task(state.task_id).path.rename(server.portal.trash / state.task_id)
    submission = run._operations.state.live[0].submission_id
    make_task_on_disk(server.portal, task_id=state.task_id, submission=submission)
    script = "run <- bt_open(bt_portal({url!r}), {into!r}); bt_wait(run); cat(jsonlite::toJSON(bt_bundles(run)))"
    [path] = told(script, url=spoiler.url, into=run.folder)
    good = server.portal.task(state.task_id).path / "attempts/1/bundle/out/bundle.zip"
    assert Path(path).read_bytes() == good.read_bytes()
    assert (spoiler.cuts, spoiler.flips) == (0, 0)
    assert [entry.name for entry in Path(path).parent.iterdir()] == [Path(path).name]
    spoiler.close()


def test_a_log_in_page_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "x.fna").write_bytes(b">x\nACGT\n")
    for answer in ((200, {"Content-Type": "text/html"}, b"<html>"), (302, {"Location": "https://sso.example/"}, b"")):
        with stranger(*answer) as url:
            done = r(_SUBMIT, url=url, genomes=tmp_path / "x.fna", into=tmp_path / "run")
        assert done.returncode == 1
        assert "log-in page" in done.stderr
    assert not (tmp_path / "run").exists()


def test_no_token_is_shown_and_a_refusal_names_field_and_request(server: Server, genomes: Path, tmp_path: Path) -> None:
    into = tmp_path / "run"
    done = r(f"{_SUBMIT}; print(run); str(run); print(run$portal)", url=server.url, genomes=genomes, into=into)
    events = [json.loads(line) for line in (into / "run.jsonl").read_text().splitlines()]
    secrets = [event[name] for event in events for name in ("secret", "token", "view_token") if name in event]
    assert len(secrets) == 3
    assert not [secret for secret in secrets if secret in done.stdout + done.stderr]
    wrong = r(_SUBMIT.replace("0.7", "7"), url=server.url, genomes=genomes, into=tmp_path / "wrong")
    assert wrong.returncode == 1
    assert "min_identity" in wrong.stderr
    assert "request " in wrong.stderr
