"""Who bears a name: every kind of job, with and without a claim."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from slurm.errors import SchedulerUnavailable
from slurm.lookup import bearers
from slurm.types import JobInfo, JobState

NAME = "bt-a"
NOBODY_WITHOUT_A_CLAIM = {
    JobState.COMPLETED, JobState.FAILED, JobState.TIMEOUT, JobState.NODE_FAIL, JobState.PREEMPTED, JobState.BOOT_FAIL,
    JobState.DEADLINE, JobState.OUT_OF_MEMORY, JobState.REVOKED,
}  # fmt: skip


def jobs(state: JobState) -> tuple[JobInfo, ...]:
    return (JobInfo("7", NAME, state),)


def claim(folder: Path, text: str | None) -> Path:
    path = folder / "claim"
    if text is not None:
        path.write_text(text)
    return path


@pytest.mark.parametrize("state", list(JobState))
def test_a_job_that_ended_without_a_claim_is_nobody(tmp_path: Path, state: JobState) -> None:
    found = bearers(NAME, jobs(state), claim(tmp_path, None))
    assert (found == ()) is (state in NOBODY_WITHOUT_A_CLAIM)


@pytest.mark.parametrize("state", list(JobState))
def test_a_job_with_its_claim_counts_however_it_ended(tmp_path: Path, state: JobState) -> None:
    assert bearers(NAME, jobs(state), claim(tmp_path, json.dumps({"job_id": "7"}))) == jobs(state)


def test_one_that_met_another_s_claim_is_not_its_owner(tmp_path: Path) -> None:
    [job] = bearers(NAME, jobs(JobState.FAILED), claim(tmp_path, json.dumps({"job_id": "8"})))
    assert (job.job_id, job.state, job.source) == ("8", JobState.UNKNOWN, "claim")


def test_the_claim_alone(tmp_path: Path) -> None:
    assert bearers(NAME, (), claim(tmp_path, None)) == ()
    [job] = bearers(NAME, (), claim(tmp_path, json.dumps({"job_id": "8"})))
    assert (job.job_id, job.source) == ("8", "claim")


@pytest.mark.parametrize("text", ["", "{}", "no json"])
def test_a_claim_that_is_being_written_is_no_answer(tmp_path: Path, text: str) -> None:
    with pytest.raises(SchedulerUnavailable, match="claim"):
        bearers(NAME, (), claim(tmp_path, text))
