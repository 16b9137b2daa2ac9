"""The outcome of a task that shares its job: its own reports count, whatever happens to the job. Pure.

| the task itself | the job that it shares | outcome |
|---|---|---|
| withdrawn before its turn | any | cancelled |
| all stages succeeded, files present | any, also no answer | succeeded |
| a stage failed | any | its own kind |
| signalled to end, and asked to leave | any | preempted, which the wish to cancel overrules |
| signalled to end by anyone else | continues | running |
| at work | continues | running |
| not its turn yet | continues | waiting |
| any of these three | cancelled | cancelled |
| not its turn yet | ended, and had begun | lost: tried again |
| not its turn yet | ended before it began | not_started |
| at work | ended in another way | that kind, and tried again alone |
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from portal.domain.jobs import NEVER_SUBMITTED
from portal.domain.message import Message
from portal.domain.status import FailureKind
from portal.poller.job_outcome import Grace, JobEvidence, JobOutcome, OutcomeKind, failed, job_outcome, own_failure


def task_outcome(evidence: JobEvidence, now: datetime, grace: Grace) -> JobOutcome:
    """Return the outcome of a task's job, its own or a shared one."""
    return _outcome_in_pack(evidence, now, grace) if evidence.shared else job_outcome(evidence, now, grace)


def _outcome_in_pack(evidence: JobEvidence, now: datetime, grace: Grace) -> JobOutcome:
    sentinel = evidence.sentinel
    if evidence.claimed_by == NEVER_SUBMITTED:
        return failed(FailureKind.CANCELLED, Message("failure.cancelled"))
    if sentinel is not None and sentinel.succeeded and evidence.files_ok:
        return JobOutcome(OutcomeKind.SUCCEEDED)
    # A stage that was signalled to end does not know whether only its task was meant.
    asked_to_end = evidence.stopped or (sentinel is not None and sentinel.failure_kind is not FailureKind.CANCELLED)
    if sentinel is not None and not sentinel.succeeded and asked_to_end:
        return own_failure(sentinel)
    found = job_outcome(evidence, now, grace)
    if found.kind is OutcomeKind.RUNNING and evidence.claimed_by is None:
        return JobOutcome(OutcomeKind.WAITING)
    if found.kind is not OutcomeKind.FAILED or found.failure is FailureKind.CANCELLED:
        return found
    if evidence.claimed_by is None and evidence.pack_began:
        return failed(FailureKind.LOST, Message("job.shared_ended"))
    return replace(found, alone=True)
