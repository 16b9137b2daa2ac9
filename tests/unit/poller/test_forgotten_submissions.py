"""What was announced goes when all tasks of it are gone, and no earlier."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from portal.domain.status import Lang, TaskStatus
from portal.domain.submission import Submission, SubmissionItem
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.poller.forgotten_submissions import ForgottenSubmissions
from portal.poller.janitor import Janitor
from portal.storage.file import FileTaskStore
from tests.unit.poller.tasks_on_disk import create
from tests.unit.records import NOW

OLD, YOUNG = "aaaaaaaaaaaa", "bbbbbbbbbbbb"


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    folder = PortalDir(tmp_path / "jobs")
    folder.prepare()
    for submission_id, hours in ((OLD, 49), (YOUNG, 47)):
        item = SubmissionItem(1, "strain", 4, "0" * 64)
        made = Submission(
            submission_id, "n", "", Lang.EN, {}, (item,), "somebody", "print", NOW - timedelta(hours=hours)
        )
        assert SubmissionFolders(folder).create(made)
    return folder


def finder(portal: PortalDir, keeps_s: float = 0.0) -> tuple[ForgottenSubmissions, list[float]]:
    now = [0.0]
    return ForgottenSubmissions(portal, FileTaskStore(portal), keeps_s=keeps_s, clock=lambda: now[0]), now


def test_one_without_a_task_goes_and_one_that_may_still_be_sent_stays(portal: PortalDir) -> None:
    Janitor(portal, FileTaskStore(portal)).sweep(portal.task_ids(), (), NOW, lambda task_id: None)
    assert SubmissionFolders(portal).ids() == [YOUNG]


def test_nothing_goes_while_the_clock_is_in_doubt(portal: PortalDir) -> None:
    from portal.domain.message import verbatim

    janitor = Janitor(portal, FileTaskStore(portal))
    janitor.sweep(portal.task_ids(), (), NOW, lambda task_id: None, doubt=verbatim("the clock went back"))
    assert SubmissionFolders(portal).ids() == [OLD, YOUNG]


def test_one_task_keeps_it_wherever_in_the_round_it_comes(portal: PortalDir) -> None:
    letters = "cdefghijklmnopqrstuvwxyz"
    for number in range(450):
        name = f"cccccccccc{letters[number // 24]}{letters[number % 24]}"
        create(portal, name, TaskStatus.COMPLETED, submission=OLD if number == 430 else "other")
    forgotten, _ = finder(portal)
    assert [forgotten.find(portal.task_ids(), NOW) for _ in range(6)] == [[]] * 6
    (portal.task(portal.task_ids()[430]).path).rename(portal.trash / "gone")
    assert [forgotten.find(portal.task_ids(), NOW) for _ in range(3)] == [[], [], [OLD]]


def test_it_waits_for_as_long_as_a_task_may_be_fetched_back(portal: PortalDir) -> None:
    forgotten, now = finder(portal, keeps_s=3600)
    assert forgotten.find([], NOW) == []
    now[0] = 3599
    assert forgotten.find([], NOW) == []
    create(portal, "cccccccccccc", TaskStatus.COMPLETED, submission=OLD)  # it came back
    now[0] = 3601
    assert forgotten.find(portal.task_ids(), NOW) == []
    assert forgotten.find([], NOW) == []
    now[0] += 3600
    assert forgotten.find([], NOW) == [OLD]
    forgotten.remove(OLD)
    assert SubmissionFolders(portal).ids() == [YOUNG]


def test_a_record_that_nobody_can_read_keeps_all_of_them(portal: PortalDir) -> None:
    create(portal, "cccccccccccc", TaskStatus.COMPLETED, submission="other")
    portal.task("cccccccccccc").meta.write_bytes(b"\0")
    forgotten, _ = finder(portal)
    assert forgotten.find(portal.task_ids(), NOW) == []
