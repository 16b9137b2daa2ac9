"""What the portal knows of jobs: the specification that it submits, and the state that it gets back.

A job is identified by its name and its time of submission, not by its id alone: ids are reused after a reset of a
cluster's database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from slurm.complaint import Complaint


class JobState(StrEnum):
    """Base states of SLURM's manual, one value each; other schedulers map theirs onto them.

    UNKNOWN stands for a state that this version does not know: it raises an alarm and changes nothing.
    """

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUSPENDED = "SUSPENDED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    TIMEOUT = "TIMEOUT"
    NODE_FAIL = "NODE_FAIL"
    PREEMPTED = "PREEMPTED"
    BOOT_FAIL = "BOOT_FAIL"
    DEADLINE = "DEADLINE"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    REVOKED = "REVOKED"
    UNKNOWN = "UNKNOWN"

    @property
    def is_waiting(self) -> bool:
        return self is JobState.PENDING

    @property
    def is_active(self) -> bool:
        return self in (JobState.RUNNING, JobState.SUSPENDED)

    @property
    def is_over(self) -> bool:
        return not (self.is_waiting or self.is_active or self is JobState.UNKNOWN)


@dataclass(frozen=True)
class JobSpec:
    """One job to be submitted.

    `function` must be importable on the compute node and takes `arguments`, which are ids, paths and numbers.
    `folder` belongs to this job alone: the pickle and the output of the job go there.
    `claim` is the file that the job makes before any work. `exclude` names nodes that it must not run on.
    """

    name: str
    comment: str
    folder: Path
    claim: Path
    function: Callable[..., Any]
    arguments: tuple[str | int, ...]
    cpus: int
    time_limit_s: int
    memory_gb: float | None = None
    after_ok: str | None = None
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class JobInfo:
    """What a scheduler reports of one job. Times are aware UTC; None if it does not say.

    `flags` are SLURM's state flags (COMPLETING, REQUEUED, STOPPED ...), `raw_state` is the state as it printed it.
    `reason` is the pending or failure reason as the scheduler spells it. `cancelled_by` is a user id.
    """

    job_id: str
    name: str
    state: JobState
    raw_state: str = ""
    flags: tuple[str, ...] = ()
    reason: str | None = None
    submit_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    start_estimate: datetime | None = None
    exit_code: int | None = None
    signal: int | None = None
    cancelled_by: str | None = None
    cpus: int | None = None
    elapsed_s: int | None = None
    cpu_time_s: int | None = None
    max_rss_bytes: int | None = None
    node: str | None = None
    work_dir: str | None = None
    source: str = "squeue"  # squeue, sacct or process


@dataclass(frozen=True)
class Snapshot:
    """The state of all jobs of the portal at one moment.

    `known` is False if the query for live jobs failed: then absence means nothing.
    `accounting` is True if jobs that left the queue were looked up successfully, False if that look-up
    failed, None if the site has no accounting.
    """

    taken_at: datetime
    known: bool
    accounting: bool | None = None
    jobs: Mapping[str, tuple[JobInfo, ...]] = field(default_factory=dict)
    alarms: tuple[Complaint, ...] = ()

    def of(self, name: str) -> tuple[JobInfo, ...]:
        """Return the jobs of that name, the oldest first."""
        return self.jobs.get(name, ())
