"""Derive a job's outcome from the scheduler's state, the sentinel, the claim and the time, by one pure table.

    scheduler says            sentinel: success   success, files missing   failure             none
    ------------------------  ------------------  -----------------------  ------------------  -----------------------
    PENDING                   waiting             waiting                  waiting             waiting
    RUNNING, SUSPENDED        running             running                  running             running
    COMPLETED                 succeeded           wait, output_missing     its own kind        wait, output_missing
    FAILED                    tool_error          tool_error               its own kind        wait, oom, lost, by exit
                                                                                                 code, tool_error
    TIMEOUT, DEADLINE         timeout             timeout                  timeout             timeout
    OUT_OF_MEMORY             out_of_memory       out_of_memory            out_of_memory       out_of_memory
    NODE_FAIL, BOOT_FAIL,     node_failure        node_failure             node_failure        node_failure
      REVOKED
    PREEMPTED                 preempted           preempted                preempted           preempted
    CANCELLED                 cancelled           cancelled                timeout or          cancelled
                                                                           cancelled
    CANCELLED, by nobody and  lost                lost                     timeout or lost     lost
      in the accounts alone
    UNKNOWN (a new word)      undecided           undecided                undecided           undecided
    absent, accounting knows  wait, succeeded     wait, output_missing     its own kind        wait, lost
    absent, accounting fails  succeeded           wait, output_missing     its own kind        undecided
    absent, no accounting     succeeded           wait, output_missing     its own kind        wait, lost
    no answer                 undecided           undecided                undecided           undecided

A job without a claim has done no work: if it ended on its own (FAILED, TIMEOUT, and COMPLETED after the wait) it did
not start, unless its exit code says why. A job that ends as superseded although the claim is its own was requeued
without the portal's knowledge: it counts as preempted, so that a new attempt gets a new folder. A job that was
cancelled because the one before it can never fulfil its dependency follows that job, which has the reason. Jobs that
are cancelled in the accounting, but by no user, belong to a slurmctld that lost its state.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.domain.jobs import EXIT_SUPERSEDED, failure_of_exit
from portal.domain.message import Message
from portal.domain.status import FailureKind
from portal.files.reports import Sentinel
from slurm.types import JobInfo, JobState


class OutcomeKind(StrEnum):
    """The kinds of outcomes."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNDECIDED = "undecided"  # nothing may be concluded yet


@dataclass(frozen=True)
class Grace:
    """How long to wait for evidence that may still arrive."""

    files: timedelta = timedelta(seconds=60)  # outputs on a shared disk
    absent: timedelta = timedelta(minutes=3)  # a job that the scheduler does not know
    absent_done: timedelta = timedelta(seconds=30)  # the same, but its sentinel reports success
    details: timedelta = timedelta(seconds=20)  # exit code and signal of a job that failed without a report


@dataclass(frozen=True)
class JobEvidence:
    """All evidence about one job. `info` is None if the scheduler does not know it.

    `known`: the query for live jobs was answered. `accounting`: True, False (failed) or None (there is none).
    `sentinel` is the decisive one among the job's stages: the first failure, or the success of the last stage.
    `files_ok` tells whether all outputs named by a successful sentinel exist. `absent_since` is the time of the first
    valid answer without the job. `claimed_by` is None without a claim, empty for one that cannot be read (yet).
    `time_limit_s` and `memory_gb` are the job's limits. `shared`: the job runs several tasks; `pack_began` tells
    whether it has begun at all, `stopped` whether this task was asked to leave it.
    """

    known: bool
    accounting: bool | None
    info: JobInfo | None
    sentinel: Sentinel | None
    files_ok: bool
    absent_since: datetime | None
    claimed_by: str | None = None
    restarted: bool = False
    time_limit_s: int | None = None
    memory_gb: float | None = None
    shared: bool = False
    pack_began: bool = False
    stopped: bool = False


@dataclass(frozen=True)
class JobOutcome:
    """The kind of outcome, with failure kind and message if the job failed.

    `follows`: the failure follows from that of an earlier job. `by` cancelled it, if known. `alone`: the job was shared
    with other tasks, which may be at fault; the task is tried again alone.
    """

    kind: OutcomeKind
    failure: FailureKind | None = None
    message: Message | None = None
    follows: bool = False
    by: str | None = None
    alone: bool = False


