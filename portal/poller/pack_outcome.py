"""Where a task stands whose job works off several: its own word counts, whatever becomes of the job. Pure.

| the task itself | the job that it shares | outcome |
|---|---|---|
| withdrawn before its turn | any | cancelled |
| all stages ended well, files there | any, also no answer | succeeded |
| a stage failed | any | its own kind |
| told to end, and asked to leave | any | preempted, which the wish to cancel overrules |
| told to end by whomever | goes on | running |
| at work | goes on | running |
| not its turn yet | goes on | waiting |
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
    """Return where a job of a task stands, its own or one that it shares."""
    return _outcome_in_pack(evidence, now, grace) if evidence.shared else job_outcome(evidence, now, grace)


def _outcome_in_pack(evidence: JobEvidence, now: datetime, grace: Grace) -> JobOutcome:
    sentinel = evidence.sentinel
    if evidence.claimed_by == NEVER_SUBMITTED:
        return failed(FailureKind.CANCELLED, Message("failure.cancelled"))
    if sentinel is not None and sentinel.succeeded and evidence.files_ok:
        return JobOutcome(OutcomeKind.SUCCEEDED)
    # A stage that was told to end does not know whether it alone was meant.
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
