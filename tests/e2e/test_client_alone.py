"""The client alone in a clean environment: how big it is, how fast it comes, and the four lines of its README."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.installed import ROOT
from tests.e2e.notebooks import running_portal
from tests.waiting import PATIENCE_S

_LINES = """
import json
from bttoxin import Portal
run = Portal({url!r}).submit("genomes/*.fna", into="runs/may")
run.wait()
print(json.dumps({{"refused": [file.label for file in run.refused], "tasks": run.tasks(),
                   "toxins": run.toxins(), "scores": run.scores()}}))
"""
_TYPED = """
from pathlib import Path
from bttoxin import AsyncPortal, Portal, RefusedFile, Run, TaskState
portal: Portal = Portal("https://bt.institute.example")
run: Run = portal.submit(Path("genomes"), into="runs/may", min_identity=0.7)
states: list[TaskState] = run.wait().status()
refused: list[RefusedFile] = run.refused
rows: list[str] = [row["label"] for row in run.rows("scores")]
async def other() -> None:
    async with AsyncPortal("https://bt.institute.example") as portal:
        await (await portal.submit("genomes", into="runs/may")).wait()
"""


def _pip(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *words],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An environment with nothing but the client and what it asks for."""
    folder = tmp_path_factory.mktemp("alone")
    shutil.copytree(ROOT / "client", folder / "client", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "env")], check=True)
    made = str(folder / "env" / "bin" / "python")
    _pip("--python", made, "install", "--quiet", "-c", str(ROOT / "constraints.txt"), str(folder / "client"))
    return made


def site_packages(python: str) -> Path:
    [site] = Path(python).parents[1].glob("lib/python*/site-packages")
    return site


def test_it_is_small_and_brings_no_other_name(python: str) -> None:
    installed = {entry["name"] for entry in json.loads(_pip("--python", python, "list", "--format=json"))}
    assert "bttoxin" in installed
    assert len(installed) <= 8, installed
    size = sum(path.stat().st_size for path in site_packages(python).rglob("*") if path.suffix != ".pyc")
    assert size <= 5e6
    [record] = site_packages(python).glob("bttoxin-*.dist-info/RECORD")
    tops = {line.partition("/")[0] for line in record.read_text().splitlines()}
    assert {name for name in tops if not name.endswith(".dist-info")} == {"bttoxin"}


@pytest.mark.speed
def test_it_is_imported_in_three_tenths_of_a_second(python: str) -> None:
    said = "import time; began = time.process_time(); import bttoxin; print(time.process_time() - began)"
    spent = [float(subprocess.check_output([python, "-c", said], text=True)) for _ in range(5)]
    assert min(spent) <= 0.3


def test_a_script_of_a_user_passes_strict_types(python: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(_TYPED)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--python-executable",
        python,
        "--config-file",
        "",
        "script.py",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_frames_without_pandas_say_what_to_install(python: str) -> None:
    said = "from bttoxin.frames import make_frame; make_frame('scores', [], 'polars')"
    done = subprocess.run([python, "-c", said], capture_output=True, text=True, check=False)
    assert 'pip install "bttoxin[polars]"' in done.stderr


def test_without_pandas_a_table_is_a_list_that_shows_itself(python: str) -> None:
    said = (
        "from bttoxin.frames import make_frame, make_matrix\n"
        "rows = [{'label': '007', 'target': 'Diptera', 'score': None, 'of a newer server': 1}] * 12\n"
        "frame = make_frame('scores', rows)\n"
        "assert frame[0]['label'] == '007' and list(frame[0]) == list(frame.columns), frame[0]\n"
        "assert make_matrix(rows, ['007', 'x'], 'target', 'score')[1] == {'label': 'x', 'Diptera': None}\n"
        "print(frame)"
    )
    done = subprocess.run([python, "-c", said], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    head, *rows, foot = done.stdout.splitlines()
    assert head.split()[:2] == ["label", "task_id"]
    assert [row.split() for row in rows] == [["007", "Diptera"]] * 10
    assert foot.startswith("[12 rows x 13 columns")


def _sent(journal: Path) -> int:
    return journal.read_text().count('"sent"') if journal.exists() else 0


def test_twenty_genomes_one_bad_killed_twice(python: str, references: Path, genome: Path, tmp_path: Path) -> None:
    """Killed while it sends and while it waits; the third time the tables are right, the fourth sends nothing."""
    work = tmp_path / "work"
    (work / "genomes").mkdir(parents=True)
    for number in range(19):
        (work / "genomes" / f"s{number:02d}.fna").write_text(
            genome.read_text() + f">more\n{'ACGTTGCA' * (9 + number)}\n"
        )
    (work / "genomes" / "bad.fna").write_text(">bad\nACGT!\n")
    journal = work / "runs" / "may" / "run.jsonl"
    with running_portal(tmp_path, references) as url:
        command = [python, "-c", _LINES.format(url=url)]
        for wanted in (7, 19):
            process = subprocess.Popen(command, cwd=work, stderr=subprocess.DEVNULL)
            until = time.monotonic() + PATIENCE_S
            while _sent(journal) < wanted:
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            process.wait()
        told: dict[str, Any] = json.loads(subprocess.check_output(command, cwd=work, text=True, timeout=240))
        lines = journal.read_text()
        subprocess.run(command, cwd=work, check=True, capture_output=True, timeout=PATIENCE_S)
    assert journal.read_text() == lines
    assert told["refused"] == ["bad"]
    assert sorted(row["status"] for row in told["tasks"]) == ["completed"] * 19 + ["refused"]
    assert len({row["task_id"] for row in told["tasks"]}) == 20
    found = {(row["label"], row["name"]) for row in told["toxins"]}
    assert found == {(f"s{n:02d}", name) for n in range(19) for name in ("Cry1Aa1", "Vip3Aa1")}
    assert {row["label"] for row in told["scores"]} == {f"s{n:02d}" for n in range(19)}
    tasks = [path for path in (tmp_path / "jobs").iterdir() if not path.name.startswith(".")]
    assert len(tasks) == 19
