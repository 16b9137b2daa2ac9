"""A command that another user runs, root above all, is refused before it leaves a file that stops the portal."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.main import cli
from tests.builders import make_site

COMMANDS = ("poller", "serve", "doctor", "admin list", "admin drain", "backup {backups}")


@pytest.mark.parametrize("command", COMMANDS)
def test_another_user_is_refused_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    site = make_site(tmp_path / "jobs")
    owner = pwd.getpwuid(os.geteuid()).pw_name
    before = sorted(str(path) for path in site.portal.jobs.rglob("*"))
    monkeypatch.setattr(os, "geteuid", lambda: site.portal.own.stat().st_uid + 1)
    environment = {"JOBS_DIR": str(site.portal.jobs), "REDIS_URL": "", "LC_ALL": "C"}
    refused = CliRunner().invoke(cli, command.format(backups=tmp_path / "backups").split(), env=environment)
    assert refused.exit_code == 1
    assert f"runuser -u {owner} -- btportal" in refused.output
    assert sorted(str(path) for path in site.portal.jobs.rglob("*")) == before
    assert not (tmp_path / "backups").exists()
