"""Take a task's next step: keep, submit, cancel, complete, fail, or try again in a new attempt."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from portal.domain.jobs import NEVER_SUBMITTED
from portal.domain.message import Message
from portal.domain.status import FailureKind, TaskStatus
from portal.domain.task import JobRecord, TaskMeta, advance, error_fields
from portal.files.taskdir import PortalDir
from portal.files.wishes import Wish
from portal.poller.attempts import Attempts
from portal.poller.decide import NextStep, StepKind, decide
from portal.poller.dispatcher import Dispatcher, Rejected
from portal.poller.job_outcome import Grace, JobOutcome, OutcomeKind
from portal.poller.observe import Observation, observe
from portal.poller.pack_outcome import task_outcome
from portal.poller.packs import Packs
from portal.poller.past_runs import PastRuns
from portal.poller.records import Records
from portal.poller.start_failures import JOBS_DO_NOT_START, StartFailures
from portal.poller.sync import RecordSync
from slurm.output import stderr_tail
from slurm.types import Snapshot

log = logging.getLogger(__name__)

# Outcomes of jobs unknown to the scheduler: one that still has to be submitted, and one that never will be.
_UNBORN: Mapping[str | None, JobOutcome] = {
    None: JobOutcome(OutcomeKind.UNDECIDED),
    NEVER_SUBMITTED: JobOutcome(OutcomeKind.FAILED, FailureKind.CANCELLED, Message("failure.cancelled")),
}


class StepApplier:
    """Takes the steps of tasks; every method returns the record that is on the disk afterwards."""

    def __init__(
        self,
        portal: PortalDir,
        records: Records,
        sync: RecordSync,
        attempts: Attempts,
        packs: Packs,
        dispatcher: Dispatcher,
        starts: StartFailures,
        past_runs: PastRuns,
        *,
        grace: Grace,
        retention: timedelta,
    ) -> None:
        self._portal = portal
        self._records = records
        self._sync = sync
        self._attempts = attempts
        self._packs = packs
        self._dispatcher = dispatcher
        self._starts = starts
        self._past_runs = past_runs
        self._grace = grace
        self._retention = retention

    def step(self, task: TaskMeta, observation: Observation, snapshot: Snapshot, now: datetime) -> TaskMeta:
        """Update the record from the evidence of one snapshot and take the step that follows.

        Raises:
            StorageFull, StaleWrite: nothing was decided; the next snapshot leads to the same step.
        """
        before = task
        task = self._sync.update_jobs(task, observation, snapshot, now)
        task = self._sync.show(task, observation, now)
        assert task.attempt is not None
        for job in task.attempt.jobs:
            claimed_by = observation.claims.get(job.name)
            if claimed_by and claimed_by == job.job_id:
                self._starts.began(claimed_by, job.node)
        self._dispatcher.cancel(self._sync.extras(task, snapshot))
        outcomes = {
            job.name: _UNBORN.get(job.job_id)
            or task_outcome(self._sync.evidence(job, observation, snapshot), now, self._grace)
            for job in task.attempt.jobs
        }
        for job in task.attempt.jobs:
            if outcomes[job.name].failure is FailureKind.NOT_STARTED and task.cancel_requested is None:
                self._starts.failed(task.task_id, str(job.job_id), job.node, self._last_words(task, job))
        cancel, barred = task.cancel_requested is not None, self._starts.barred
        step = decide(task, outcomes, cancel=cancel, starts_barred=barred)
        if step.kind is StepKind.KEEP:
            return self._save(before, self._alive(task, outcomes, now))
        return self._take(step, self._save(before, task), observation, snapshot, now)

    def _last_words(self, task: TaskMeta, job: JobRecord) -> str:
        """Return the last line that a job wrote itself, with the scheduler's report; only that report if none."""
        assert task.attempt is not None
        own = self._portal.task(task.task_id).attempt(task.attempt.number).job(job.stages[0])
        folder = (self._portal.pack(job.pack) if job.pack else own).path
        lines = stderr_tail(folder, str(job.job_id)).splitlines()
        code = f", exit code {job.exit_code}" if job.exit_code is not None else ""
        reported = f"{job.raw_state or job.state} ({job.reason or 'no reason given'}{code})"
        return f"{lines[-1].strip()} [{reported}]" if lines else reported

    @staticmethod
    def _alive(task: TaskMeta, outcomes: Mapping[str, JobOutcome], now: datetime) -> TaskMeta:
        """Mark a task as running once one of its jobs runs or has run."""
        moving = any(outcome.kind in (OutcomeKind.RUNNING, OutcomeKind.SUCCEEDED) for outcome in outcomes.values())
        if moving and task.status is TaskStatus.QUEUED:
            log.info("task %s: running", task.task_id)
            return advance(task, now=now, status=TaskStatus.RUNNING)
        return task

    def _take(
        self, step: NextStep, task: TaskMeta, observation: Observation, snapshot: Snapshot, now: datetime
    ) -> TaskMeta:
        if step.kind is StepKind.SUBMIT:
            return self.submit(task, observation, now, snapshot)
        if step.kind is StepKind.COMPLETE:
            return self._complete(task, observation, now)
        if step.kind is StepKind.CANCEL and task.pack is not None:
            self._packs.withdraw(task)
        self._dispatcher.cancel(step.cancel, task)
        if step.kind is StepKind.NEW_ATTEMPT and step.failure is not None:
            # It starts like any other waiting task: in this cycle if there is a slot and nothing prevents it.
            log.warning("task %s: %s; a new attempt is made", task.task_id, step.message)
            again = self._attempts.reserve(task, observation, reason=step.failure.value, now=now)
            if step.failure is FailureKind.NOT_STARTED and self._starts.barred:
                again = advance(again, now=now, pending_reason=JOBS_DO_NOT_START)
            return self._save(task, again)
        if step.kind is StepKind.FAIL and step.failure is not None:
            return self._fail(task, observation, step, now)
        return task

    def submit(
        self, task: TaskMeta, observation: Observation, now: datetime, snapshot: Snapshot | None = None
    ) -> TaskMeta:
        """Submit or adopt the jobs of the attempt that have no id; a refusal ends the task."""
        try:
            return self._dispatcher.submit_missing(
                task, observation, now=now, snapshot=snapshot, adopt_only=task.cancel_requested is not None
            )
        except Rejected as error:
            task = self._records.get(task.task_id)
            attempt = task.attempt
            assert attempt is not None
            self._dispatcher.cancel([job.job_id for job in attempt.jobs if job.job_id and job.pack is None], task)
            message = Message("job.refused", reason=error.reason)
            step = NextStep(StepKind.FAIL, failure=FailureKind.SUBMIT_REJECTED, message=message)
            return self._fail(task, observation, step, now)

    def _complete(self, task: TaskMeta, observation: Observation, now: datetime) -> TaskMeta:
        stages = observation.stage_records(ended=True)
        # The work may have ended while no poller ran; a node's clock may be ahead of ours.
        ended = max((record.end_time for record in stages if record.end_time), default=now)
        done = advance(
            task,
            now=now,
            status=TaskStatus.COMPLETED,
            completion_time=max(min(ended, now), task.start_time or ended),
            progress=100,
            current_stage=None,
            stages=stages,
            pending_reason=None,
            last_synced=now,
            expires_at=now + self._retention,
            runs=self._past_runs.kept(task, now),
        )
        log.info("task %s: completed", task.task_id)
        done = self._save(task, done)
        self._past_runs.remove_files(done)
        return done

    def _fail(self, task: TaskMeta, observation: Observation, step: NextStep, now: datetime) -> TaskMeta:
        """End a task as failed."""
        kind = step.failure or FailureKind.TOOL_ERROR
        failed = advance(
            task,
            now=now,
            status=TaskStatus.FAILED,
            failure_kind=kind,
            **error_fields(step.message),
            advice=str(Message(f"advice.{kind}")),
            stages=observation.stage_records(ended=True),
            cancelled_by=(task.cancelled_by or step.by) if kind is FailureKind.CANCELLED else None,
            decided_by=step.decided_by,
            pending_reason=None,
            last_synced=now,
            expires_at=now + self._retention,
        )
        log.info("task %s: failed (%s): %s", task.task_id, kind, step.message)
        return self._save(task, failed)

    def cancel(self, task: TaskMeta, observation: Observation, by: str, now: datetime) -> TaskMeta:
        """Cancel a task: it ends at once if nothing was submitted, else when the scheduler reports the jobs' end."""
        if task.status.is_final:
            return task
        asked = advance(
            task, now=now, cancel_requested=task.cancel_requested or now, cancelled_by=task.cancelled_by or by
        )
        if not task.is_active:
            step = NextStep(StepKind.FAIL, failure=FailureKind.CANCELLED, message=Message("failure.cancelled"))
            return self._fail(asked, observation, step, now)
        asked = self._save(task, asked)
        assert asked.attempt is not None
        if asked.pack is not None:
            self._packs.withdraw(asked)
        self._dispatcher.cancel([job.job_id for job in asked.attempt.jobs if job.job_id and job.pack is None], asked)
        return asked

    def reopen(self, task: TaskMeta, wish: Wish, now: datetime) -> TaskMeta:
        """Queue an ended task for another attempt, with the wish's parameters if it names any."""
        observation = observe(self._portal.task(task.task_id), task)
        again = self._attempts.reserve(
            task,
            observation,
            reason="retry",
            now=now,
            parameters=wish.parameters or None,
            lang=wish.lang,
            limits=wish.limits,
            request_id=wish.request_id,
        )
        return self._save(task, again)

    def first(self, task: TaskMeta, observation: Observation, now: datetime) -> TaskMeta:
        """Start the attempt of a waiting task: the first, or the one that a retry has reserved."""
        if task.attempt is None:
            task = self._attempts.reserve(task, observation, reason="first", now=now)
        task = self._attempts.begin(task, now=now)
        return self.submit(task, observe(self._portal.task(task.task_id), task), now)

    def first_of_pack(self, tasks: Sequence[tuple[TaskMeta, Observation]], now: datetime) -> list[TaskMeta]:
        """Start tasks that share a job."""
        reserved = [
            task if task.attempt is not None else self._attempts.reserve(task, observation, reason="first", now=now)
            for task, observation in tasks
        ]
        begun = self._packs.begin(reserved, now=now)
        try:
            return self._dispatcher.submit_pack(begun, now=now)
        except Rejected as error:
            message = Message("job.refused", reason=error.reason)
            step = NextStep(StepKind.FAIL, failure=FailureKind.SUBMIT_REJECTED, message=message)
            return [self._fail(self._records.get(task.task_id), self._look(task), step, now) for task in begun]

    def _look(self, task: TaskMeta) -> Observation:
        return observe(self._portal.task(task.task_id), task)

    def _save(self, before: TaskMeta, after: TaskMeta) -> TaskMeta:
        return self._records.save(before, after)
