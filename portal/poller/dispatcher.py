"""Submit the jobs of attempts, and adopt jobs that were submitted before a crash.

Order, each step on disk before the next: plan.json -> the attempt in the record -> intent.json -> submission -> the
job's id in the record. An interruption at any point is recoverable: a job with an intent but no id in the record is
looked up by name, and only a successful query after the settling time that finds no job permits another submission. All
names are looked up in the cycle's one snapshot.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from portal.domain.complaint import message_of
from portal.domain.errors import CorruptRecord
from portal.domain.jobs import NEVER_SUBMITTED
from portal.domain.message import Message, verbatim
from portal.domain.task import JobRecord, TaskMeta, advance
from portal.files.document import write_document
from portal.files.reports import Claim
from portal.files.site import Installation
from portal.files.submission import Adoption, Intent
from portal.files.taskdir import AttemptDir, JobDir, PortalDir
from portal.poller.attempts import Attempts, DispatchOptions
from portal.poller.job_comments import job_comment
from portal.poller.observe import Observation
from portal.poller.packs import Packs
from portal.poller.records import Records
from portal.poller.start_failures import JOBS_DO_NOT_START, StartFailures
from portal.poller.submit_gate import SubmitGate
from portal.ports import Scheduler
from slurm.errors import SchedulerError, SchedulerUnavailable, SubmitDeferred, SubmitRejected, SubmitUncertain
from slurm.lookup import bearers
from slurm.sbatch import DEPENDENCY_PROBLEM
from slurm.types import JobInfo, JobSpec, Snapshot

log = logging.getLogger(__name__)

# This many equal refusals in unknown words, each time with no job of the name, count as a refusal.
_EQUAL_ANSWERS = 3
# Settling time after an answer: a scheduler that has answered is no longer processing the request.
_ANSWERED_S = 5.0


class Rejected(Exception):
    """The scheduler permanently refused a job of the attempt; `reason` is its complaint."""

    def __init__(self, reason: Message) -> None:
        super().__init__(reason)
        self.reason = reason


class Dispatcher:
    """Submits attempts to the scheduler."""

    def __init__(
        self,
        portal: PortalDir,
        records: Records,
        scheduler: Scheduler,
        options: DispatchOptions,
        *,
        attempts: Attempts,
        packs: Packs,
        gate: SubmitGate,
        starts: StartFailures,
    ) -> None:
        self._portal = portal
        self._records = records
        self._scheduler = scheduler
        self._options = options
        self._attempts = attempts
        self._packs = packs
        self._gate = gate
        self._starts = starts

    def submit_missing(
        self,
        task: TaskMeta,
        observation: Observation,
        *,
        now: datetime,
        snapshot: Snapshot | None = None,
        adopt_only: bool = False,
    ) -> TaskMeta:
        """Submit the jobs of the attempt that have no id, or adopt those that exist already.

        A job without an intent on disk was never sent to the scheduler. `snapshot` is that of this cycle; without one
        nothing is adopted or submitted again. `adopt_only`: nothing new is started; a job that does not exist is
        recorded as cancelled.

        Raises:
            Rejected: the scheduler refused a job; the record has the ids of the jobs before it.
        """
        attempt = task.attempt
        assert attempt is not None
        previous: JobRecord | None = None
        for job in attempt.jobs:
            if job.job_id is None:
                parent = previous
                if parent is not None and all(observation.stages[stage].succeeded for stage in parent.stages):
                    parent = None  # has succeeded already: no dependency needed, as a purged job would fulfil it anyway
                if parent is not None and parent.job_id is None:
                    return task  # its parent could not be submitted yet
                task, done = self._submit_one(task, job, parent, now=now, snapshot=snapshot, adopt_only=adopt_only)
                if not done:
                    return task
            assert task.attempt is not None
            previous = next(record for record in task.attempt.jobs if record.name == job.name)
        return task

    def _submit_one(
        self,
        task: TaskMeta,
        job: JobRecord,
        parent: JobRecord | None,
        *,
        now: datetime,
        snapshot: Snapshot | None,
        adopt_only: bool,
    ) -> tuple[TaskMeta, bool]:
        assert task.attempt is not None
        folder = self._portal.task(task.task_id).attempt(task.attempt.number)
        spec = self._spec(task, folder, job, parent)
        if spec is None:
            return self._attempts.give_back(task, now=now), False
        path = self._files(task, job).intent
        intent = Intent.read(path, default=Intent(job.name, job.intent_time))
        if intent is not None:
            found = self._look_up(spec, intent, snapshot)
            if found is None:
                return task, False
            if found:
                return self._adopt(task, spec, found, now), True
            if intent.answers >= _EQUAL_ANSWERS:
                raise Rejected(verbatim(intent.words))
        if adopt_only:
            return self._record(task, job.name, now, job_id=NEVER_SUBMITTED, state="CANCELLED"), True
        if self._gate.wait_s:
            return self._put_off(task, self._gate.reason, now), False
        intent = replace(intent or Intent(job.name, now), at=now)
        write_document(path, intent)
        return self._hand_over(task, spec, intent, path, now)

    def _look_up(self, spec: JobSpec, intent: Intent, snapshot: Snapshot | None) -> tuple[JobInfo, ...] | None:
        """Return the jobs of a name that may have been submitted; None if that is still unknown."""
        if snapshot is None or not snapshot.known or snapshot.taken_at < intent.at:
            return None
        try:
            found = bearers(spec.name, snapshot.of(spec.name), spec.claim)
        except SchedulerUnavailable as error:
            log.warning("%s: %s", spec.name, message_of(error.complaint))
            return None
        settle_s = min(_ANSWERED_S, self._options.settle_s) if intent.answers else self._options.settle_s
        if not found and snapshot.taken_at - intent.at < timedelta(seconds=settle_s):
            return None
        return found

    def _hand_over(
        self, task: TaskMeta, spec: JobSpec, intent: Intent, path: Path, now: datetime
    ) -> tuple[TaskMeta, bool]:
        """Submit a job whose intent is on the disk; tell whether it now has an id."""
        try:
            job_id = self._scheduler.submit(spec)
        except SubmitRejected as error:
            if not spec.exclude or "node" not in str(error).lower():
                raise Rejected(message_of(error.complaint)) from error
            path.unlink(missing_ok=True)
            self._starts.no_other_node(task, str(error))
            return self._put_off(task, JOBS_DO_NOT_START if self._starts.barred else None, now), False
        except SubmitUncertain as error:
            log.warning("%s: %s; looked up by its name later", spec.name, message_of(error.complaint))
            if error.answered:
                write_document(path, intent.answered(str(error)))
            reason = "SubmitFailed" if error.answered else "NoAnswer"
            self._gate.refused(reason, message_of(error.complaint), now)
            return self._put_off(task, reason, now), False
        except SchedulerUnavailable as error:
            # There is certainly no job: no look-up is needed, and the slot is free.
            path.unlink(missing_ok=True)
            reason = error.reason if isinstance(error, SubmitDeferred) else "NoAnswer"
            log.warning("%s: put off (%s): %s", spec.name, reason, error)
            if reason != DEPENDENCY_PROBLEM:
                self._gate.refused(reason, message_of(error.complaint), now)
            return self._put_off(task, reason, now), False
        self._gate.passed()
        self._starts.starts(task.task_id)
        log.info("task %s: %s submitted as job %s", task.task_id, spec.name, job_id)
        return self._record(task, spec.name, now, job_id=job_id, state="PENDING"), True

    def _put_off(self, task: TaskMeta, reason: str | None, now: datetime) -> TaskMeta:
        """Record why a job is not submitted; give the slot back if no job of the attempt can have been submitted."""
        assert task.attempt is not None
        if all(job.job_id is None and not self._files(task, job).intent.exists() for job in task.attempt.jobs):
            return self._attempts.give_back(task, now=now, reason=reason)
        return self._records.save(task, advance(task, now=now, pending_reason=reason))

    def _files(self, task: TaskMeta, job: JobRecord) -> JobDir:
        """Return the folder of a job: the pack's if several tasks share the job."""
        assert task.attempt is not None
        if job.pack is not None:
            return self._packs.folder(job.pack)
        return self._portal.task(task.task_id).attempt(task.attempt.number).job(job.stages[0])

    def _spec(self, task: TaskMeta, folder: AttemptDir, job: JobRecord, parent: JobRecord | None) -> JobSpec | None:
        assert task.attempt is not None
        if job.pack is not None:
            return self._packs.spec(job.pack, self._starts.excluded(task))
        job_dir = folder.job(job.stages[0])
        return JobSpec(
            name=job.name,
            comment=job_comment(task, job, self._options.site()),
            folder=job_dir.path / "submitit",
            claim=job_dir.claim,
            function=self._options.job,
            arguments=(str(self._portal.task(task.task_id).path), task.attempt.number, job.name),
            cpus=self._options.threads,
            time_limit_s=job.time_limit_s or self._options.task_timeout_s,
            memory_gb=job.memory_gb,
            after_ok=parent.job_id if parent else None,
            exclude=self._starts.excluded(task),
        )

    def _adopt(self, task: TaskMeta, spec: JobSpec, found: Sequence[JobInfo], now: datetime) -> TaskMeta:
        """Adopt the job that ran or will run the stages; cancel the others."""
        claimed_by = _claimed_by(spec)
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
        self._gate.passed()
        return self._record(task, spec.name, now, job_id=chosen.job_id, state=chosen.state.value)

    def _record(self, task: TaskMeta, name: str, now: datetime, *, job_id: str, state: str) -> TaskMeta:
        assert task.attempt is not None
        jobs = tuple(replace(job, job_id=job_id, state=state) if job.name == name else job for job in task.attempt.jobs)
        attempts = (*task.attempts[:-1], replace(task.attempt, jobs=jobs))
        return self._records.save(task, advance(task, now=now, attempts=attempts, pending_reason=None))

    def submit_pack(self, tasks: Sequence[TaskMeta], *, now: datetime) -> list[TaskMeta]:
        """Submit the job of a pack that was just begun, and put its id into the records of all its tasks.

        Raises:
            Rejected: the scheduler refused it.
        """
        first, *others = tasks
        assert first.attempt is not None
        [job] = first.attempt.jobs
        first, done = self._submit_one(first, job, None, now=now, snapshot=None, adopt_only=False)
        if done:
            assert first.attempt is not None
            job_id, state = str(first.attempt.jobs[0].job_id), str(first.attempt.jobs[0].state)
            return [first, *(self._record(task, job.name, now, job_id=job_id, state=state) for task in others)]
        return [first, *(self._put_off(task, first.pending_reason or "", now) for task in others)]

    def cancel(self, job_ids: Sequence[str], task: TaskMeta | None = None) -> None:
        """Ask the scheduler to end jobs; if it cannot be reached, the next cycle asks again.

        The ids come from the record of `task`, or without one from jobs that were seen to work below this folder. A
        recorded number may be another job's by now: only jobs with the task's own names are ended.
        """
        spared = {NEVER_SUBMITTED} if task is None else {NEVER_SUBMITTED, *self._of_the_original(task)}
        names = [job.name for attempt in task.attempts for job in attempt.jobs] if task is not None else []
        wanted = [job_id for job_id in job_ids if job_id not in spared]
        if not wanted:
            return
        try:
            self._scheduler.cancel(wanted, names)
        except SchedulerError as error:
            log.warning("jobs %s could not be cancelled yet: %s", ", ".join(wanted), message_of(error.complaint))

    def _of_the_original(self, task: TaskMeta) -> set[str]:
        """Return the jobs that were submitted before this folder, a copy, was adopted: they may be production's."""
        site = Installation.read(self._portal)
        if not site.former:
            return set()
        jobs = (job for attempt in task.attempts for job in attempt.jobs)
        return {job.job_id for job in jobs if job.job_id and job.intent_time < site.made_at}


def _claimed_by(spec: JobSpec) -> str | None:
    """Return the id of the job that has claimed a specification's stages; None if no claim can be read."""
    try:
        claim = Claim.read(spec.claim)
    except CorruptRecord:
        return None
    return None if claim is None else claim.job_id
