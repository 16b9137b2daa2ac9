"""Compare the records with the cluster's accounting, job by job, without changing anything.

orphan     a live job of the portal that no running attempt needs
lost       a record names a job that the cluster does not know
differing  record and cluster disagree on how a job ended, or only the cluster knows that it ended
twice      two jobs of one name did the work
adopted    a job whose submission got no answer, and which was found by its name (normal: no disagreement)
foreign    a job with a name of this form whose task was never this portal's (left alone: no disagreement)
runaway    a job that is alive only in the accounting, which missed its end (for the cluster's admin: no disagreement)
"""

from __future__ import annotations

import logging
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from portal.domain.complaint import message_of
from portal.domain.errors import Conflict, NotFound, PortalError, Unreadable
from portal.domain.jobs import pack_of, read_job_name, was_submitted
from portal.domain.message import Message
from portal.domain.task import JobRecord, TaskMeta
from portal.files.consistency import LOOKED_BACK, ConsistencyReport, JobFinding
from portal.files.taskdir import PortalDir
from portal.files.usage import UsageLedger
from portal.ports import Accounts, Scheduler, TaskStore
from slurm.complaint import Complaint
from slurm.errors import SchedulerError, SchedulerUnavailable
from slurm.own_files import works_in
from slurm.types import JobInfo, JobState

log = logging.getLogger(__name__)

# One cycle, and the time that the accounting takes to record an end.
_LAG = timedelta(minutes=3)
# A report up to this old is reused, so that repeated clicks do not query the accounting more often.
_FRESH = timedelta(seconds=20)


class ConsistencyCheck:
    """Compares records and cluster, immediately for the command line and on request for the admin pages."""

    def __init__(self, portal: PortalDir, store: TaskStore, scheduler: Scheduler) -> None:
        self._portal = portal
        self._store = store
        self._scheduler = scheduler

    def answer(self, now: datetime) -> None:
        """Compare if requested. An error is put into the report and affects nothing else."""
        if not self._portal.consistency_wish.exists():
            return
        last = ConsistencyReport.read(self._portal)
        if last is None or now - last.at > _FRESH:
            self._report(now).write(self._portal)
        self._portal.consistency_wish.unlink(missing_ok=True)

    def _report(self, now: datetime) -> ConsistencyReport:
        try:
            return ConsistencyReport(now, tuple(self.findings(since=now - LOOKED_BACK)))
        except PortalError as error:
            return ConsistencyReport(now, error=error.message)
        except SchedulerError as error:
            return ConsistencyReport(now, error=message_of(error.complaint))
        except Exception as error:  # a bug in the portal itself must not stop the tasks
            log.exception("an error of the portal in a comparison")
            return ConsistencyReport(now, error=Message("consistency.internal", error=type(error).__name__))

    def findings(self, *, since: datetime) -> list[JobFinding]:
        """Return the differences between records and cluster.

        Raises:
            Conflict: there is no accounting to compare with.
            SchedulerUnavailable: queue or accounting does not answer.
        """
        scheduler = self._scheduler
        if not isinstance(scheduler, Accounts):
            raise Conflict(Message("consistency.no_accounts", executor=scheduler.kind))
        snapshot = scheduler.snapshot({})
        if not snapshot.known:
            raise SchedulerUnavailable(next(iter(snapshot.alarms), Complaint("executor.silent")))
        queued = {info.job_id for infos in snapshot.jobs.values() for info in infos}
        history: list[JobInfo] = []
        runaway: list[JobInfo] = []
        for info in scheduler.history(since):
            lives = not info.state.is_over and info.state is not JobState.UNKNOWN
            (runaway if lives and info.job_id not in queued else history).append(info)
        # The records are read last: what the poller wrote meanwhile is newer than the answers, never older.
        tasks = list(self._tasks())
        seen = {info.job_id for infos in snapshot.jobs.values() for info in infos if not info.state.is_over}
        live = [info for infos in snapshot.jobs.values() for info in infos if info.job_id in seen]
        found = compare_jobs(
            tasks,
            [*(info for info in history if info.job_id not in seen), *live],
            since=since,
            now=datetime.now(UTC),
            adopted=frozenset(self._adopted(tasks)),
            ours=frozenset(line.task_id for line in UsageLedger(self._portal).lines()),
            jobs_dir=self._portal.jobs,
        )
        return [*found, *map(_runaway, runaway)]

    def _tasks(self) -> Iterator[TaskMeta]:
        for task_id in self._portal.task_ids():
            try:
                yield self._store.get(task_id)
            except (Unreadable, NotFound):
                continue

    def _adopted(self, tasks: Iterable[TaskMeta]) -> Iterator[str]:
        for task in tasks:
            for attempt in task.attempts:
                folder = self._portal.task(task.task_id).attempt(attempt.number)
                for job in attempt.jobs:
                    if folder.job(job.stages[0]).adopted.exists():
                        yield job.name