_WAITING = JobOutcome(OutcomeKind.WAITING)
_RUNNING = JobOutcome(OutcomeKind.RUNNING)
_SUCCEEDED = JobOutcome(OutcomeKind.SUCCEEDED)
_UNDECIDED = JobOutcome(OutcomeKind.UNDECIDED)


def failed(kind: FailureKind, message: Message) -> JobOutcome:
    """Return the outcome of a job that failed."""
    return JobOutcome(OutcomeKind.FAILED, kind, message)


def job_outcome(evidence: JobEvidence, now: datetime, grace: Grace) -> JobOutcome:
    """Return the job's outcome."""
    if not evidence.known:
        return _UNDECIDED
    if evidence.info is None:
        return _outcome_of_absent(evidence, now, grace)
    state = evidence.info.state
    if state is JobState.UNKNOWN:
        return _UNDECIDED
    if state.is_waiting:
        return _WAITING
    if state.is_active:
        return _RUNNING
    if state is JobState.COMPLETED:
        return _outcome_of_files(evidence, evidence.info.end_time or evidence.absent_since, now, grace)
    if _lacks_details(evidence, evidence.info, now, grace):
        return _UNDECIDED
    return _outcome_of_failure(evidence, evidence.info)


def _lacks_details(evidence: JobEvidence, info: JobInfo, now: datetime, grace: Grace) -> bool:
    """Tell whether accounting may still explain a failure without a sentinel; squeue shows no exit code."""
    if info.state is not JobState.FAILED or info.source != "squeue" or info.exit_code is not None:
        return False
    if info.signal is not None or "memory" in (info.reason or "").lower():
        return False
    if evidence.sentinel is not None or evidence.restarted or evidence.accounting is None:
        return False
    return info.end_time is not None and now - info.end_time < grace.details


def _outcome_of_absent(evidence: JobEvidence, now: datetime, grace: Grace) -> JobOutcome:
    since = evidence.absent_since or now
    if evidence.sentinel is not None and not evidence.sentinel.succeeded:
        return own_failure(evidence.sentinel)
    if evidence.sentinel is not None:
        if evidence.files_ok and evidence.accounting is True and now - since < grace.absent_done:
            return _UNDECIDED
        return _outcome_of_files(evidence, since, now, grace)
    if evidence.accounting is False or now - since < grace.absent:
        return _UNDECIDED
    return failed(FailureKind.LOST, Message("job.lost"))


def _outcome_of_files(evidence: JobEvidence, since: datetime | None, now: datetime, grace: Grace) -> JobOutcome:
    if evidence.sentinel is not None and not evidence.sentinel.succeeded:
        return own_failure(evidence.sentinel)
    if evidence.sentinel is not None and evidence.files_ok:
        return _SUCCEEDED
    if since is None or now - since < grace.files:
        return _UNDECIDED
    if evidence.info is not None and _never_began(evidence):
        return _not_started(evidence.info)
    return failed(FailureKind.OUTPUT_MISSING, Message("job.files_missing"))


def own_failure(sentinel: Sentinel) -> JobOutcome:
    """Return the failure that a stage itself reported."""
    kind = sentinel.failure_kind or FailureKind.TOOL_ERROR
    if kind is FailureKind.CANCELLED:
        # The job was signalled to end without a cancel known to the scheduler: a shutdown or a kill.
        return failed(FailureKind.PREEMPTED, Message("job.ended_from_outside"))
    return failed(kind, sentinel.said or Message("job.stage_failed"))


def _never_began(evidence: JobEvidence) -> bool:
    return evidence.claimed_by is None and evidence.sentinel is None


def _not_started(info: JobInfo) -> JobOutcome:
    message = Message("job.not_started_on", node=info.node) if info.node else Message("job.not_started")
    return failed(FailureKind.NOT_STARTED, message)


_MACHINE = failed(FailureKind.NODE_FAILURE, Message("job.node_failed"))
# States that decide the outcome on their own.
_BY_STATE = {
    JobState.NODE_FAIL: _MACHINE,
    JobState.BOOT_FAIL: _MACHINE,
    JobState.REVOKED: _MACHINE,
    JobState.PREEMPTED: failed(FailureKind.PREEMPTED, Message("job.preempted")),
}
_BY_EXIT_CODE = {
    FailureKind.INVALID_INPUT: Message("job.unreadable_input"),
    FailureKind.OUTPUT_MISSING: Message("job.earlier_missing"),
    FailureKind.OUT_OF_MEMORY: Message("job.killed_for_memory"),
    FailureKind.DISK_FULL: Message("job.disk_full"),
    FailureKind.NOT_CONFIGURED: Message("job.part_missing"),
    FailureKind.TIMEOUT: Message("stage.time_used_up"),
}


