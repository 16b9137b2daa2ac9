"""The runs of a task. A task that has completed and runs again keeps the results of each completed run.

A run begins with the first attempt or with one that a person requested; attempts that the portal starts by itself
belong to the run before them. Runs are counted from 1, also those that failed. The results of a run are those of its
last attempt, in whose folder they stay: only the record says which attempts are kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from portal.domain.errors import NotFound
from portal.domain.kept_run import KeptRun
from portal.domain.message import Message
from portal.domain.status import PipelineStage, TaskStatus
from portal.domain.task import Attempt, TaskMeta, error_fields

_BEGINS_RUN = ("first", "retry")
# What the record of a completed run does not have.
_CLEAN: Mapping[str, Any] = {
    **error_fields(None),
    "failure_kind": None,
    "advice": None,
    "cancel_requested": None,
    "cancelled_by": None,
    "decided_by": None,
    "pending_reason": None,
    "last_synced": None,
    "expires_at": None,
    "request_id": "",
}


def run_number(attempts: Collection[Attempt]) -> int:
    """Return the number of the run that the last of these attempts belongs to; 0 without attempts."""
    return sum(attempt.reason in _BEGINS_RUN for attempt in attempts)


def latest_run(task: TaskMeta) -> int:
    """Return the number of the latest run, which may have been asked for and not yet begun."""
    begun = run_number(task.attempts)
    is_asked_for = not task.status.is_final and bool(task.runs) and task.runs[-1].attempt == len(task.attempts)
    return begun + 1 if is_asked_for or not begun else begun


def kept_run(task: TaskMeta) -> KeptRun:
    """Return what the record of a completed task keeps of its run, once another one follows."""
    assert task.status is TaskStatus.COMPLETED
    assert task.attempt is not None
    return KeptRun(
        number=run_number(task.attempts),
        attempt=task.attempt.number,
        completed_at=task.completion_time or task.attempt.created_at,
        parameters=task.parameters,
        lang=task.lang,
        limits=task.limits,
        stages=task.stages,
    )


def with_most(
    runs: tuple[KeptRun, ...], most: int, now: datetime, *, shown: Collection[int] = ()
) -> tuple[KeptRun, ...]:
    """Return the earlier runs with the newest `most` readable; the others are marked as removed.

    `shown` are attempts whose results stay in any case.
    """
    readable = [run for run in runs if run.removed_at is None]
    over = {run.number for run in readable[: max(0, len(readable) - most)] if run.attempt not in shown}
    return tuple(replace(run, removed_at=now) if run.number in over else run for run in runs)


def readable_runs(task: TaskMeta) -> tuple[KeptRun, ...]:
    """Return the completed runs whose results can be read, the oldest first, with that of the task itself."""
    earlier = tuple(run for run in task.runs if run.removed_at is None)
    return (*earlier, kept_run(task)) if task.status is TaskStatus.COMPLETED and task.attempt else earlier


def good_run(task: TaskMeta) -> int | None:
    """Return the number of the last run with results; None before one has completed."""
    runs = readable_runs(task)
    return runs[-1].number if runs else None


def as_run(task: TaskMeta, run: KeptRun) -> TaskMeta:
    """Return the record as it was when this run had completed, as far as results depend on it."""
    return replace(
        task,
        status=TaskStatus.COMPLETED,
        current_stage=None,
        progress=100,
        completion_time=run.completed_at,
        parameters=run.parameters,
        lang=run.lang,
        limits=run.limits,
        attempts=task.attempts[: run.attempt],
        runs=(),
        # What changes while a later run works must not make an earlier one look new.
        revision=1,
        stages=run.stages,
        **_CLEAN,
    )


def run_of(task: TaskMeta, number: int) -> TaskMeta:
    """Return the record of one completed run, see `as_run`; raise NotFound if its results cannot be read."""
    for run in readable_runs(task):
        if run.number == number:
            return as_run(task, run)
    removed = next((run.removed_at for run in task.runs if run.number == number), None)
    if removed is not None:
        raise NotFound(Message("results.run_removed", number=number, date=f"{removed:%Y-%m-%d}"))
    raise NotFound(Message("results.no_such_run", number=number))


def last_good(task: TaskMeta) -> TaskMeta | None:
    """Return the record of the last run with results: the task itself if it completed, else an earlier run of it."""
    if task.status is TaskStatus.COMPLETED:
        return task
    runs = readable_runs(task)
    return as_run(task, runs[-1]) if runs else None


def unused_stages(task: TaskMeta) -> tuple[tuple[int, PipelineStage], ...]:
    """Return attempt and stage of the files that only removed runs have used."""
    attempts = {attempt.number: attempt for attempt in task.attempts}
    used = {
        place
        for number in {run.attempt for run in task.runs if run.removed_at is None} | {len(task.attempts)}
        if number in attempts
        for place in _stages_of(attempts[number])
    }
    left = [
        place
        for run in task.runs
        if run.removed_at is not None
        for place in _stages_of(attempts[run.attempt])
        if place not in used
    ]
    return tuple(dict.fromkeys(left))


def _stages_of(attempt: Attempt) -> tuple[tuple[int, PipelineStage], ...]:
    return tuple((attempt.reuse.get(stage, attempt.number), stage) for stage in PipelineStage)
