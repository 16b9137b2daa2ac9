"""What tasks used: one line an attempt, whatever happens in between."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from portal.domain.status import FailureKind, TaskStatus
from portal.domain.task import TaskMeta
from portal.files.taskdir import PortalDir
from portal.files.usage import UsageLedger, sum_by_day
from portal.files.usage_sums import UsageSums
from portal.poller.accounting import Accountant
from slurm.complaint import verbatim
from slurm.errors import SchedulerUnavailable
from slurm.types import JobInfo, JobState, Snapshot
from tests.builders import make_task_on_disk
from tests.unit.poller.usage_lines import LINE

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    made = PortalDir(tmp_path)
    made.prepare()
    return made


class Accounts:
    """Accounts of a cluster as a test wants them."""

    def __init__(self, *infos: JobInfo) -> None:
        self.infos: Sequence[JobInfo] | None = infos
        self.asked = 0

    def history(self, since: datetime) -> tuple[JobInfo, ...]:
        self.asked += 1
        if self.infos is None:
            raise SchedulerUnavailable(verbatim("slurmdbd is down"))
        return tuple(self.infos)

    def min_job_age_s(self) -> int | None:
        return 300


def told(task: TaskMeta, state: JobState = JobState.COMPLETED, **facts: object) -> JobInfo:
    assert task.attempt is not None
    job = task.attempt.jobs[0]
    base = JobInfo(
        str(job.job_id), job.name, state, state.value, start_time=NOW - timedelta(minutes=5),
        end_time=NOW - timedelta(minutes=1), exit_code=0, cpus=4, elapsed_s=240, cpu_time_s=960,
        max_rss_bytes=5 * 1024**2, source="sacct",
    )  # fmt: skip
    return replace(base, **facts)  # type: ignore[arg-type]


def quiet() -> Snapshot:
    return Snapshot(NOW, known=True, accounting=True)


def test_an_attempt_is_written_once_also_by_the_next_process(portal: PortalDir) -> None:
    for _ in range(2):
        ledger = UsageLedger(portal)
        ledger.write(LINE)
        ledger.write(LINE)
    assert list(UsageLedger(portal).lines()) == [LINE]
    assert UsageLedger(portal).knows(LINE.task_id)
    assert not UsageLedger(portal).knows("bbbbbbbbbbbb")


def test_a_line_that_a_crash_has_cut_spoils_no_other(portal: PortalDir) -> None:
    UsageLedger(portal).write(LINE)
    path = portal.usage / "2026-03-02.jsonl"
    path.write_bytes(path.read_bytes() + b'{"task_id": "cc')
    later = replace(LINE, task_id="bbbbbbbbbbbb")
    UsageLedger(portal).write(later)
    assert list(UsageLedger(portal).lines()) == [LINE, later]


def test_sums_by_day(portal: PortalDir) -> None:
    ledger = UsageLedger(portal)
    ledger.write(LINE)
    ledger.write(replace(LINE, task_id="bbbbbbbbbbbb", status="failed", core_s=3360.0, wait_s=None, max_rss_bytes=30))
    ledger.write(replace(LINE, task_id="cccccccccccc", day="2026-03-01"))
    days = sum_by_day(ledger.lines(since=date(2026, 3, 2)))
    assert [(day.day, day.attempts, day.completed, day.core_hours) for day in days] == [("2026-03-02", 2, 1, 1.0)]
    assert (days[0].mean_wait_s, days[0].max_rss_bytes) == (4.0, 30)
    assert len(sum_by_day(ledger.lines())) == 2


def test_figures_come_from_the_accounts(portal: PortalDir) -> None:
    task = make_task_on_disk(portal).task
    accountant = Accountant(portal, UsageLedger(portal), Accounts(told(task)))
    accountant.watch(task)
    snapshot = accountant.look(quiet(), [])
    assert accountant.ready(snapshot) == [task.task_id]
    after, [line] = accountant.figures(task, NOW)
    assert after.attempts[0].jobs[0].cpu_time_s == 960
    assert (line.core_s, line.elapsed_s, line.max_rss_bytes, line.source) == (960, 240, 5 * 1024**2, "sacct")
    accountant.ledger.write(line)
    accountant.watch(after)
    assert accountant.ready(accountant.look(quiet(), [])) == []


def test_accounts_that_are_down_are_asked_again_for_days(portal: PortalDir) -> None:
    task = make_task_on_disk(portal).task
    clock = [0.0]
    accounts = Accounts()
    accounts.infos = None
    accountant = Accountant(portal, UsageLedger(portal), accounts, clock=lambda: clock[0])
    accountant.watch(task)
    for day in range(3):
        clock[0] = day * 86400.0
        assert accountant.ready(accountant.look(quiet(), [])) == []
    accounts.infos = [told(task)]
    clock[0] += 60
    assert accountant.ready(accountant.look(quiet(), [])) == [task.task_id]


def test_accounts_are_not_asked_in_every_cycle(portal: PortalDir) -> None:
    task = make_task_on_disk(portal).task
    accounts = Accounts()
    clock = [0.0]
    accountant = Accountant(portal, UsageLedger(portal), accounts, clock=lambda: clock[0])
    accountant.watch(task)
    for second in range(60):
        clock[0] = float(second)
        accountant.look(quiet(), [])
    assert accounts.asked == 6


def test_a_job_that_the_accounts_never_hear_of_is_closed_with_what_its_stages_measured(portal: PortalDir) -> None:
    task = make_task_on_disk(portal).task
    accountant = Accountant(portal, UsageLedger(portal), Accounts())
    accountant.watch(task)
    accountant.look(quiet(), [])
    assert accountant.figures(task, NOW)[1] == []
    [line] = accountant.figures(task, NOW + timedelta(minutes=11))[1]
    assert line.task_id == task.task_id


def test_a_job_that_never_ran_is_not_waited_for(portal: PortalDir) -> None:
    """sacct does not list a job that was cancelled before its dependency was fulfilled; squeue still shows it."""
    task = make_task_on_disk(portal, TaskStatus.FAILED).task
    assert task.attempt is not None
    job = task.attempt.jobs[0]
    left = JobInfo(str(job.job_id), job.name, JobState.CANCELLED, "CANCELLED", elapsed_s=0)
    accountant = Accountant(portal, UsageLedger(portal), Accounts())
    accountant.watch(task)
    accountant.look(replace(quiet(), jobs={job.name: (left,)}), [])
    assert len(accountant.figures(task, NOW)[1]) == 1


def test_without_accounting_the_stages_figures_count_at_once(portal: PortalDir) -> None:
    task = make_task_on_disk(portal).task
    accountant = Accountant(portal, UsageLedger(portal), None)
    accountant.watch(task)
    assert accountant.ready(quiet()) == [task.task_id]
    [line] = accountant.figures(task, NOW)[1]
    assert (line.source, line.status) == ("stages", "completed")


def test_who_cancelled_is_filled_in(portal: PortalDir) -> None:
    task = make_task_on_disk(
        portal, TaskStatus.FAILED, failure_kind=FailureKind.CANCELLED, error_message="The job was cancelled."
    ).task
    accountant = Accountant(portal, UsageLedger(portal), Accounts(told(task, JobState.CANCELLED, cancelled_by="0")))
    accountant.watch(task)
    accountant.look(quiet(), [])
    after, _ = accountant.figures(task, NOW)
    assert (after.cancelled_by, after.error_message) == ("root", "The job was cancelled on the cluster by root.")


def test_why_a_job_failed_is_asked_for(portal: PortalDir) -> None:
    """squeue knows neither exit code nor signal."""
    task = make_task_on_disk(portal, TaskStatus.RUNNING).task
    assert task.attempt is not None
    job = task.attempt.jobs[0]
    brief = JobInfo(str(job.job_id), job.name, JobState.FAILED, "FAILED", reason="NonZeroExitCode")
    snapshot = replace(quiet(), jobs={job.name: (brief,)})
    accounts = Accounts(told(task, JobState.FAILED, exit_code=0, signal=9))
    explained = Accountant(portal, UsageLedger(portal), accounts).look(snapshot, [task])
    [info] = explained.of(job.name)
    assert (info.signal, info.reason, info.source) == (9, "NonZeroExitCode", "sacct")


def test_lines_are_json(portal: PortalDir) -> None:
    UsageLedger(portal).write(LINE)
    [text] = (portal.usage / "2026-03-02.jsonl").read_text().splitlines()
    assert json.loads(text)["task_id"] == LINE.task_id


def test_kept_sums_follow_the_ledger(portal: PortalDir) -> None:
    ledger, sums, since = UsageLedger(portal), UsageSums(portal), date(2026, 3, 1)
    ledger.write(LINE)
    assert [(each.submitter, each.core_hours, each.share) for each in sums.span(since=since).submitters] == [
        ("s", 240 / 3600, 1.0)
    ]
    ledger.write(replace(LINE, attempt=2, submitter="t", core_s=720.0, max_rss_bytes=None))
    ledger.write(replace(LINE, attempt=3, day="2026-03-03", status="failed"))
    ledger.write(replace(LINE, attempt=4, day="2026-02-28"))
    found = [
        (each.submitter, each.attempts, each.completed, each.max_rss_bytes)
        for each in sums.span(since=since).submitters
    ]
    assert found == [("t", 1, 1, None), ("s", 2, 1, 10)]
    assert [(day.day, day.attempts) for day in sums.span(since=since).days] == [("2026-03-02", 2), ("2026-03-03", 1)]
