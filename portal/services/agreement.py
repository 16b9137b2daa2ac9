"""Compare the records with the cluster's accounts, job by job. Pure; nothing is changed.

orphan     a living job of the portal that no running attempt wants
lost       a record names a job that the cluster has never heard of
differing  record and cluster tell different ends, or only the cluster knows that it is over
twice      two jobs of one name did the work
adopted    a job whose submission got no answer, and which was found by its name (as it should be: no disagreement)
foreign    a job with a name of this form whose task was never this portal's (left alone: no disagreement)
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.domain.task import JobRecord, TaskMeta
from portal.poller.dispatcher import NEVER_SUBMITTED, read_job_name
from slurm.types import JobInfo, JobState

# A cycle, and the time that the accounts take to hear of an end.
_LAG = timedelta(minutes=3)
DISAGREEMENTS = frozenset({"orphan", "lost", "differing", "twice"})


@dataclass(frozen=True)
class Finding:
    """One thing to know about a job; `kind` is one of those above."""

    kind: str
    name: str
    job_id: str
    told: str

    @property
    def is_disagreement(self) -> bool:
        return self.kind in DISAGREEMENTS


def compare(
    tasks: Iterable[TaskMeta],
    infos: Iterable[JobInfo],
    *,
    since: datetime,
    now: datetime,
    adopted: Container[str] = frozenset(),
    ours: Container[str] = frozenset(),
) -> list[Finding]:
    """Return the findings about all jobs whose intent is not older than `since`.

    `infos` is what queue and accounts know of the portal's jobs, `adopted` are names of jobs that were found by their
    name, `ours` further task ids of this portal, of tasks that are gone.
    """
    by_name: dict[str, list[JobInfo]] = {}
    for info in infos:
        by_name.setdefault(info.name, []).append(info)
    findings: list[Finding] = []
    wanted: set[str] = set()
    known: set[str] = set()
    for task in tasks:
        known.add(task.task_id)
        for attempt in task.attempts:
            current = attempt is task.attempt and not task.status.is_final
            for job in attempt.jobs:
                if current:
                    wanted.add(job.name)
                if job.intent_time >= since and job.job_id not in (None, NEVER_SUBMITTED):
                    findings += _compare_job(task, job, by_name.get(job.name, ()), current, now)
                    if job.name in adopted:
                        findings.append(Finding("adopted", job.name, str(job.job_id), "found by its name"))
    findings += _unwanted(by_name, wanted, known, ours)
    return sorted(findings, key=lambda finding: (finding.kind, finding.name, finding.job_id))


def _compare_job(
    task: TaskMeta, job: JobRecord, infos: Sequence[JobInfo], current: bool, now: datetime
) -> list[Finding]:
    job_id = str(job.job_id)
    done = sorted({info.job_id for info in infos if info.state is JobState.COMPLETED})
    if len(done) > 1:
        return [Finding("twice", job.name, job_id, f"jobs {', '.join(done)} are COMPLETED")]
    runs = [info for info in infos if info.job_id == job_id]
    if not runs:
        # sacct lists by time, and a job that was cancelled before its dependency was fulfilled has none (22.05).
        never_ran = not current and job.elapsed_s is None and job.state in ("PENDING", "CANCELLED")
        if never_ran or task.failure_kind == "lost" or now - job.intent_time < _LAG:
            return []
        return [Finding("lost", job.name, job_id, f"recorded as {job.state}, unknown to the cluster")]
    info = runs[-1]
    if current:
        overdue = info.state.is_over and info.end_time is not None and now - info.end_time > _LAG
        told = f"over since {info.end_time} ({info.state}), the task is {task.status}"
        return [Finding("differing", job.name, job_id, told)] if overdue else []
    recorded = JobState(job.state) if job.state in set(JobState) else None
    settled = info.end_time is None or now - info.end_time > _LAG
    if info.state.is_over and recorded is not info.state and settled and not _is_memory(recorded, info):
        return [Finding("differing", job.name, job_id, f"recorded as {job.state}, accounted as {info.state}")]
    return []


def _is_memory(recorded: JobState | None, info: JobInfo) -> bool:
    """Tell whether the record only knows better: without cgroups a job over its memory is accounted as FAILED."""
    return recorded is JobState.OUT_OF_MEMORY and info.state in (JobState.FAILED, JobState.CANCELLED)


def _unwanted(
    by_name: Mapping[str, list[JobInfo]], wanted: Container[str], known: Container[str], ours: Container[str]
) -> list[Finding]:
    findings = []
    for name, infos in by_name.items():
        parts = read_job_name(name)
        if parts is None or name in wanted:
            continue
        for info in infos:
            mine = parts[0] in known or parts[0] in ours
            if not mine:
                findings.append(Finding("foreign", name, info.job_id, f"{info.state}, of no task of this portal"))
            elif info.state.is_waiting or info.state.is_active:
                findings.append(Finding("orphan", name, info.job_id, f"{info.state}, wanted by no task"))
    return findings
