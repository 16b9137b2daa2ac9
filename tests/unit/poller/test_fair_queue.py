"""Slots go round between submitters and submissions."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from portal.domain.task import TaskMeta
from portal.poller.fair_queue import fair_order
from tests.unit.records import NOW, task

LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def waiting(number: int, submitter: str, submission: str = "s") -> TaskMeta:
    task_id = "".join(LETTERS[number // 32**place % 32] for place in range(12))
    return task(
        task_id=task_id, submitter=submitter, submission=submission, submission_time=NOW + timedelta(seconds=number)
    )


def test_one_genome_of_a_browser_does_not_wait_for_two_hundred_of_a_notebook() -> None:
    notebook = [waiting(number, "notebook") for number in range(200)]
    browser = waiting(200, "browser")
    assert fair_order([*notebook, browser], [])[:3] == [notebook[0], browser, notebook[1]]


def test_who_holds_slots_already_comes_later() -> None:
    active = [waiting(1, "notebook"), waiting(2, "notebook")]
    notebook, browser = waiting(3, "notebook"), waiting(4, "browser")
    assert fair_order([notebook, browser], active) == [browser, notebook]


def test_submissions_of_one_submitter_take_turns() -> None:
    first = [waiting(number, "me", "first") for number in range(3)]
    second = waiting(3, "me", "second")
    assert fair_order([*first, second], []) == [first[0], second, first[1], first[2]]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=60), st.integers(0, 60))
def test_everybody_is_served_once_and_nobody_overtakes_in_their_own_submission(
    who: list[tuple[str, str]], slots: int
) -> None:
    tasks = [waiting(number, submitter, submission) for number, (submitter, submission) in enumerate(who)]
    active, queue = tasks[:slots], tasks[slots:]
    ordered = fair_order(queue, active)
    assert sorted(item.task_id for item in ordered) == sorted(item.task_id for item in queue)
    for key in set(who):
        mine = [item for item in ordered if (item.submitter, item.submission) == key]
        assert mine == sorted(mine, key=lambda item: item.submission_time)
