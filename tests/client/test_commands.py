"""`btportal submit`, `status` and `download` as a user of a shell has them: what is where, what exit codes say."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli.client import download, status, submit
from portal.domain.status import TaskStatus
from portal.files.atomic import write_json
from portal.files.taskdir import PortalDir
from portal.storage.codec import to_json
from tests.builders import GENOME, make_task_on_disk
from tests.waiting import PATIENCE_S
from tests.web.api.server import Server


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An account of its own, so that no run of the developer's is touched."""
    for name in ("BTPORTAL_TOKEN", "BTPORTAL_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "C15.fna"
    path.write_bytes(GENOME)
    return path


def run(command: object, *arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])  # type: ignore[arg-type]


def fields(answer: Result) -> list[list[str]]:
    return [line.split("\t") for line in answer.stdout.splitlines()]


def finish(server: Server, task_id: str, status: TaskStatus = TaskStatus.COMPLETED) -> None:
    """Give a task results, as the pipeline would have."""
    meta = json.loads(server.portal.task(task_id).meta.read_text())
    # Made elsewhere, and the record last: a task whose folder is not there for a moment was deleted.
    apart = PortalDir(server.portal.jobs.with_name(f"finished-{task_id}"))
    apart.prepare()
    built = make_task_on_disk(apart, status, task_id=task_id, submission=meta["submission"])
    results = shutil.ignore_patterns("task_meta.json")
    shutil.copytree(apart.task(task_id).path, server.portal.task(task_id).path, dirs_exist_ok=True, ignore=results)
    write_json(server.portal.task(task_id).meta, to_json(built.task))
    shutil.rmtree(apart.jobs)


def test_one_line_for_each_genome_on_stdout_and_nothing_else(server: Server, genomes: Path) -> None:
    answer = run(submit, genomes, "--url", server.url)
    assert answer.exit_code == 1  # one is refused
    by_label = {label: (task_id, *rest) for label, task_id, *rest in fields(answer)}
    assert len(by_label) == 27
    assert {"007", "1e5", "NA", "菌株"} <= set(by_label)
    assert by_label["007"][1] == "pending"
    assert by_label["bad"][1] == "refused"
    assert "line 2" in by_label["bad"][2]
    assert set(server.portal.task_ids()) >= {task_id for label, (task_id, *_) in by_label.items() if label != "bad"}
    assert "27 genomes: 26 sent, 1 refused" in answer.stderr


def test_the_same_command_again_sends_nothing(server: Server, genomes: Path) -> None:
    first = run(submit, genomes, "--url", server.url)
    before = set(server.portal.task_ids())
    again = run(submit, genomes, "--url", server.url)
    assert again.stdout == first.stdout
    assert set(server.portal.task_ids()) == before
    assert "27 genomes: 26 sent before, 1 refused" in again.stderr
    new = run(submit, genomes, "--url", server.url, "--new")
    assert len(set(server.portal.task_ids()) - before) == 26
    assert run(submit, genomes, "--url", server.url).stdout == new.stdout


def test_other_parameters_are_another_run(server: Server, genome: Path) -> None:
    answers = [
        run(submit, genome, "--url", server.url, *more) for more in ((), ("--min-identity", "0.5", "--lang", "zh"))
    ]
    (first,), (second,) = (fields(answer) for answer in answers)
    assert first[1] != second[1]
    record = json.loads(run(status, second[1], "--json").stdout)
    assert (record["parameters"]["min_identity"], record["lang"]) == (0.5, "zh")
    assert "token" not in record


def test_journals_are_read_by_their_owner_alone(server: Server, genome: Path, home: Path) -> None:
    run(submit, genome, "--url", server.url)
    (journal,) = home.rglob("run.jsonl")
    assert stat.S_IMODE(journal.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.parents[1].stat().st_mode) == 0o700


