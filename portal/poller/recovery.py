"""Rebuild a record that a crash or a bad disk has damaged, from the web's and the jobs' files beside it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from portal.domain.errors import CorruptRecord
from portal.domain.kept_run import KeptRun
from portal.domain.message import Message
from portal.domain.runs import run_number
from portal.domain.status import TaskStatus
from portal.domain.task import Attempt, JobRecord, TaskMeta
from portal.files.atomic import write_bytes
from portal.files.document import encode_object, read_document
from portal.files.plan import Plan
from portal.files.reserve import with_reserve
from portal.files.submission import TaskRequest
from portal.files.taskdir import PortalDir, TaskDir
from portal.poller.observe import observe

log = logging.getLogger(__name__)

REBUILT = Message("task.rebuilt")


def rebuild_record(
    portal: PortalDir,
    task_id: str,
    *,
    encode: Callable[[TaskMeta], dict[str, Any]],
    decode: Callable[[Mapping[str, Any]], TaskMeta],
) -> TaskMeta | None:
    """Move the damaged record aside and write a new one; None if not even the request can be read.

    The new revision is the time in seconds, above any counter, so that no cached entry counts as newer. The attempts
    come from their plans; their jobs are looked up by name, as after a crash between submission and record.
    """
    folder = portal.task(task_id)
    try:
        task = decode(read_document(folder.request, TaskRequest).task)
        if task.task_id != task_id:
            raise CorruptRecord(Message("record.other_task"))
    except (CorruptRecord, FileNotFoundError) as error:
        log.error("task %s: record and request are both damaged (%s); put aside", task_id, error)
        folder.path.rename(portal.quarantine / f"{task_id}-{time.time_ns()}")
        return None
    attempts, plan = _read_attempts(folder)
    task = replace(task, revision=int(time.time()), attempts=attempts)
    task = replace(task, runs=_find_runs(folder, task))
    task = replace(task, warnings=(str(REBUILT),), warning_codes=(REBUILT.code,))
    if attempts:
        task = replace(task, status=TaskStatus.QUEUED)
    if plan is not None:
        # A retry may have had different settings from the submission.
        task = replace(task, parameters=plan.parameters, lang=plan.lang, limits=plan.limits)
    begun = [record.start_time for record in observe(folder, task).stage_records() if record.start_time]
    task = replace(task, start_time=min(begun, default=None))
    damaged = portal.quarantine / f"{task_id}-{time.time_ns()}.json"
    if folder.meta.exists():
        folder.meta.rename(damaged)
    data = encode_object(encode(task))
    with_reserve(folder.meta, lambda: write_bytes(folder.meta, data))
    log.warning("task %s: damaged record rebuilt with %d attempts; the old one is %s", task_id, len(attempts), damaged)
    return task


def _read_attempts(folder: TaskDir) -> tuple[tuple[Attempt, ...], Plan | None]:
    """Return the attempts, and the newest plan among them."""
    attempts: list[Attempt] = []
    last: Plan | None = None
    number = 1
    while folder.attempt(number).path.is_dir():
        attempt_dir = folder.attempt(number)
        try:
            plan = Plan.read(attempt_dir.plan)
        except (CorruptRecord, FileNotFoundError):
            # An attempt without a plan never reached the scheduler, or looks like one that did not.
            attempts.append(Attempt(number, "first" if number == 1 else "retry", datetime.now(UTC)))
            number += 1
            continue
        last = plan
        made = datetime.fromtimestamp(attempt_dir.plan.stat().st_mtime, UTC)
        jobs = tuple(JobRecord(job.name, job.stages, intent_time=made) for job in plan.jobs)
        reason = "first" if number == 1 else plan.reason or "retry"
        attempts.append(Attempt(number, reason, made, jobs, dict(plan.reuse)))
        number += 1
    return tuple(attempts), last


def _find_runs(folder: TaskDir, task: TaskMeta) -> tuple[KeptRun, ...]:
    """Return the earlier runs whose results are all there: after such an attempt only a person asks for another.

    Where plans tell otherwise, the last of several attempts is that of the run.
    """
    found: dict[int, KeptRun] = {}
    for number in range(1, len(task.attempts)):
        past = replace(task, attempts=task.attempts[:number])
        observation = observe(folder, past)
        if observation.current_stage is not None:
            continue
        try:
            plan = Plan.read(folder.attempt(number).plan)
        except (CorruptRecord, FileNotFoundError):
            continue  # nothing tells what it ran with
        stages = observation.stage_records(ended=True)
        ends = [record.end_time for record in stages if record.end_time]
        run = run_number(past.attempts)
        found[run] = KeptRun(
            run, number, max(ends), plan.lang, parameters=plan.parameters, limits=plan.limits, stages=stages
        )
    return tuple(found.values())
