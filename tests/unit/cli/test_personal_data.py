"""A person's data is found and erased, and nobody else's."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from portal.domain.status import Lang, TaskStatus
from portal.domain.submission import Submission, SubmissionItem
from portal.files.api_keys import ApiKeyFiles, KeyRecord
from portal.files.audit import read_acts
from portal.files.people import PeopleRegister
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.poller.janitor import Janitor
from portal.storage.file import FileTaskStore
from tests.builders import make_task_on_disk
from tests.unit.cli.admin_runner import run

ALICE, BOB = "0123456789abcdef", "fedcba9876543210"
NOW = datetime.now(UTC)


@pytest.fixture
def portal(portal: PortalDir) -> PortalDir:
    """The folder, with two people in its register."""
    for pseudonym, name in ((ALICE, "alice"), (BOB, "bob")):
        PeopleRegister(portal).note(pseudonym, name)
    return portal


def erase(*words: str, code: int = 0) -> Any:
    result = run("erase", *words, "--json", code=code)
    return json.loads(result.stdout) if code == 0 else None


def submission(name: str, whose: str) -> Submission:
    item = SubmissionItem(1, "a", 100, "0" * 64)
    return Submission(name, "nonce", "label", Lang.EN, {}, (item,), whose, "print", NOW)


def janitor(portal: PortalDir) -> Janitor:
    return Janitor(portal, FileTaskStore(portal), trash_time=timedelta(days=2))


def test_everything_of_a_person_goes_and_nothing_of_others(portal: PortalDir) -> None:
    sent, owned, running, bobs, expired = (
        make_task_on_disk(portal, status, submitter=submitter, owner=owner, expires_at=expires).task_id
        for status, submitter, owner, expires in (
            (TaskStatus.COMPLETED, ALICE, "", NOW + timedelta(days=9)),
            (TaskStatus.COMPLETED, "0" * 16, ALICE, NOW + timedelta(days=9)),
            (TaskStatus.RUNNING, ALICE, ALICE, None),
            (TaskStatus.COMPLETED, BOB, BOB, NOW + timedelta(days=9)),
            (TaskStatus.COMPLETED, ALICE, "", NOW - timedelta(days=1)),
        )
    )
    for name, whose in (("a" * 12, ALICE), ("b" * 12, BOB)):
        assert SubmissionFolders(portal).create(submission(name, whose))
    for key, person in (("k" * 12, "alice"), ("l" * 12, "bob")):
        ApiKeyFiles(portal).create(key, KeyRecord(person, "notebook", "0" * 64, NOW))
    janitor(portal).sweep([expired], (), NOW, lambda task_id: None)
    [trashed] = [path.name for path in portal.trash.iterdir()]

    shown = erase("alice")
    assert shown["erased"] is False
    assert set(shown["tasks"]) == {sent, owned, running}
    assert (shown["trash"], shown["submissions"], shown["keys"]) == ([trashed], ["a" * 12], ["k" * 12])
    assert erase(ALICE) == shown
    assert not portal.task(sent).wish("delete").exists()

    assert erase("alice", "--yes")["erased"] is True
    assert [portal.task(each).wish("delete").exists() for each in (sent, owned, running, bobs)] == [True] * 3 + [False]
    assert SubmissionFolders(portal).ids() == ["b" * 12]
    assert [key for key, _ in ApiKeyFiles(portal).all()] == ["l" * 12]
    assert [path.stem for path in portal.people.iterdir()] == [BOB]
    janitor(portal).sweep((), (), NOW, lambda task_id: None)
    assert list(portal.trash.iterdir()) == []
    acts = list(read_acts(portal))
    assert [act["action"] for act in acts] == ["erase", "delete", "delete", "delete"]
    assert "alice" not in json.dumps(acts)


def test_somebody_unknown_and_somebody_without_anything(portal: PortalDir) -> None:
    erase("carol", code=1)
    assert erase("0" * 16)["tasks"] == []
