"""Reserve, plan and give back a task's attempts before anything is submitted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from portal.domain.jobs import job_name
from portal.domain.runs import kept_run
from portal.domain.stage_record import StageRecord
from portal.domain.status import STAGE_ORDER, Lang, PipelineStage, TaskStatus
from portal.domain.task import Attempt, JobRecord, TaskMeta, advance, error_fields
from portal.files.atomic import fsync_folder
from portal.files.plan import Plan, PlannedJob
from portal.files.taskdir import PortalDir
from portal.poller.observe import Observation
from portal.poller.records import Records


@dataclass(frozen=True)
class DispatchOptions:
    """Limits of the jobs; times in seconds, memory in GB.

    `job` is the function that a job calls, `pack_job` that of a pack's job; `site` returns the installation's id,
    `facts` the plan's facts on engine and reference; `settle_s` is how long after an unanswered submission the job may
    still appear. `chained`: a task is two jobs, and the second waits for the first.
    """

    job: Callable[[str, int, str], int]
    pack_job: Callable[[str], int]
    site: Callable[[], str]
    facts: Callable[[], Mapping[str, Any]]
    threads: int
    task_timeout_s: int
    shoter_limit_s: int
    memory_gb: float | None
    settle_s: float
    chained: bool


class Attempts:
    """Makes attempts of tasks."""

    def __init__(self, portal: PortalDir, records: Records, options: DispatchOptions) -> None:
        self._portal = portal
        self._records = records
        self._options = options

    def reserve(
        self,
        task: TaskMeta,
        observation: Observation,
        *,
        reason: str,
        now: datetime,
        parameters: Mapping[str, Any] | None = None,
        lang: Lang | None = None,
        limits: Mapping[str, float] | None = None,
        request_id: str = "",
    ) -> TaskMeta:
        """Return the task queued for its next attempt, which has no jobs yet; nothing is written.

        Successful stages are reused as long as nothing that they depend on has changed. `observation` is of the
        previous attempt. The results of a completed task stay readable as an earlier run: the same save of the record
        that adds the attempt keeps the run, so that no moment is without one of them.
        """
        chosen = dict(task.parameters if parameters is None else parameters)
        language = lang or task.lang
        reuse = self._reusable(task, observation, chosen, language)
        left = [stage for stage in STAGE_ORDER if stage not in reuse]
        return advance(
            task,
            now=now,
            status=TaskStatus.QUEUED,
            attempts=(*task.attempts, Attempt(len(task.attempts) + 1, reason, now, reuse=reuse)),
            runs=(*task.runs, kept_run(task)) if task.status is TaskStatus.COMPLETED and task.attempt else task.runs,
            stages=tuple(StageRecord(stage, "reused" if stage in reuse else "waiting") for stage in STAGE_ORDER),
            parameters=chosen,
            lang=language,
            limits=dict(task.limits if limits is None else limits),
            progress=0,
            current_stage=left[0],
            **error_fields(None),
            failure_kind=None,
            advice=None,
            completion_time=None,
            expires_at=None,
            cancel_requested=None,
            cancelled_by=None,
            decided_by=None,
            pending_reason=None,
            request_id=request_id or task.request_id,
        )

    def begin(self, task: TaskMeta, *, now: datetime, pack_name: str | None = None) -> TaskMeta:
        """Write the plan of the reserved attempt, and its jobs into the record; nothing is submitted yet.

        `pack_name` is the job of the pack that the attempt belongs to: then one job runs all stages.
        """
        attempt = task.attempt
        assert attempt is not None
        left = [stage for stage in STAGE_ORDER if stage not in attempt.reuse]
        groups = self._group(left) if pack_name is None else [left]
        plan = Plan(
            task_id=task.task_id,
            attempt=attempt.number,
            reason=attempt.reason,
            strain=task.strain,
            display_name=task.filename,
            submission_time=task.submission_time.astimezone(UTC).isoformat(),
            lang=task.lang,
            threads=self._options.threads,
            time_limit_s=self._task_limit_s(task),
            jobs=tuple(PlannedJob(pack_name or _job_name(task, group), tuple(group)) for group in groups),
            parameters=task.parameters,
            limits=task.limits,
            reuse=attempt.reuse,
            facts={**self._options.facts(), "input_sha256": task.input_sha256, "file_size": task.file_size},
        )
        folder = self._portal.task(task.task_id).attempt(attempt.number)
        for job in plan.jobs:
            folder.job(job.stages[0]).path.mkdir(parents=True, exist_ok=True)
        plan.write(folder.plan)
        fsync_folder(folder.path.parent)
        jobs = tuple(self._job(task, job, now) for job in plan.jobs)
        return self._records.save(
            task, advance(task, now=now, attempts=(*task.attempts[:-1], replace(attempt, jobs=jobs)))
        )

    def give_back(self, task: TaskMeta, *, now: datetime, reason: str | None = None) -> TaskMeta:
        """Save and return the task as waiting for a slot again, because nothing of its attempt was submitted.

        `reason` is the scheduler's reason.
        """
        attempt = task.attempt
        assert attempt is not None
        attempts = (*task.attempts[:-1], replace(attempt, jobs=()))
        return self._records.save(task, advance(task, now=now, attempts=attempts, pending_reason=reason))

    def _job(self, task: TaskMeta, job: PlannedJob, now: datetime) -> JobRecord:
        """Return the record of a job that is about to be submitted, with its limits."""
        limit_s = self._task_limit_s(task)
        if PipelineStage.DIGGER not in job.stages:
            # If twice the time was requested, the second job gets twice its time as well.
            limit_s = min(limit_s, math.ceil(self._options.shoter_limit_s * limit_s / self._options.task_timeout_s))
        memory_gb = task.limits.get("memory_gb", self._options.memory_gb)
        return JobRecord(
            job.name, job.stages, intent_time=now, cpus=self._options.threads, time_limit_s=limit_s, memory_gb=memory_gb
        )

    def _task_limit_s(self, task: TaskMeta) -> int:
        hours = task.limits.get("time_limit_hours")
        return self._options.task_timeout_s if hours is None else math.ceil(hours * 3600)

    def _reusable(
        self, task: TaskMeta, observation: Observation, parameters: Mapping[str, Any], lang: Lang
    ) -> dict[PipelineStage, int]:
        """Return the stages that need not run again, with the attempt that holds each.

        Digger depends on the file alone; the later stages also depend on parameters and language. A retry of a
        completed attempt runs everything again, because references may have changed.
        """
        if not task.attempts or task.status is TaskStatus.COMPLETED:
            kept: Sequence[PipelineStage] = ()
        elif parameters.get("sequence_kind") != task.parameters.get("sequence_kind"):
            kept = ()
        elif dict(parameters) != dict(task.parameters) or lang != task.lang:
            kept = (PipelineStage.DIGGER,)
        else:
            kept = STAGE_ORDER
        reuse: dict[PipelineStage, int] = {}
        for stage in kept:
            if task.attempt is None or not observation.stages[stage].succeeded:
                break
            reuse[stage] = task.attempt.reuse.get(stage, task.attempt.number)
        # The bundle is cheap and names the attempt's facts, and at least one stage must be left to run.
        reuse.pop(PipelineStage.BUNDLE, None)
        return reuse

    def _group(self, stages: Sequence[PipelineStage]) -> list[list[PipelineStage]]:
        if not self._options.chained or PipelineStage.DIGGER not in stages:
            return [list(stages)]
        return [[PipelineStage.DIGGER], [stage for stage in stages if stage is not PipelineStage.DIGGER]]


def _job_name(task: TaskMeta, stages: Sequence[PipelineStage]) -> str:
    return job_name(task.task_id, stages[0], len(task.attempts))
