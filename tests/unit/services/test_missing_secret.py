"""A secret that is gone: no start that would close every task silently, and a way out that says what it closes."""

from __future__ import annotations

import json

import pytest

from portal.bootstrap import build_web
from portal.config import read_settings
from portal.domain.errors import NotFound, NotReady
from portal.domain.status import Lang
from portal.domain.submission import Submission
from portal.files.audit import last_acts
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.services.submission_keys import Access
from tests.builders import SUBMITTED
from tests.unit.services.first_start import run, start, variables, with_task


def test_a_folder_without_tasks_gets_a_secret(portal: PortalDir) -> None:
    portal.secret.unlink()
    start(portal)
    assert portal.secret.is_file()


def test_a_missing_secret_with_tasks_ends_the_start_and_says_the_way_out(portal: PortalDir) -> None:
    built, before = with_task(portal), portal.secret.read_bytes()
    portal.secret.unlink()
    with pytest.raises(NotReady) as caught:
        start(portal)
    for words in (
        str(portal.secret),
        "1 tasks and 0 submissions",
        "backup",
        "PORTAL_SECRET",
        "btportal admin new-secret",
    ):
        assert words in str(caught.value)
    assert not portal.secret.exists(), "nothing is made"
    portal.secret.write_bytes(before)
    portal.secret.chmod(0o600)
    parts = build_web(read_settings(variables(portal)), checks=())
    assert parts.tasks.authorize(built.task_id, built.token).task_id == built.task_id


def test_submissions_alone_need_the_secret_too(portal: PortalDir) -> None:
    announced = Submission("abcdefghijkl", "n", "May", Lang.EN, {}, (), "someone", "f" * 64, SUBMITTED)
    assert SubmissionFolders(portal).create(announced)
    portal.secret.unlink()
    with pytest.raises(NotReady, match="0 tasks and 1 submissions"):
        start(portal)


def test_a_secret_in_the_settings_needs_no_file(portal: PortalDir) -> None:
    with_task(portal)
    kept = portal.secret.read_text()
    portal.secret.unlink()
    start(portal, PORTAL_SECRET=kept)
    assert not portal.secret.exists()


def test_a_new_secret_is_made_on_confirmation_and_closes_what_it_said(portal: PortalDir) -> None:
    built = with_task(portal)
    portal.secret.unlink()
    refused = run(portal, typed="n\n")
    assert refused.exit_code == 1
    assert "closes 1 tasks and 0 submissions" in refused.output
    assert not portal.secret.exists()
    done = run(portal, typed="y\n")
    assert done.exit_code == 0, done.output
    assert portal.secret.stat().st_mode & 0o777 == 0o600
    parts = build_web(read_settings(variables(portal)), checks=())
    with pytest.raises(NotFound):
        parts.tasks.authorize(built.task_id, built.token, Access.VIEW)
    assert [act["action"] for act in last_acts(portal, limit=5)[0]] == ["new secret"]


def test_a_secret_that_somebody_has_seen_is_replaced(portal: PortalDir) -> None:
    before = portal.secret.read_bytes()
    done = run(portal, "--yes", "--json")
    assert json.loads(done.output) == {"tasks_closed": 0, "submissions_closed": 0}
    assert portal.secret.read_bytes() != before


def test_with_the_secret_in_the_settings_there_is_nothing_to_make(portal: PortalDir) -> None:
    done = run(portal, "--yes", PORTAL_SECRET="s" * 32)
    assert done.exit_code == 1
    assert "PORTAL_SECRET" in str(done.exception)


def test_in_chinese(portal: PortalDir) -> None:
    with_task(portal)
    assert "1 个任务" in run(portal, typed="n\n", LC_ALL="zh_CN.UTF-8").output