def test_a_folder_of_ones_own_is_found_by_its_name(server: Server, genome: Path, tmp_path: Path) -> None:
    answer = run(submit, genome, "--url", server.url, "--into", tmp_path / "may", "--json")
    told = json.loads(answer.stdout)
    assert (told["run"], told["url"]) == (str(tmp_path / "may"), server.url)
    assert fields(run(status, tmp_path / "may"))[0][:3] == ["C15", told["genomes"][0]["task_id"], "pending"]
    refused = run(submit, genome, "--url", server.url, "--into", tmp_path / "may", "--new")
    assert refused.exit_code == 2


def test_status_of_a_run_of_a_task_and_of_everything(server: Server, genomes: Path) -> None:
    answer = run(submit, genomes, "--url", server.url, "--json")
    told = json.loads(answer.stdout)
    ids = {row["label"]: row["task_id"] for row in told["genomes"]}
    finish(server, ids["007"])
    finish(server, ids["NA"], TaskStatus.FAILED)
    (known,) = json.loads(run(status, "--json").stdout)
    assert (known["run"], known["genomes"]) == (told["run"], 27)
    assert fields(run(status))[0][1:] == ["27 genomes", server.url]
    whole = run(status, known["submissions"][0])
    assert whole.exit_code == 1
    lines = {line[0]: line for line in fields(whole)}
    assert lines["007"][2] == "completed"
    assert "acts on" in lines["007"][3]
    assert lines["NA"][2] == "failed"
    one = run(status, ids["NA"])
    assert one.exit_code == 1
    assert "more memory" in one.stdout
    assert run(status, ids["007"]).exit_code == 0
    both = json.loads(run(status, ids["007"], ids["1e5"], "--json").stdout)
    assert [record["task_id"] for record in both] == [ids["007"], ids["1e5"]]


def test_download_prints_paths_and_fetches_nothing_twice(server: Server, genomes: Path, tmp_path: Path) -> None:
    told = json.loads(run(submit, genomes, "--url", server.url, "--json").stdout)
    ids = {row["label"]: row["task_id"] for row in told["genomes"]}
    for label in ("007", "菌株"):
        finish(server, ids[label])
    answer = run(download, told["run"], "--out", tmp_path / "out")
    assert answer.exit_code == 0, answer.output
    paths = [Path(line) for line in answer.stdout.splitlines()]
    assert [path.name for path in paths] == [f"HD-1_{ids[label]}.zip" for label in ("007", "菌株")]
    stamps = [path.stat().st_mtime_ns for path in paths]
    assert json.loads(run(download, told["run"], "--out", tmp_path / "out", "--json").stdout) == [*map(str, paths)]
    assert [path.stat().st_mtime_ns for path in paths] == stamps
    alone = run(download, ids["007"], "--out", tmp_path / "one")
    assert Path(alone.stdout.strip()).read_bytes() == paths[0].read_bytes()


