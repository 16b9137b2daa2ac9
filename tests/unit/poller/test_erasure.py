"""A record names a submission, and may name a wrong one: nothing is erased there, and no path is made of a text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.domain.status import Lang
from portal.domain.submission import Submission, SubmissionItem
from portal.domain.task import TaskMeta
from portal.files.submissions import SubmissionFolders
from portal.files.task_index import TaskIndexReader
from portal.files.taskdir import PortalDir
from portal.poller.erasure import Erasure
from portal.services.my_work import MyWork
from tests.builders import make_task_on_disk

LABEL, SHA256 = "Bt 407", "a" * 64


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    portal = PortalDir(tmp_path / "jobs")
    portal.prepare()
    return portal


def announce(portal: PortalDir, submission_id: str, *, submitter: str, owner: str = "") -> Submission:
    items = (SubmissionItem(1, LABEL, 9, SHA256), SubmissionItem(2, "other", 9, SHA256))
    now = datetime(2026, 11, 1, tzinfo=UTC)
    made = Submission(submission_id, "n", "May", Lang.EN, {}, items, submitter, "f", now, owner)
    assert SubmissionFolders(portal).create(made)
    return made


def labels_after(portal: PortalDir, task: TaskMeta) -> list[str]:
    """Erase the traces of a task; return the labels of the submission that its record names."""

    def guarded(name: str, act: object) -> bool:
        assert callable(act)
        act()
        return True

    Erasure(portal, guarded).erase(task, Path.unlink)
    return [item.label for item in SubmissionFolders(portal).read(task.submission).items]


def deleted(portal: PortalDir, of: Submission) -> TaskMeta:
    """Return the record of a task of a submission."""
    made = make_task_on_disk(portal, filename=LABEL, submission=of.submission_id).task
    return replace(made, input_sha256=SHA256, submitter=of.submitter, owner=of.owner, lang=of.lang)


def test_the_label_of_a_deleted_genome_goes_and_the_others_stay(portal: PortalDir) -> None:
    own = announce(portal, "aaaaaaaaaaaa", submitter="one", owner="ann")
    assert labels_after(portal, deleted(portal, own)) == ["#1", "other"]


@pytest.mark.parametrize("change", [{"submitter": "two"}, {"owner": "bob"}, {"owner": ""}, {"lang": Lang.ZH}])
def test_a_record_of_another_sender_or_owner_erases_no_label(portal: PortalDir, change: dict[str, Any]) -> None:
    own = announce(portal, "aaaaaaaaaaaa", submitter="one", owner="ann")
    assert labels_after(portal, replace(deleted(portal, own), **change)) == [LABEL, "other"]


def test_a_line_of_the_index_that_names_no_submission_is_no_line(portal: PortalDir) -> None:
    good = 'x\tbbbbbbbbbbbb\tcompleted\t\t\t"A"\tann\t{}\n'
    portal.task_index.write_text("#0123456789abcdef\n" + good.format("") + good.format("../../../etc"))
    assert [row.submission for row in TaskIndexReader(portal).rows()] == [""]
    assert MyWork(portal).page("ann", 1).total == 1
