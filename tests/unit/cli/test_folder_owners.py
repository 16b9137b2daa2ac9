"""The doctor finds every file that another user has left, and every one that its owner cannot use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from portal.cli.doctor_folder import check_owners, look_through
from portal.cli.finding import FAIL, OK
from portal.config import read_settings
from portal.files.taskdir import PortalDir
from tests.builders import make_task_on_disk


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    made = PortalDir(tmp_path / "jobs")
    made.prepare()
    make_task_on_disk(made)
    return made


def found(portal: PortalDir) -> list[tuple[str, str]]:
    settings = read_settings({"JOBS_DIR": str(portal.jobs), "REDIS_URL": ""})
    return [(finding.state, finding.name) for finding in check_owners(settings)]


def test_all_well(portal: PortalDir) -> None:
    assert found(portal) == [(OK, "owner")]


def test_what_the_owner_may_not_use_is_found_wherever_it_lies(portal: PortalDir) -> None:
    sealed = next(portal.jobs.glob("*/attempts/1/digger/out/*"))
    sealed.chmod(0o400)
    assert found(portal) == [(FAIL, "modes")]
    sealed.chmod(0o600)
    assert found(portal) == [(OK, "owner")]


def test_a_link_to_elsewhere_is_looked_at_and_not_followed(portal: PortalDir, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "sealed").touch(mode=0o000)
    (portal.own / "link").symlink_to(elsewhere)
    assert found(portal) == [(OK, "owner")]


def test_every_file_of_another_user_is_found(portal: PortalDir) -> None:
    everything = sorted(portal.jobs.rglob("*"))
    assert look_through(portal.jobs, os.geteuid()) == ([], [])
    strangers, sealed = look_through(portal.jobs, os.geteuid() + 1)
    assert (sorted(strangers), sealed) == (everything, [])