def _outcome_of_failure(evidence: JobEvidence, info: JobInfo) -> JobOutcome:
    if info.state in (JobState.TIMEOUT, JobState.DEADLINE):
        return _not_started(info) if _never_began(evidence) else _over_time(evidence)
    if info.state is JobState.OUT_OF_MEMORY or "memory" in (info.reason or "").lower():
        return _over_memory(evidence, info)
    if info.state in _BY_STATE:
        return _BY_STATE[info.state]
    if info.state is JobState.CANCELLED:
        return _cancelled(evidence, info)
    return _ended_by_itself(evidence, info)


def _over_time(evidence: JobEvidence) -> JobOutcome:
    if not evidence.time_limit_s:
        return failed(FailureKind.TIMEOUT, Message("job.timeout"))
    return failed(FailureKind.TIMEOUT, Message("job.timeout_of", limit=_span(evidence.time_limit_s)))


def _over_memory(evidence: JobEvidence, info: JobInfo) -> JobOutcome:
    given = evidence.memory_gb
    message = Message("job.out_of_memory_of", given=given) if given else Message("job.out_of_memory")
    own = evidence.sentinel.usage.max_rss_bytes if evidence.sentinel else None
    peak = info.max_rss_bytes or own
    if peak:
        message = Message("job.memory_seen", reason=message, peak=peak / 1024**3)
    return failed(FailureKind.OUT_OF_MEMORY, message)


def _span(seconds: int) -> Message:
    """Return a time limit in words: 6 h, 90 min, 45 s."""
    if seconds >= 3600 and seconds % 3600 == 0:
        return Message("duration.hours", number=seconds // 3600)
    if seconds >= 60 and seconds % 60 == 0:
        return Message("duration.minutes", number=seconds // 60)
    return Message("duration.seconds", number=seconds)


def _cancelled(evidence: JobEvidence, info: JobInfo) -> JobOutcome:
    if info.reason == "DependencyNeverSatisfied":
        return JobOutcome(OutcomeKind.FAILED, FailureKind.LOST, Message("job.parent_failed"), follows=True)
    own = _failure_of(evidence)
    if own is not None and own.failure_kind is FailureKind.TIMEOUT:
        return own_failure(own)
    if info.source == "sacct" and info.cancelled_by is None:
        return failed(FailureKind.LOST, Message("job.lost_by_cluster"))
    by = info.cancelled_by
    return JobOutcome(OutcomeKind.FAILED, FailureKind.CANCELLED, cancelled_on_cluster(by), by=by)


def cancelled_on_cluster(by: str | None) -> Message:
    """Return the message for a job that was cancelled with the scheduler's own command."""
    return Message("job.cancelled_by", name=by) if by else Message("job.cancelled")


def _failure_of(evidence: JobEvidence) -> Sentinel | None:
    sentinel = evidence.sentinel
    return sentinel if sentinel is not None and not sentinel.succeeded else None


def _ended_by_itself(evidence: JobEvidence, info: JobInfo) -> JobOutcome:
    if evidence.restarted or (info.exit_code == EXIT_SUPERSEDED and evidence.claimed_by == info.job_id):
        return failed(FailureKind.PREEMPTED, Message("job.restarted"))
    own = _failure_of(evidence)
    if own is not None:
        return own_failure(own)
    if info.signal == 9:
        if info.reason in ("ProcessKilled", "Reboot"):
            return failed(FailureKind.LOST, Message("job.killed"))
        return failed(FailureKind.OUT_OF_MEMORY, _BY_EXIT_CODE[FailureKind.OUT_OF_MEMORY])
    kind = failure_of_exit(info.exit_code)
    if kind is not None:
        return failed(kind, _BY_EXIT_CODE[kind])
    if _never_began(evidence):
        return _not_started(info)
    return failed(FailureKind.TOOL_ERROR, Message("job.unexplained"))
