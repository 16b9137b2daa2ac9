"""Every combination of scheduler state, sentinel and files has its outcome, and time changes only what waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.domain.jobs import EXIT_FAILED, exit_code_of
from portal.domain.status import FailureKind, PipelineStage
from portal.files.reports import Sentinel
from portal.poller.job_outcome import Grace, JobEvidence, OutcomeKind, job_outcome
from slurm.types import JobInfo, JobState

NOW = datetime(2026, 1, 2, tzinfo=UTC)
GRACE = Grace()
SUCCESS = Sentinel(PipelineStage.DIGGER, 0, "7", NOW, NOW + timedelta(minutes=1))
FAILURE = replace(SUCCESS, exit_code=1, failure_kind=FailureKind.INVALID_INPUT, message="line 3: odd")

SENTINELS = {
    "success": (SUCCESS, True),
    "files missing": (SUCCESS, False),
    "failure": (FAILURE, False),
    "none": (None, False),
}
W, R, S, U = OutcomeKind.WAITING, OutcomeKind.RUNNING, OutcomeKind.SUCCEEDED, OutcomeKind.UNDECIDED
K = FailureKind

# state: (success, files missing, failure, none), each (at once, after every grace); a kind stands for a failure
TABLE: dict[JobState, tuple[tuple[object, object], ...]] = {
    JobState.PENDING: ((W, W),) * 4,
    JobState.RUNNING: ((R, R),) * 4,
    JobState.SUSPENDED: ((R, R),) * 4,
    JobState.COMPLETED: ((S, S), (U, K.OUTPUT_MISSING), (K.INVALID_INPUT,) * 2, (U, K.OUTPUT_MISSING)),
    JobState.FAILED: ((K.TOOL_ERROR,) * 2, (K.TOOL_ERROR,) * 2, (K.INVALID_INPUT,) * 2, (U, K.TOOL_ERROR)),
    JobState.TIMEOUT: ((K.TIMEOUT,) * 2,) * 4,
    JobState.DEADLINE: ((K.TIMEOUT,) * 2,) * 4,
    JobState.OUT_OF_MEMORY: ((K.OUT_OF_MEMORY,) * 2,) * 4,
    JobState.NODE_FAIL: ((K.NODE_FAILURE,) * 2,) * 4,
    JobState.BOOT_FAIL: ((K.NODE_FAILURE,) * 2,) * 4,
    JobState.REVOKED: ((K.NODE_FAILURE,) * 2,) * 4,
    JobState.PREEMPTED: ((K.PREEMPTED,) * 2,) * 4,
    JobState.CANCELLED: ((K.CANCELLED,) * 2,) * 4,
    JobState.UNKNOWN: ((U, U),) * 4,
}
ABSENT: dict[bool | None, tuple[tuple[object, object], ...]] = {
    True: ((U, S), (U, K.OUTPUT_MISSING), (K.INVALID_INPUT,) * 2, (U, K.LOST)),
    False: ((S, S), (U, K.OUTPUT_MISSING), (K.INVALID_INPUT,) * 2, (U, U)),
    None: ((S, S), (U, K.OUTPUT_MISSING), (K.INVALID_INPUT,) * 2, (U, K.LOST)),
}


def evidence(
    state: JobState | None, sentinel: str, *, since: datetime = NOW, known: bool = True, accounting: bool | None = True
) -> JobEvidence:
    info = None if state is None else JobInfo("7", "bt-x", state, end_time=since)
    found, files_ok = SENTINELS[sentinel]
    return JobEvidence(known, accounting, info, found, files_ok, since if state is None else None, "7")


def told(value: JobEvidence) -> object:
    outcome = job_outcome(value, NOW, GRACE)
    assert (outcome.kind is OutcomeKind.FAILED) == (outcome.failure is not None) == (outcome.message is not None)
    return outcome.failure or outcome.kind


def test_the_table_has_every_state() -> None:
    assert set(TABLE) == set(JobState)


@pytest.mark.parametrize("state", list(JobState))
@pytest.mark.parametrize(("column", "sentinel"), list(enumerate(SENTINELS)))
def test_state_and_sentinel(state: JobState, column: int, sentinel: str) -> None:
    at_once, later = TABLE[state][column]
    assert told(evidence(state, sentinel)) == at_once
    assert told(evidence(state, sentinel, since=NOW - timedelta(hours=1))) == later


@pytest.mark.parametrize("accounting", [True, False, None])
@pytest.mark.parametrize(("column", "sentinel"), list(enumerate(SENTINELS)))
def test_a_job_that_the_scheduler_does_not_know(accounting: bool | None, column: int, sentinel: str) -> None:
    at_once, later = ABSENT[accounting][column]
    assert told(evidence(None, sentinel, accounting=accounting)) == at_once
    assert told(evidence(None, sentinel, accounting=accounting, since=NOW - timedelta(hours=1))) == later


@pytest.mark.parametrize("state", [*JobState, None])
@pytest.mark.parametrize("sentinel", list(SENTINELS))
def test_no_answer_says_nothing(state: JobState | None, sentinel: str) -> None:
    assert told(evidence(state, sentinel, known=False, since=NOW - timedelta(days=3))) is OutcomeKind.UNDECIDED


def failed(**facts: object) -> JobEvidence:
    base = evidence(JobState.FAILED, "none")
    assert base.info is not None
    return replace(base, info=replace(base.info, **facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        ({"signal": 9}, K.OUT_OF_MEMORY),
        ({"signal": 9, "reason": "ProcessKilled"}, K.LOST),
        ({"reason": "exceeded memory limit"}, K.OUT_OF_MEMORY),
        ({"exit_code": 75}, K.PREEMPTED),
        ({"exit_code": 1}, K.TOOL_ERROR),
    ],
)
def test_a_job_that_failed_without_a_word(facts: dict[str, object], kind: FailureKind) -> None:
    assert told(failed(**facts)) is kind


# -- a job without a claim has done no work


def unclaimed(state: JobState, **facts: object) -> JobEvidence:
    base = evidence(state, "none", since=NOW - timedelta(hours=1))
    assert base.info is not None
    return replace(base, claimed_by=None, info=replace(base.info, **facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "facts", "kind"),
    [
        (JobState.FAILED, {"exit_code": 127}, K.NOT_STARTED),  # no Python on the node
        (JobState.FAILED, {"exit_code": 1}, K.NOT_STARTED),  # a line of JOB_SETUP
        (JobState.FAILED, {"signal": 53}, K.NOT_STARTED),  # JOBS_DIR is not there
        (JobState.TIMEOUT, {}, K.NOT_STARTED),  # JOB_SETUP hangs
        (JobState.COMPLETED, {"exit_code": 0}, K.NOT_STARTED),  # JOB_SETUP says exit 0
        (JobState.FAILED, {"exit_code": 73}, K.DISK_FULL),  # not even the claim could be written
        (JobState.FAILED, {"exit_code": 137}, K.OUT_OF_MEMORY),
        (JobState.OUT_OF_MEMORY, {}, K.OUT_OF_MEMORY),
        (JobState.CANCELLED, {}, K.CANCELLED),
        (JobState.NODE_FAIL, {}, K.NODE_FAILURE),
        (JobState.PREEMPTED, {}, K.PREEMPTED),
    ],
)
def test_a_job_that_ended_before_it_began(state: JobState, facts: dict[str, object], kind: FailureKind) -> None:
    assert told(unclaimed(state, **facts)) is kind


def test_a_claim_that_cannot_be_read_is_a_claim() -> None:
    assert told(replace(unclaimed(JobState.FAILED, exit_code=1), claimed_by="")) is K.TOOL_ERROR


def test_the_node_of_a_job_that_did_not_start_is_named() -> None:
    assert "on n2" in str(job_outcome(unclaimed(JobState.FAILED, exit_code=127, node="n2"), NOW, GRACE).message)


# -- exit codes carry the kind


@pytest.mark.parametrize("kind", list(FailureKind))
def test_an_exit_code_speaks_where_the_sentinel_could_not_be_written(kind: FailureKind) -> None:
    code = exit_code_of(kind)
    expected = K.TOOL_ERROR if code == EXIT_FAILED else kind
    assert told(failed(exit_code=code)) is expected


def test_killed_by_the_kernel_is_memory_in_the_shell_s_words_too() -> None:
    assert told(failed(exit_code=137)) is K.OUT_OF_MEMORY


# -- cancelled by whom


def cancelled(**facts: object) -> JobEvidence:
    base = evidence(JobState.CANCELLED, "none")
    assert base.info is not None
    return replace(base, info=replace(base.info, **facts))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "kind", "by"),
    [
        ({"source": "squeue"}, K.CANCELLED, None),
        ({"source": "squeue", "cancelled_by": "root"}, K.CANCELLED, "root"),
        ({"source": "sacct", "cancelled_by": "root"}, K.CANCELLED, "root"),
        ({"source": "sacct"}, K.LOST, None),  # slurmctld lost its state, and slurmdbd closed what was open
    ],
)
def test_cancelled_by_nobody_in_the_accounts_alone_is_lost(
    facts: dict[str, object], kind: FailureKind, by: str | None
) -> None:
    outcome = job_outcome(cancelled(**facts), NOW, GRACE)
    assert (outcome.failure, outcome.by) == (kind, by)


# -- limits are named


def test_limit_and_peak_are_told() -> None:
    over_time = replace(evidence(JobState.TIMEOUT, "none"), time_limit_s=21600)
    assert str(job_outcome(over_time, NOW, GRACE).message).endswith("limit of 6 h.")
    assert str(job_outcome(replace(over_time, time_limit_s=5400), NOW, GRACE).message).endswith("limit of 90 min.")
    over_memory = replace(evidence(JobState.OUT_OF_MEMORY, "none"), memory_gb=4.0)
    assert "than the 4 GB" in str(job_outcome(over_memory, NOW, GRACE).message)
    assert over_memory.info is not None
    seen = replace(over_memory, info=replace(over_memory.info, max_rss_bytes=4123456789))
    assert "At most 3.8 GB" in str(job_outcome(seen, NOW, GRACE).message)


def test_a_job_that_met_its_own_claim_was_started_again_by_the_cluster() -> None:
    assert told(replace(failed(), restarted=True)) is K.PREEMPTED


@pytest.mark.parametrize(
    "facts", [{"accounting": None}, {"info": replace(JobInfo("7", "bt-x", JobState.FAILED), source="sacct")}]
)
def test_why_a_job_failed_is_waited_for_only_where_the_accounts_may_still_tell(facts: dict[str, object]) -> None:
    base = evidence(JobState.FAILED, "none")
    assert told(base) is U
    assert told(replace(base, **facts)) is K.TOOL_ERROR  # type: ignore[arg-type]


def test_a_job_whose_parent_failed_only_follows_it() -> None:
    base = evidence(JobState.CANCELLED, "none")
    assert base.info is not None
    left = replace(base, info=replace(base.info, reason="DependencyNeverSatisfied"))
    outcome = job_outcome(left, NOW, GRACE)
    assert (outcome.kind, outcome.follows) == (OutcomeKind.FAILED, True)


def test_a_second_job_that_found_the_claim_taken_is_no_restart() -> None:
    assert told(replace(failed(exit_code=75), claimed_by="8")) is K.TOOL_ERROR


def test_a_job_told_to_end_that_nobody_cancelled_is_tried_again() -> None:
    ended = replace(FAILURE, failure_kind=K.CANCELLED)
    assert told(replace(evidence(JobState.FAILED, "failure"), sentinel=ended)) is K.PREEMPTED
