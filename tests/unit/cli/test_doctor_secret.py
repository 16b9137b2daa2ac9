"""`btportal doctor` names a secret that is not the one of this site, changes nothing, and goes on with its checks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from portal.bootstrap.folder import keyring_of, portal_dir_of
from portal.cli.doctor import doctor
from portal.config import Settings
from portal.files.taskdir import PortalDir
from tests.builders import make_task_on_disk

_FIRST, _OTHER = "first secret of this site, long enough", "other secret of this site, long enough"


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site that was started with a secret of its own making."""
    for name, value in {"JOBS_DIR": str(tmp_path / "jobs"), "EXECUTOR": "local", "WEB_PORT": "0"}.items():
        monkeypatch.setenv(name, value)
    for name in ("PORTAL_SECRET", "REDIS_URL"):
        monkeypatch.setenv(name, "")
    return tmp_path / "jobs"


def start(jobs: Path, secret: str = "") -> PortalDir:
    """Do with the secret what a start does."""
    settings = Settings(JOBS_DIR=jobs, PORTAL_SECRET=secret)
    portal = portal_dir_of(settings)
    keyring_of(settings, portal)
    return portal


def found() -> dict[str, dict[str, Any]]:
    answer = CliRunner().invoke(doctor, ["--wait", "0", "--json"])
    assert answer.exit_code == 1, "there is no reference"
    findings = json.loads(answer.stdout)["findings"]
    assert _FIRST not in answer.output
    assert _OTHER not in answer.output
    assert [each["name"] for each in findings].count("secret") == 1
    return {each["name"]: each for each in findings}


def test_before_the_first_start_nothing_is_made(jobs: Path) -> None:
    assert (found()["secret"]["state"], PortalDir(jobs).secret.exists()) == ("ok", False)


@pytest.mark.parametrize("redis", ["", "redis://127.0.0.1:1/0"])
def test_another_secret_is_named_and_the_other_checks_are_made(
    jobs: Path, redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    portal = start(jobs, _FIRST)
    make_task_on_disk(portal)
    monkeypatch.setenv("REDIS_URL", redis)
    monkeypatch.setenv("PORTAL_SECRET", _FIRST)
    assert found()["secret"]["state"] == "ok"
    before = portal.site.read_bytes()
    monkeypatch.setenv("PORTAL_SECRET", _OTHER)
    findings = found()
    assert findings["secret"]["state"] == "FAIL"
    assert "1 tasks and 0 submissions" in findings["secret"]["message"]
    assert "PORTAL_SECRET to the former one" in findings["secret"]["mend"]
    assert {"clock", "owner"} <= set(findings), "what comes after it is checked too"
    assert portal.site.read_bytes() == before


def test_another_secret_of_a_site_without_tasks_is_no_fault(jobs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start(jobs, _FIRST)
    monkeypatch.setenv("PORTAL_SECRET", _OTHER)
    assert found()["secret"]["state"] == "ok"


def test_a_secret_of_the_folder_that_was_replaced_lost_or_opened_is_named(jobs: Path) -> None:
    portal = start(jobs)
    make_task_on_disk(portal)
    assert found()["secret"]["state"] == "ok"
    former = portal.secret.read_bytes()
    portal.secret.write_bytes(b"0" * 64)
    assert "is not the one" in found()["secret"]["message"]
    assert f"set {portal.secret} to the former one" in found()["secret"]["mend"]
    portal.secret.write_bytes(former)
    portal.secret.chmod(0o644)
    assert found()["secret"]["mend"] == f"chmod 600 {portal.secret}"
    portal.secret.unlink()
    assert "is missing, and 1 tasks" in found()["secret"]["message"]
    assert not portal.secret.exists()
