"""Recorded output of SLURM 22.05, the documented words of later versions, and names as users make them up.

The column of the working folder was added to the recorded output by hand.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slurm import parse, sbatch
from slurm.complaint import Complaint
from slurm.errors import SchedulerUnavailable
from slurm.parse import SEPARATOR
from slurm.reasons import known_reason
from slurm.sbatch import SubmitAnswer
from slurm.types import JobInfo, JobState

DATA = Path(__file__).parent / "data"
ODD_NAME = "odd|na\x1fme \"quoted\" 'x' 名\nnext line\n7\x1fRUNNING"


def squeue_recorded() -> dict[str, JobInfo]:
    return {job.job_id: job for job in parse.squeue((DATA / "squeue-22.05.txt").read_text())}


def sacct_recorded() -> list[JobInfo]:
    return parse.sacct((DATA / "sacct-22.05.txt").read_text())


def utc(hour: int, minute: int, second: int) -> datetime:
    return datetime(2026, 11, 22, hour, minute, second, tzinfo=UTC)


def test_squeue_every_state_of_the_recording() -> None:
    assert {job_id: job.state.value for job_id, job in squeue_recorded().items()} == {
        "1": "COMPLETED",
        "2": "COMPLETED",
        "3": "FAILED",
        "4": "CANCELLED",
        "5": "FAILED",
        "6": "CANCELLED",
        "7": "PENDING",
        "8": "PENDING",
        "9": "NODE_FAIL",
        "10": "NODE_FAIL",
        "11": "COMPLETED",
        "12_[1-3]": "PENDING",
        "13": "PREEMPTED",
        "14": "COMPLETED",
        "15": "SUSPENDED",
        "16": "TIMEOUT",
        "17": "COMPLETED",
    }


def test_squeue_fields() -> None:
    jobs = squeue_recorded()
    assert jobs["16"] == JobInfo(
        job_id="16",
        name="bt-0b7321c94e6c-digger-a1",
        state=JobState.TIMEOUT,
        raw_state="TIMEOUT",
        reason="TimeLimit",
        submit_time=utc(22, 4, 52),
        start_time=utc(22, 4, 55),
        end_time=utc(22, 6, 11),
        cpus=4,
        elapsed_s=76,
        node="n2",
        work_dir="/data/jobs",
    )
    assert jobs["8"].reason == "PartitionDown"
    assert (jobs["8"].start_time, jobs["8"].start_estimate, jobs["8"].node) == (None, None, None)
    assert jobs["15"].end_time is None, "squeue's END_TIME of a job that is not over is its limit"


def test_a_name_may_hold_anything() -> None:
    assert squeue_recorded()["11"].name == ODD_NAME
    by_accounting = [job for job in sacct_recorded() if job.job_id == "11"]
    assert {job.name for job in by_accounting} == {ODD_NAME.replace('"', "`").replace("名", "?")}


def test_sacct_puts_memory_and_the_canceller_together() -> None:
    jobs = {job.job_id: job for job in sacct_recorded()}
    assert jobs["1"].max_rss_bytes == 39178240, "the largest of the steps"
    assert jobs["2"].max_rss_bytes is None
    assert jobs["6"].state is JobState.CANCELLED
    assert jobs["6"].cancelled_by == "0"
    assert (jobs["5"].exit_code, jobs["5"].signal) == (9, 0)
    assert jobs["16"].cpu_time_s == 304
    assert jobs["15"].end_time is None
    assert jobs["8"].start_time is None
    assert jobs["8"].node is None
    assert jobs["8"].exit_code is None


def test_sacct_lists_a_requeued_job_run_by_run() -> None:
    runs = [job for job in sacct_recorded() if job.job_id == "11"]
    assert [(job.state, job.node, job.max_rss_bytes) for job in runs] == [
        (JobState.NODE_FAIL, "n2", None),
        (JobState.COMPLETED, "n1", 3194880),
    ]
    assert runs[0].submit_time == utc(22, 4, 12)
    assert runs[1].submit_time == utc(22, 4, 43)


@pytest.mark.parametrize("text", ["", "\n", "slurm_load_jobs error\n", "JOBID\n"])
def test_text_without_the_header_is_no_answer(text: str) -> None:
    with pytest.raises(SchedulerUnavailable, match="no_header"):
        parse.squeue(text)
    with pytest.raises(SchedulerUnavailable, match="no_header"):
        parse.sacct(text)


def test_an_empty_queue_is_an_answer() -> None:
    header = SEPARATOR.join(
        ["JOBID", "STATE", "REASON", "SUBMIT", "START", "END", "CPUS", "TIME", "NODES", "WORK_DIR", "NAME"]
    )
    assert parse.squeue(header + "\n") == []
    assert parse.squeue("a site's banner\n" + header + "\n") == []


def squeue_line(name: str, *, job_id: str = "5", state: str = "RUNNING", used: str = "1:05") -> str:
    return SEPARATOR.join(
        [job_id, state, "None", "2026-11-22T10:00:00", "N/A", "N/A", "4", used, "n1", "/data/jobs", name]
    )


def squeue_of(*lines: str) -> list[JobInfo]:
    header = squeue_line("NAME", job_id="JOBID", state="STATE")
    return parse.squeue("\n".join([header, *lines]) + "\n")


@given(names=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=5))
def test_no_name_of_one_job_changes_another(names: list[str]) -> None:
    """Short of a forged whole line, which takes a separator for every field."""
    names = [name.replace("\n", " ") for name in names]
    lines = [squeue_line(name, job_id=str(number)) for number, name in enumerate(names)]
    assert [(job.job_id, job.name) for job in squeue_of(*lines)] == [(str(n), name) for n, name in enumerate(names)]


@pytest.mark.parametrize(
    ("used", "seconds"),
    [("0:00", 0), ("1:05", 65), ("2:00:01", 7201), ("3-00:00:10", 259210), ("INVALID", None), ("", None)],
)
def test_times_used(used: str, seconds: int | None) -> None:
    assert squeue_of(squeue_line("bt-a", used=used))[0].elapsed_s == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("39178240", 39178240), ("1234K", 1234 * 1024), ("1.50G", 3 * 1024**3 // 2), ("0", 0), ("", None), ("16?", None)],
)
def test_memory_in_any_unit(text: str, size: int | None) -> None:
    header = SEPARATOR.join(parse.SACCT_FIELDS)
    rows = [["8", "COMPLETED"], ["8.batch", "COMPLETED"]]
    lines = [SEPARATOR.join([*row, *[""] * 8, text if "." in row[0] else "", "n1", "/data", "bt-a"]) for row in rows]
    [job] = parse.sacct("\n".join([header, *lines, ""]))
    assert job.max_rss_bytes == size


def sacct_of(state: str, code: str, reason: str = "None") -> JobInfo:
    values = {"JobID": "8", "State": state, "ExitCode": code, "Reason": reason, "JobName": "bt-a"}
    lines = [SEPARATOR.join(parse.SACCT_FIELDS), SEPARATOR.join(values.get(name, "") for name in parse.SACCT_FIELDS)]
    [job] = parse.sacct("\n".join(lines))
    return job


@pytest.mark.parametrize(
    ("state", "code", "told"),
    [
        ("COMPLETED", "0:0", 0),
        ("FAILED", "3:0", 3),
        ("TIMEOUT", "0:0", None),
        ("CANCELLED by 0", "0:15", None),
        ("NODE_FAIL", "1:0", 1),
        ("RUNNING", "0:0", None),
    ],
)
def test_an_exit_code_is_one_only_where_the_program_told_it(state: str, code: str, told: int | None) -> None:
    assert sacct_of(state, code).exit_code == told


def test_the_signal_in_the_reason_of_22_05_and_later() -> None:
    line = squeue_line("bt-a", state="FAILED").replace(f"{SEPARATOR}None{SEPARATOR}", f"{SEPARATOR}{{}}{SEPARATOR}")
    [job] = squeue_of(line.format("RaisedSignal:9(Killed)"))
    assert (job.signal, job.reason) == (9, "RaisedSignal:9(Killed)")
    assert squeue_of(line.format("NonZeroExitCode"))[0].signal is None
    assert sacct_of("FAILED", "0:0", "RaisedSignal:53(Real-time_signal_19)").signal == 53


def test_why_a_job_waited_is_no_reason_once_it_runs_or_has_ended_well() -> None:
    for state in ("RUNNING", "COMPLETED"):
        line = squeue_line("bt-a", state=state).replace(
            f"{SEPARATOR}None{SEPARATOR}", f"{SEPARATOR}Dependency{SEPARATOR}"
        )
        assert squeue_of(line)[0].reason is None
        assert sacct_of(state, "0:0", "Dependency").reason is None


def test_an_unknown_state_raises_an_alarm() -> None:
    jobs = squeue_of(squeue_line("bt-a", state="DREAMING"), squeue_line("bt-b", state="RUNNING"))
    assert jobs[0].state is JobState.UNKNOWN
    assert parse.unknown_states(jobs) == [Complaint("job.unknown_state", job_id="5", name="bt-a", state="'DREAMING'")]


def test_what_slurmctld_remembers() -> None:
    options = parse.config((DATA / "scontrol-config-22.05.txt").read_text())
    assert parse.min_job_age_s(options) == 300
    assert options["AccountingStorageType"] == "accounting_storage/slurmdbd"
    assert parse.min_job_age_s({}) is None
    with pytest.raises(SchedulerUnavailable, match="no_configuration"):
        parse.config("slurm_load_ctl_conf error\nUsage: scontrol\n")
    assert not parse.keeps_no_accounts(options)
    assert not parse.keeps_no_accounts({})
    assert parse.keeps_no_accounts({"AccountingStorageType": "accounting_storage/none"})
    assert parse.keeps_no_accounts({"AccountingStorageType": "(null)"})


@pytest.mark.parametrize(
    ("stdout", "job_id"),
    [
        ("Submitted batch job 4711\n", "4711"),
        ("Submitted batch job 4711 on cluster east\n", "4711"),
        ("Welcome, job 9 is free\nSubmitted batch job 12\n", "12"),
        ("4711\n", None),
        ("", None),
    ],
)
def test_the_id_in_sbatch_s_answer(stdout: str, job_id: str | None) -> None:
    assert sbatch.submitted_job_id(stdout) == job_id


FAILED = "sbatch: error: Batch job submission failed: "


@pytest.mark.parametrize(
    ("stderr", "answer"),
    [
        (FAILED + "Invalid account or account/partition combination specified", SubmitAnswer.REJECTED),
        (FAILED + "Requested time limit is invalid (missing or exceeds some limit)", SubmitAnswer.REJECTED),
        ("sbatch: unrecognized option '--x'", SubmitAnswer.REJECTED),
        ("sbatch: error: Invalid --time specification", SubmitAnswer.REJECTED),
        (f"sbatch: error: QOSMaxSubmitJobPerUserLimit\n{FAILED}Job violates accounting/QOS policy (job ..."
         , SubmitAnswer.DEFERRED),
        (f"sbatch: error: QOSMaxWallDurationPerJobLimit\n{FAILED}Job violates accounting/QOS policy (job ..."
         , SubmitAnswer.REJECTED),
        (FAILED + "Job violates accounting/QOS policy (job submit limit, ...)", SubmitAnswer.DEFERRED),
        (FAILED + "System submissions disabled", SubmitAnswer.DEFERRED),
        (FAILED + "Job dependency problem", SubmitAnswer.DEFERRED),
        (FAILED + "Unable to contact slurm controller (connect failure)", SubmitAnswer.UNCERTAIN),
        (FAILED + "Socket timed out on send/recv operation", SubmitAnswer.UNCERTAIN),
        (FAILED + "Zero Bytes were transmitted or received", SubmitAnswer.UNCERTAIN),
        (FAILED + "Words of a version to come", SubmitAnswer.UNCERTAIN),
        ("Segmentation fault", SubmitAnswer.UNCERTAIN),
        ("", SubmitAnswer.UNCERTAIN),
    ],
)  # fmt: skip
def test_what_a_failed_submission_means(stderr: str, answer: SubmitAnswer) -> None:
    assert sbatch.refused_submission(stderr).answer is answer


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        (
            f"sbatch: error: AssocMaxSubmitJobLimit\n{FAILED}Job violates accounting/QOS policy",
            "AssocMaxSubmitJobLimit",
        ),
        (FAILED + "Job violates accounting/QOS policy (job submit limit, ...)", "SubmitLimit"),
        (FAILED + "Required partition not available (inactive or drain)", "PartitionUnavailable"),
        (FAILED + "Job dependency problem", sbatch.DEPENDENCY_PROBLEM),
    ],
)
def test_a_deferral_has_a_reason_in_words(stderr: str, reason: str) -> None:
    assert sbatch.refused_submission(stderr).reason == reason
    assert known_reason(reason) is not None


@pytest.mark.parametrize(
    ("stderr", "answered"),
    [
        (FAILED + "Words of a version to come", True),
        ("ERROR: every job here needs a project, see https://cluster.example/projects", True),
        (FAILED + "Unable to contact slurm controller (connect failure)", False),
        (FAILED + "Socket timed out on send/recv operation", False),
        (FAILED + "Zero Bytes were transmitted or received", False),
        (FAILED + "Unexpected message received", False),
        ("sbatch: error: If munged is up, restart with --num-threads=10", False),
        ("Segmentation fault", False),
        ("", False),
    ],
)
def test_an_answer_in_unknown_words_is_told_from_no_answer(stderr: str, answered: bool) -> None:
    assert sbatch.refused_submission(stderr).answered is answered


def test_a_site_without_accounting_says_so() -> None:
    assert parse.sacct_is_off("Slurm accounting storage is disabled")
    assert not parse.sacct_is_off("sacct: error: Problem talking to the database: Connection refused")