def test_a_task_from_elsewhere_needs_its_token(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = make_task_on_disk(server.portal)
    unknown = run(download, done.task_id, "--url", server.url)
    assert unknown.exit_code == 1
    assert "not known here" in unknown.stderr
    monkeypatch.setenv("BTPORTAL_TOKEN", done.token)
    answer = run(download, done.task_id, "--url", server.url, "--out", tmp_path / "out")
    assert Path(answer.stdout.strip()).read_bytes().startswith(b"PK")


def test_errors_are_one_line(genome: Path, tmp_path: Path, server: Server) -> None:
    for arguments, said in (
        ((genome, "--url", "ftp://x"), "looks like https://"),
        ((tmp_path / "missing.fna", "--url", server.url), "no genomes"),
        ((tmp_path, "--url", server.url, "--into", genome), "C15.fna"),
    ):
        answer = run(submit, *arguments)
        assert (answer.exit_code, answer.stdout) in ((1, ""), (2, "")), answer.output
        assert said in answer.stderr
        assert "Traceback" not in answer.stderr


def test_a_run_that_the_portal_removed_is_told(server: Server, genome: Path) -> None:
    told = json.loads(run(submit, genome, "--url", server.url, "--json").stdout)
    from bttoxin import Portal

    with Portal(server.url, quiet=True) as portal:
        opened = portal.open(told["run"])
        submission = opened._operations.state.live[0]
        opened.delete()
    journal = Path(told["run"]) / "run.jsonl"
    journal.write_text("".join(line for line in journal.read_text().splitlines(True) if '"deleted"' not in line))
    answer = run(submit, genome, "--url", server.url)
    assert answer.exit_code == 1
    assert "--new" in answer.stderr
    assert submission.token not in answer.output


def _btportal(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "portal.cli", *map(str, arguments)]


def _wait_for_lines(home: Path, count: int) -> None:
    """Wait until the only journal of this account has that many lines."""
    until = time.monotonic() + PATIENCE_S
    while sum(path.read_bytes().count(b"\n") for path in home.rglob("run.jsonl")) < count:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_ctrl_c_loses_nothing_and_the_same_command_goes_on(server: Server, genomes: Path, home: Path) -> None:
    """Interrupted twice while it sends and once while it waits; the shell sees 130 and nothing on stdout."""
    before = set(server.portal.task_ids())
    for lines in (3, 12, 29):
        command = _btportal("submit", genomes, "--url", server.url, "--wait", "--out", genomes.parent / "out")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        _wait_for_lines(home, lines)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, output) == (130, ""), errors
        assert "nothing is lost" in errors
    answer = run(submit, genomes, "--url", server.url)
    made = set(server.portal.task_ids()) - before
    assert len(made) == 26
    assert {line[1] for line in fields(answer) if line[2] != "refused"} == made


def test_several_at_once_keep_all_of_their_tokens(server: Server, genomes: Path) -> None:
    """Three commands at the same time, two of them the same."""
    before = set(server.portal.task_ids())
    some = sorted(genomes.glob("s*"))[:5]
    commands = [_btportal("submit", genomes, "--url", server.url)] * 2 + [
        _btportal("submit", *some, "--url", server.url)
    ]
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for command in commands
    ]
    told = [process.communicate(timeout=PATIENCE_S)[0] for process in processes]
    assert [process.returncode for process in processes] == [1, 1, 0]
    assert told[0] == told[1]
    made = set(server.portal.task_ids()) - before
    assert len(made) == 26 + 5
    known = json.loads(run(status, "--json").stdout)
    assert sorted(entry["genomes"] for entry in known) == [5, 27]


def test_a_reader_that_has_enough_is_no_error(server: Server, genomes: Path) -> None:
    words = " ".join(f"'{word}'" for word in _btportal("submit", genomes, "--url", server.url))
    done = subprocess.run(
        ["bash", "-c", f"{words} | head -n 1"], capture_output=True, text=True, timeout=60, check=True
    )
    assert len(done.stdout.splitlines()) == 1
    assert "Traceback" not in done.stderr


def _finish_all(server: Server, known: set[str]) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        for task_id in set(server.portal.task_ids()) - known:
            finish(server, task_id)
            os._exit(0)
        time.sleep(0.05)


def test_submit_and_wait_brings_the_bundle(server: Server, genome: Path, tmp_path: Path) -> None:
    pipeline = multiprocessing.get_context("fork").Process(
        target=_finish_all, args=(server, set(server.portal.task_ids()))
    )
    pipeline.start()
    answer = run(submit, genome, "--url", server.url, "--wait", "--out", tmp_path / "out")
    pipeline.join()
    assert answer.exit_code == 0, answer.output
    (bundle,) = (tmp_path / "out").iterdir()
    assert fields(answer)[0][2:] == ["completed", fields(answer)[0][3], str(bundle)]
    assert bundle.read_bytes().startswith(b"PK")


def test_commands_speak_the_language_of_the_shell(
    server: Server, genomes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    answer = run(submit, genomes / "bad.fna", "--url", server.url)
    assert "第 2 行" in fields(answer)[0][3]
    assert "没有" in run(status, "k3v7q2m5x4ta", "--url", server.url).stderr
