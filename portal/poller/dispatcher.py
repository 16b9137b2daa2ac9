"""Start attempts: plan, intent, submission, and the adoption of what was submitted before a crash.

Order, each step on disk before the next: plan.json -> the attempt in the record -> intent.json -> submission -> the
job's id in the record. Whatever is cut off in between is found again: a job without an id in the record is looked
up by its name, and only a successful empty look-up after the settling time permits another submission.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.domain.errors import CorruptRecord
from portal.domain.jobs import NEVER_SUBMITTED, job_name
from portal.domain.status import STAGE_ORDER, Lang, PipelineStage, TaskStatus
from portal.domain.task import Attempt, JobRecord, StageRecord, TaskMeta, advance
from portal.files.atomic import fsync_folder
from portal.files.document import read_document, write_document
from portal.files.plan import Plan, PlannedJob
from portal.files.reports import Claim
from portal.files.submission import Adoption, Intent
from portal.files.taskdir import AttemptDir, JobDir, PortalDir
from portal.poller.observe import Observation
from portal.ports import Scheduler, TaskStore
from slurm.errors import SchedulerError, SchedulerUnavailable, SubmitRejected, SubmitUncertain
from slurm.types import JobInfo, JobSpec

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DispatchOptions:
    """Limits of the jobs; times in seconds, memory in GB.

    `job` is the function that a job calls; `facts` returns what the plan says about engine and reference;
    `settle_s` is how long after a submission that got no answer the job may still appear.
    """

    job: Callable[[str, int, str], int]
    facts: Callable[[], Mapping[str, Any]]
    threads: int
    task_timeout_s: int
    shoter_limit_s: int
    memory_gb: float | None
    settle_s: float


class Rejected(Exception):
    """The scheduler refused a job of the attempt for good."""


class Dispatcher:
    """Bring attempts onto the scheduler."""

    def __init__(self, portal: PortalDir, store: TaskStore, scheduler: Scheduler, options: DispatchOptions) -> None:
        self._portal = portal
        self._store = store
        self._scheduler = scheduler
        self._options = options

    # -- a new attempt

    def reserve_attempt(
        self,
        task: TaskMeta,
        observation: Observation,
        *,
        reason: str,
        now: datetime,
        parameters: Mapping[str, Any] | None = None,
        lang: Lang | None = None,
        limits: Mapping[str, float] | None = None,
    ) -> TaskMeta:
        """Return the task queued for its next attempt, which has no jobs yet; nothing is written.

        Stages that ended well are taken over as long as nothing that they depend on has changed. `observation` is
        of the attempt before.
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
            stages=tuple(StageRecord(stage, "reused" if stage in reuse else "waiting") for stage in STAGE_ORDER),
            parameters=chosen,
            lang=language,
            limits=dict(task.limits if limits is None else limits),
            progress=0,
            current_stage=left[0],
            error_message=None,
            failure_kind=None,
            advice=None,
            completion_time=None,
            expires_at=None,
            cancel_requested=None,
            cancelled_by=None,
            pending_reason=None,
        )

    def begin_attempt(self, task: TaskMeta, *, now: datetime) -> TaskMeta:
        """Write the plan of the attempt that is reserved, and its jobs into the record; nothing is submitted yet."""
        attempt = task.attempt
        assert attempt is not None
        groups = self._group([stage for stage in STAGE_ORDER if stage not in attempt.reuse])
        plan = Plan(
            task_id=task.task_id,
            attempt=attempt.number,
            strain=task.strain,
            display_name=task.filename,
            submission_time=task.submission_time.astimezone(UTC).isoformat(),
            lang=task.lang,
            threads=self._options.threads,
            time_limit_s=self._time_limit_s(task),
            jobs=tuple(PlannedJob(job_name(task.task_id, group[0], attempt.number), tuple(group)) for group in groups),
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
        jobs = tuple(JobRecord(job.name, job.stages, intent_time=now) for job in plan.jobs)
        task = advance(task, now=now, attempts=(*task.attempts[:-1], replace(attempt, jobs=jobs)))
        self._store.save(task)
        return task

    def _reusable(
        self, task: TaskMeta, observation: Observation, parameters: Mapping[str, Any], lang: Lang
    ) -> dict[PipelineStage, int]:
        """Return the stages that need not run again, with the attempt that holds each.

        Digger depends on the file alone; what follows depends on parameters and language as well. After an attempt
        that completed, a retry asks for everything anew: references may have changed.
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
        # The bundle is cheap and names the attempt's facts: something must be left to run.
        reuse.pop(PipelineStage.BUNDLE, None)
        return reuse

    def _group(self, stages: Sequence[PipelineStage]) -> list[list[PipelineStage]]:
        if not self._scheduler.chained or PipelineStage.DIGGER not in stages:
            return [list(stages)]
        return [[PipelineStage.DIGGER], [stage for stage in stages if stage is not PipelineStage.DIGGER]]

    # -- submission

    def submit_missing(
        self, task: TaskMeta, observation: Observation, *, now: datetime, adopt_only: bool = False
    ) -> TaskMeta:
        """Submit the jobs of the attempt that have no id, or adopt them where they exist already.

        A job without an intent on disk was never handed to the scheduler. `adopt_only`: nothing new is started any
        more; a job that does not exist is recorded as cancelled.

        Raises:
            Rejected: the scheduler refused a job; the jobs before it have their ids in the record.
        """
        attempt = task.attempt
        assert attempt is not None
        previous: JobRecord | None = None
        for job in attempt.jobs:
            if job.job_id is None:
                parent = previous
                if parent is not None and all(observation.stages[stage].succeeded for stage in parent.stages):
                    parent = None  # ended well already: no dependency, which a purged job would fulfil anyway
                if parent is not None and parent.job_id is None:
                    return task  # its parent could not be submitted yet
                task, done = self._submit_one(task, job, parent, now=now, adopt_only=adopt_only)
                if not done:
                    return task
            assert task.attempt is not None
            previous = next(record for record in task.attempt.jobs if record.name == job.name)
        return task

    def _submit_one(
        self, task: TaskMeta, job: JobRecord, parent: JobRecord | None, *, now: datetime, adopt_only: bool
    ) -> tuple[TaskMeta, bool]:
        assert task.attempt is not None
        folder = self._portal.task(task.task_id).attempt(task.attempt.number)
        spec = self._spec(task, folder, job, parent)
        intent = _read_intent(folder, job)
        try:
            if intent is not None:
                found = self._scheduler.find(job.name, since=job.intent_time, claim=spec.claim)
                if found:
                    return self._adopt(task, spec, found, _claimed_by(spec), now), True
                if now - intent < timedelta(seconds=self._options.settle_s):
                    return task, False
                if adopt_only:
                    return self._record(task, job.name, now, job_id=NEVER_SUBMITTED, state="CANCELLED"), True
            elif adopt_only:
                return self._record(task, job.name, now, job_id=NEVER_SUBMITTED, state="CANCELLED"), True
            write_document(folder.job(job.stages[0]).intent, Intent(job.name, now))
            job_id = self._scheduler.submit(spec)
        except SubmitRejected as error:
            raise Rejected(str(error)) from error
        except (SubmitUncertain, SchedulerUnavailable) as error:
            log.warning("%s: %s; looked up by its name later", job.name, error)
            return task, False
        return self._record(task, job.name, now, job_id=job_id, state="PENDING"), True

    def _spec(self, task: TaskMeta, folder: AttemptDir, job: JobRecord, parent: JobRecord | None) -> JobSpec:
        assert task.attempt is not None
        job_dir = folder.job(job.stages[0])
        first = PipelineStage.DIGGER in job.stages
        limit = self._time_limit_s(task)
        if not first:
            # Who asks for twice the time gets twice the time for the second job as well.
            limit = min(limit, math.ceil(self._options.shoter_limit_s * limit / self._options.task_timeout_s))
        return JobSpec(
            name=job.name,
            comment=f"task={task.task_id} stage={'+'.join(job.stages)} attempt={task.attempt.number}",
            folder=job_dir.path / "submitit",
            claim=job_dir.claim,
            function=self._options.job,
            arguments=(str(self._portal.task(task.task_id).path), task.attempt.number, job.name),
            cpus=self._options.threads,
            time_limit_s=limit,
            memory_gb=task.limits.get("memory_gb", self._options.memory_gb),
            after_ok=parent.job_id if parent else None,
        )

    def _time_limit_s(self, task: TaskMeta) -> int:
        hours = task.limits.get("time_limit_hours")
        return self._options.task_timeout_s if hours is None else math.ceil(hours * 3600)

    def _adopt(
        self, task: TaskMeta, spec: JobSpec, found: Sequence[JobInfo], claimed_by: str | None, now: datetime
    ) -> TaskMeta:
        """Take over the job that did or will run the stages; end the others."""
        living = [info for info in found if not info.state.is_over]
        chosen = next((info for info in found if info.job_id == claimed_by), (living or list(found))[0])
        extras = [info.job_id for info in living if info.job_id != chosen.job_id]
        if not chosen.state.is_over:
            self._scheduler.adopt(spec, chosen.job_id)
        write_document(JobDir(spec.claim.parent).adopted, Adoption(chosen.job_id, now))
        log.info("%s: adopted job %s", spec.name, chosen.job_id)
        if extras:
            log.warning("%s: extra jobs %s are cancelled", spec.name, ", ".join(extras))
            self._scheduler.cancel(extras)
        return self._record(task, spec.name, now, job_id=chosen.job_id, state=chosen.state.value)

    def _record(self, task: TaskMeta, name: str, now: datetime, **changes: Any) -> TaskMeta:
        assert task.attempt is not None
        jobs = tuple(replace(job, **changes) if job.name == name else job for job in task.attempt.jobs)
        task = advance(task, now=now, attempts=(*task.attempts[:-1], replace(task.attempt, jobs=jobs)))
        self._store.save(task)
        return task

    def cancel(self, job_ids: Sequence[str]) -> None:
        """Ask the scheduler to end jobs; when it cannot be reached, the next pass asks again."""
        wanted = [job_id for job_id in job_ids if job_id != NEVER_SUBMITTED]
        if not wanted:
            return
        try:
            self._scheduler.cancel(wanted)
        except SchedulerError as error:
            log.warning("jobs %s could not be cancelled yet: %s", ", ".join(wanted), error)


def _claimed_by(spec: JobSpec) -> str | None:
    """Return the id of the job that has claimed the stages of a specification; None where no claim can be read."""
    try:
        claim = Claim.read(spec.claim)
    except CorruptRecord:
        return None
    return None if claim is None else claim.job_id


def _read_intent(folder: AttemptDir, job: JobRecord) -> datetime | None:
    """Return when the job was last about to be submitted; None where it never was."""
    try:
        return read_document(folder.job(job.stages[0]).intent, Intent).at
    except FileNotFoundError:
        return None
    except CorruptRecord:
        return job.intent_time
