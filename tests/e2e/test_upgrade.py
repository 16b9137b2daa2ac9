"""From one version to the next and back, as an operator does it: two wheels, and a task at work meanwhile."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from portal.files.site import Installation
from portal.files.taskdir import PortalDir
from portal.upkeep.releases import Releases
from portal.upkeep.upgrade import CheckState, Upgrade
from tests.e2e.gated_site import GENOME, wait_for
from tests.e2e.installed import build_wheel, wait_until_ready
from tests.ports import free_port
from tests.samples import NO_SAMPLES


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """This version, and one with a higher number."""

    def higher(sources: Path) -> None:
        module = sources / "portal" / "__init__.py"
        module.write_text(re.sub(r'(__version__ = )"[^"]+"', r'\1"999.1"', module.read_text()))

    first = build_wheel(tmp_path_factory.mktemp("first"))
    second = build_wheel(tmp_path_factory.mktemp("second"), change=higher)
    for wheel in (first, second):
        lend(wheel)
    return first, second


def lend(wheel: Path) -> None:
    """Let the wheel bring a path file to the libraries of this interpreter, in place of a package index.

    A path file adds a folder without reading the path files in it, where the editable install is.
    """
    libraries = next(entry for entry in sys.path if (Path(entry) / "flask").is_dir())
    with zipfile.ZipFile(wheel, "a") as archive:
        archive.writestr("lent.pth", f"{libraries}\n")


class Installed:
    """A prefix with releases, and the portal of whichever is current."""

    def __init__(self, folder: Path, references: Path) -> None:
        self.prefix, self.jobs = folder / "opt", folder / "jobs"
        self.prefix.mkdir()
        self._home = folder / "home"
        self._home.mkdir()
        self.variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._home),
            "PIP_NO_INDEX": "1",
            "PIP_NO_DEPS": "1",
            "JOBS_DIR": str(self.jobs),
            "REFERENCE_DIR": str(references),
            "MIN_FREE_DISK_GB": "0",
            "MAX_ACTIVE_PIPELINES": "1",
            "TASK_THREADS": "1",
            **NO_SAMPLES,
        }

    def upgrade(self, *words: str, python: str | None = None) -> tuple[int, Any]:
        """Run `btportal upgrade --json` of the current release, and return its exit code and answer."""
        command = [python or str(self.prefix / "current" / "bin" / "python"), "-m", "portal.cli", "upgrade", "--json"]
        done = subprocess.run(
            [*command, "--prefix", str(self.prefix), *words],
            env=self.variables,
            cwd=self._home,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    @contextmanager
    def up(self) -> Iterator[tuple[str, int]]:
        """Run the current release as a service would, by its link; give the address and the poller's process."""
        port = free_port()
        programs = [self._start("serve", LISTEN=f"127.0.0.1:{port}"), self._start("poller")]
        try:
            wait_until_ready(f"http://127.0.0.1:{port}", self._home / "serve.log")
            yield f"http://127.0.0.1:{port}", programs[1].pid
        finally:
            for program in programs:
                program.send_signal(signal.SIGTERM)
            for program in programs:
                program.wait(60)

    def _start(self, name: str, **variables: str) -> subprocess.Popen[bytes]:
        with (self._home / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                [str(self.prefix / "current" / "bin" / "btportal"), name],
                env={**self.variables, **variables},
                cwd=self._home,
                stdout=log,
                stderr=log,
            )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, wheels: tuple[Path, Path], references: Path) -> Installed:
    """The first version, installed by the environment of the tests."""
    made = Installed(tmp_path_factory.mktemp("installed"), references)
    code, answer = made.upgrade("--run", str(wheels[0]), python=sys.executable)
    assert code == 0, answer
    assert (made.prefix / "current").is_symlink()
    return made


def version_at(url: str) -> str:
    return str(httpx.get(f"{url}/api/portal", trust_env=False).json()["version"])


def test_an_upgrade_with_a_task_at_work_and_the_way_back(installed: Installed, wheels: tuple[Path, Path]) -> None:
    second = wheels[1]
    old = (installed.prefix / "current").resolve()
    with installed.up() as (url, poller):
        before = version_at(url)
        accepted = httpx.post(f"{url}/api/tasks", files={"file": ("a.fna", GENOME)}, trust_env=False).json()
        bearer = {"Authorization": f"Bearer {accepted['token']}"}
        plan = installed.jobs / accepted["task_id"] / "attempts" / "1" / "plan.json"
        wait_for(plan.exists)
        assert Path(f"/proc/{poller}/cmdline").read_bytes().startswith(str(old).encode()), "not by the link"

        code, answer = installed.upgrade("--check", str(second))
        assert (code, answer["current"]) == (0, None), answer
        assert (installed.prefix / "current").resolve() == old
        assert len(list((installed.prefix / "releases").iterdir())) == 1, "a check leaves nothing"

        backups = installed.prefix / "backups"
        code, answer = installed.upgrade("--run", str(second), "--backup", str(backups))
        assert (code, answer["findings"][0]["message"]) == (0, f"version {before} -> 999.1"), answer
        assert len(list(backups.iterdir())) == 1
        assert version_at(url) == before, "what runs already goes on as it was"
        wait_for(lambda: ended(url, accepted["task_id"], bearer))
    with installed.up() as (url, _):
        assert version_at(url) == "999.1"
        task = httpx.get(f"{url}/api/tasks/{accepted['task_id']}", headers=bearer, trust_env=False).json()
        assert (task["status"], len(task["attempts"])) == ("completed", 1)
        again = httpx.post(f"{url}/api/tasks", files={"file": ("a.fna", GENOME)}, trust_env=False).json()
        wait_for(lambda: ended(url, again["task_id"], {"Authorization": f"Bearer {again['token']}"}))

    assert [row["use"] for row in installed.upgrade()[1]] == ["previous", "current"]
    code, answer = installed.upgrade("--back")
    assert (code, (installed.prefix / "current").resolve()) == (0, old), answer
    with installed.up() as (url, _):
        assert version_at(url) == before
        task = httpx.get(
            f"{url}/api/tasks/{again['task_id']}",
            headers={"Authorization": f"Bearer {again['token']}"},
            trust_env=False,
        )
        assert task.json()["status"] == "completed"


def ended(url: str, task_id: str, bearer: dict[str, str]) -> bool:
    task = httpx.get(f"{url}/api/tasks/{task_id}", headers=bearer, trust_env=False).json()
    assert task["status"] not in ("failed", "cancelled"), task
    return bool(task["status"] == "completed")


@pytest.mark.parametrize(
    ("variables", "site", "code"),
    [({"TASK_THREADS": "many"}, {}, "upgrade.setting"), ({}, {"folder_format": 7}, "record.newer")],
    ids=["a setting", "a newer folder"],
)
def test_what_a_check_finds_keeps_a_version_out(
    installed: Installed, tmp_path: Path, variables: dict[str, str], site: dict[str, int], code: str
) -> None:
    jobs = PortalDir(tmp_path / "jobs")
    jobs.prepare()
    Installation.read(jobs)
    jobs.site.write_text(json.dumps({**json.loads(jobs.site.read_text()), **site}))
    env_file = tmp_path / "portal.env"
    env_file.write_text(
        "".join(f"{name}={value}\n" for name, value in {"JOBS_DIR": str(jobs.jobs), **variables}.items())
    )
    releases = Releases(installed.prefix)
    assert releases.current is not None
    findings = list(Upgrade(releases, jobs, env_file).check(releases.current))
    assert [finding.message.code for finding in findings if finding.state is CheckState.FAIL] == [code]
