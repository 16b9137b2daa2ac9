"""Derive a task's next step from its record, the evidence of its jobs and a wish to cancel. Pure.

                  a job failed, machine to blame, attempts left
      .---------------------------------------------------------------.
      v                                                               |
[new attempt] --> submit --> waiting --> running --> succeeded (all) --+--> complete
                                |           |                         |
                                |           |    a job failed         |
                                '-----------+-------------------------+--> fail, cancel what is left
                                |           |
                                '-- cancel wish: cancel, wait for the end, fail as cancelled
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from portal.domain.message import Message
from portal.domain.status import FailureKind
from portal.domain.task import Attempt, JobRecord, TaskMeta
from portal.poller.job_outcome import JobOutcome, OutcomeKind

MAX_AUTOMATIC_ATTEMPTS = 2


class StepKind(StrEnum):
    """The kinds of steps."""

    KEEP = "keep"
    SUBMIT = "submit"  # jobs of the attempt that have no id yet
    CANCEL = "cancel"  # ask the scheduler to end jobs, and check again later
    COMPLETE = "complete"
    FAIL = "fail"
    NEW_ATTEMPT = "new_attempt"


@dataclass(frozen=True)
class NextStep:
    """The step, the jobs that it ends, and the reason."""

    kind: StepKind
    cancel: tuple[str, ...] = ()
    failure: FailureKind | None = None
    message: Message | None = None
    by: str | None = None  # who cancelled
    decided_by: str | None = None  # the name of the job whose end failed the task


KEEP = NextStep(StepKind.KEEP)


def automatic_attempts(task: TaskMeta) -> int:
    """Return how many attempts the portal has started automatically since a user last requested one."""
    count = 0
    for attempt in reversed(task.attempts):
        if attempt.reason in ("first", "retry"):
            break
        count += 1
    return count


def _is_over(outcome: JobOutcome) -> bool:
    return outcome.kind in (OutcomeKind.SUCCEEDED, OutcomeKind.FAILED)


def _live(attempt: Attempt, outcomes: Mapping[str, JobOutcome]) -> tuple[str, ...]:
    """Return the ids of the jobs that may still be active and belong to this task alone."""
    jobs = [job for job in attempt.jobs if job.pack is None and not _is_over(outcomes[job.name])]
    return tuple(job.job_id for job in jobs if job.job_id)


def decide(
    task: TaskMeta, outcomes: Mapping[str, JobOutcome], *, cancel: bool, starts_barred: bool = False
) -> NextStep:
    """Return the next step of a task with an attempt; `outcomes` has all of its jobs.

    `starts_barred`: jobs end before they begin, on every node. That is not the task's fault and costs it no attempt: it
    waits as long as necessary.
    """
    attempt = task.attempt
    if attempt is None or not attempt.jobs or task.status.is_final:
        return KEEP
    live = _live(attempt, outcomes)
    judged = [(job, outcomes[job.name]) for job in attempt.jobs]
    if all(outcome.kind is OutcomeKind.SUCCEEDED for _, outcome in judged):
        return NextStep(StepKind.COMPLETE)
    if cancel:
        return _decide_cancelled(judged, live)
    for place, (job, outcome) in enumerate(judged):
        if outcome.kind is OutcomeKind.FAILED:
            if outcome.follows and any(earlier.kind is not OutcomeKind.SUCCEEDED for _, earlier in judged[:place]):
                return KEEP  # the reason is in the previous job, which has no outcome yet
            patient = starts_barred and outcome.failure is FailureKind.NOT_STARTED
            return _decide_failed(task, job, outcome, live, patient=patient)
    if any(job.job_id is None for job in attempt.jobs):
        return NextStep(StepKind.SUBMIT)
    return KEEP


def _decide_cancelled(judged: list[tuple[JobRecord, JobOutcome]], live: tuple[str, ...]) -> NextStep:
    shared = any(job.pack is not None and job.job_id and not _is_over(outcome) for job, outcome in judged)
    if live or shared:
        return NextStep(StepKind.CANCEL, live)
    if any(job.job_id is None and not _is_over(outcome) for job, outcome in judged):
        # It may have been submitted and the answer lost: only a look-up by name can tell; then it is cancelled.
        return NextStep(StepKind.SUBMIT)
    return NextStep(StepKind.FAIL, failure=FailureKind.CANCELLED, message=Message("failure.cancelled"))


def _decide_failed(
    task: TaskMeta, job: JobRecord, outcome: JobOutcome, live: tuple[str, ...], *, patient: bool
) -> NextStep:
    kind = outcome.failure or FailureKind.TOOL_ERROR
    again = (kind.is_infrastructure or outcome.alone) and (patient or automatic_attempts(task) < MAX_AUTOMATIC_ATTEMPTS)
    step = StepKind.NEW_ATTEMPT if again else StepKind.FAIL
    return NextStep(step, live, kind, outcome.message, by=outcome.by, decided_by=job.name)