def _parted(infos: Iterable[JobInfo], jobs_dir: Path | None) -> tuple[list[JobInfo], list[JobInfo]]:
    """Return the jobs that work below a folder, and the jobs with our names that work elsewhere."""
    ours: list[JobInfo] = []
    elsewhere: list[JobInfo] = []
    for info in infos:
        (ours if jobs_dir is None or works_in(info, jobs_dir) else elsewhere).append(info)
    return ours, [info for info in elsewhere if _owner(info.name) is not None]


def _owner(name: str) -> str | None:
    """Return the id of the task or pack in a job's name; None if it is not a job of a portal."""
    parts = read_job_name(name)
    return parts[0] if parts else pack_of(name)


def _runaway(info: JobInfo) -> JobFinding:
    return JobFinding("runaway", info.name, info.job_id, Message("finding.runaway", state=info.state))


def compare_jobs(
    tasks: Iterable[TaskMeta],
    infos: Iterable[JobInfo],
    *,
    since: datetime,
    now: datetime,
    adopted: Container[str] = frozenset(),
    ours: Container[str] = frozenset(),
    jobs_dir: Path | None = None,
) -> list[JobFinding]:
    """Return the findings about all jobs whose intent is not older than `since`.

    `infos` are the portal's jobs in queue and accounting, `adopted` the names of jobs that were found by name, `ours`
    ids of this portal's removed tasks. A job that does not work below `jobs_dir` belongs to another portal, or to the
    original of this folder, whatever its name.
    """
    infos, elsewhere = _parted(infos, jobs_dir)
    by_name: dict[str, list[JobInfo]] = {}
    for info in infos:
        by_name.setdefault(info.name, []).append(info)
    findings: list[JobFinding] = []
    wanted: set[str] = set()
    known: set[str] = set()
    for task in tasks:
        known.add(task.task_id)
        for attempt in task.attempts:
            current = attempt is task.attempt and not task.status.is_final
            for job in attempt.jobs:
                if job.pack is not None:
                    # Other tasks may still run in it long after this one has ended.
                    wanted.add(job.name)
                    continue
                if current:
                    wanted.add(job.name)
                if job.intent_time >= since and was_submitted(job.job_id):
                    findings += _compare_job(task, job, by_name.get(job.name, ()), current, now)
                    if job.name in adopted:
                        findings.append(JobFinding("adopted", job.name, str(job.job_id), Message("finding.adopted")))
    findings += _unwanted(by_name, wanted, known, ours)
    findings += [
        JobFinding(
            "foreign", info.name, info.job_id, Message("finding.elsewhere", state=info.state, folder=str(info.work_dir))
        )
        for info in elsewhere
    ]
    return sorted(findings, key=lambda finding: (finding.kind, finding.name, finding.job_id))


def _compare_job(
    task: TaskMeta, job: JobRecord, infos: Sequence[JobInfo], current: bool, now: datetime
) -> list[JobFinding]:
    job_id = str(job.job_id)
    done = sorted({info.job_id for info in infos if info.state is JobState.COMPLETED})
    if len(done) > 1:
        return [JobFinding("twice", job.name, job_id, Message("finding.twice", jobs=done))]
    runs = [info for info in infos if info.job_id == job_id]
    if not runs:
        # sacct selects by time, and a job that was cancelled before its dependency was fulfilled has none (22.05).
        never_ran = not current and job.elapsed_s is None and job.state in ("PENDING", "CANCELLED")
        if never_ran or task.failure_kind == "lost" or now - job.intent_time < _LAG:
            return []
        return [JobFinding("lost", job.name, job_id, Message("finding.lost", state=str(job.state)))]
    info = runs[-1]
    if current:
        overdue = info.state.is_over and info.end_time is not None and now - info.end_time > _LAG
        status = Message(f"status.{task.status}")
        detail = Message("finding.overdue", since=str(info.end_time), state=info.state, status=status)
        return [JobFinding("differing", job.name, job_id, detail)] if overdue else []
    recorded = JobState(job.state) if job.state in set(JobState) else None
    accounted = info.end_time is None or now - info.end_time > _LAG
    if info.state.is_over and recorded is not info.state and accounted and not _is_memory(recorded, info):
        return [
            JobFinding(
                "differing", job.name, job_id, Message("finding.other_end", state=str(job.state), accounted=info.state)
            )
        ]
    return []


def _is_memory(recorded: JobState | None, info: JobInfo) -> bool:
    """Tell whether the record is just more exact: without cgroups, a job over its memory is accounted as FAILED."""
    return recorded is JobState.OUT_OF_MEMORY and info.state in (JobState.FAILED, JobState.CANCELLED)


def _unwanted(
    by_name: Mapping[str, list[JobInfo]], wanted: Container[str], known: Container[str], ours: Container[str]
) -> list[JobFinding]:
    findings = []
    for name, infos in by_name.items():
        task_id = _owner(name)
        if task_id is None or name in wanted:
            continue
        for info in infos:
            # A pack's name contains no task id; the pack is recognised by its working folder.
            mine = task_id in known or task_id in ours or pack_of(name) is not None
            if not mine:
                findings.append(JobFinding("foreign", name, info.job_id, Message("finding.foreign", state=info.state)))
            elif info.state.is_waiting or info.state.is_active:
                findings.append(JobFinding("orphan", name, info.job_id, Message("finding.orphan", state=info.state)))
    return findings
