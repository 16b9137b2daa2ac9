"""The state machine: which change of a record is allowed, and what follows from it."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest

from portal.domain.errors import Conflict
from portal.domain.status import TRANSITIONS, TaskStatus
from portal.domain.task import Attempt, advance
from portal.domain.task_id import is_task_id
from tests.unit.records import NOW, task


@pytest.mark.parametrize(("before", "after"), list(product(TaskStatus, TaskStatus)))
def test_only_the_table_decides_which_status_may_follow(before: TaskStatus, after: TaskStatus) -> None:
    if before is after:
        assert advance(task(before), now=NOW, status=after) == task(before)
    elif after in TRANSITIONS[before]:
        assert advance(task(before), now=NOW, status=after).status is after
    else:
        with pytest.raises(Conflict):
            advance(task(before), now=NOW, status=after)


def test_each_change_is_a_new_revision_and_no_change_is_none() -> None:
    first = task()
    assert advance(first, now=NOW, filename="a.fna") is first
    assert advance(first, now=NOW, filename="b.fna").revision == 2


def test_progress_never_goes_back_within_an_attempt() -> None:
    running = task(TaskStatus.RUNNING, progress=40)
    assert advance(running, now=NOW, progress=30).progress == 40
    assert advance(running, now=NOW, progress=300).progress == 100


def test_a_new_attempt_begins_at_the_beginning() -> None:
    failed = task(TaskStatus.FAILED, progress=80, attempts=(Attempt(1, "first", NOW),))
    again = advance(
        failed, now=NOW, status=TaskStatus.QUEUED, progress=0, attempts=(*failed.attempts, Attempt(2, "retry", NOW))
    )
    assert again.progress == 0


def test_times_follow_from_the_status() -> None:
    later = NOW + timedelta(hours=1)
    running = advance(task(TaskStatus.QUEUED), now=NOW, status=TaskStatus.RUNNING)
    done = advance(running, now=later, status=TaskStatus.COMPLETED)
    assert (done.start_time, done.completion_time) == (NOW, later)


@pytest.mark.parametrize(
    "text", ["", "abcdefghijk", "abcdefghijklm", "ABCDEFGHIJKL", "abcdefghijk1", "../../../etc", "abcdefghijkl\n"]
)
def test_what_is_no_task_id(text: str) -> None:
    assert not is_task_id(text)
