"""Which tasks share a job: small ones of one submission, in sizes that let the slots end together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.domain.status import PipelineStage, TaskStatus
from portal.domain.task import Attempt, TaskMeta
from portal.poller.packing import MOST, PackOptions, next_units
from tests.unit.records import NOW, task

SMALL = PackOptions(most_bytes=1000)


def waiting(number: int, *, submission: str = "s", size: int = 500, submitter: str = "a") -> TaskMeta:
    return task(
        TaskStatus.QUEUED,
        task_id=f"task{number}",
        submission=submission,
        submitter=submitter,
        file_size=size,
        submission_time=NOW + timedelta(seconds=number),
    )


def sizes(tasks: list[TaskMeta], *, free: int, slots: int = 4, options: PackOptions = SMALL) -> list[int]:
    return [len(unit) for unit in next_units(tasks, free=free, slots=slots, options=options)]


def test_a_hundred_genomes_in_four_slots() -> None:
    left, jobs = [waiting(number) for number in range(100)], []
    units = next_units(left, free=4, slots=4, options=SMALL)
    while units:
        jobs += units
        taken = {each.task_id for unit in units for each in unit}
        left = [each for each in left if each.task_id not in taken]
        units = next_units(left, free=1, slots=4, options=SMALL)
    assert sum(len(unit) for unit in jobs) == 100
    assert max(len(unit) for unit in jobs) <= MOST
    assert [len(unit) for unit in jobs] == sorted((len(unit) for unit in jobs), reverse=True), "smaller towards the end"
    assert len(jobs) <= 30


def test_while_there_are_slots_for_all_each_gets_its_own() -> None:
    assert sizes([waiting(number) for number in range(4)], free=4) == [1, 1, 1, 1]
    assert sizes([waiting(number) for number in range(3)], free=1) == [2]
    assert sizes([waiting(number) for number in range(6)], free=4) == [1, 1, 2, 2], "no slot stays empty"
    assert sizes([waiting(0)], free=1) == [1]


def test_only_small_genomes_of_one_submission_and_one_submitter_share() -> None:
    mixed = [
        waiting(0),
        waiting(1, submission="t"),
        waiting(2, submitter="b"),
        waiting(3, size=1001),
        waiting(4),
        waiting(5),
    ]
    units = next_units(mixed, free=1, slots=1, options=SMALL)
    assert [each.task_id for each in units[0]] == ["task0", "task4"]
    assert sizes(mixed, free=1, options=PackOptions()) == [1]


@pytest.mark.parametrize(
    "odd",
    [
        {"limits": {"memory_gb": 8}},
        {"file_size": 0},
        {"attempts": (Attempt(1, "first", NOW), Attempt(2, "lost", NOW))},
        {"attempts": (Attempt(1, "first", NOW, reuse={PipelineStage.DIGGER: 1}),)},
        {"attempts": (Attempt(1, "retry", NOW),)},
    ],
)
def test_what_is_not_usual_runs_alone(odd: dict[str, object]) -> None:
    tasks = [replace(waiting(0), **odd), waiting(1), waiting(2), waiting(3)]  # type: ignore[arg-type]
    assert [each.task_id for each in next_units(tasks, free=1, slots=1, options=SMALL)[0]] == ["task0"]
    assert "task0" not in {each.task_id for each in next_units(tasks[::-1], free=1, slots=1, options=SMALL)[0]}


def test_one_that_was_put_off_may_still_be_packed() -> None:
    put_off = replace(waiting(0), attempts=(Attempt(1, "first", NOW),))
    assert sizes([put_off, waiting(1), waiting(2)], free=1) == [2]


def test_nothing_is_begun_without_a_slot() -> None:
    assert sizes([waiting(0), waiting(1)], free=0) == []
