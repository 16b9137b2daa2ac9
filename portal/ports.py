"""What the services need from outside, as Protocols; bootstrap proves that the adapters fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from portal.domain.task import TaskMeta
from slurm.types import JobInfo, JobSpec, Snapshot


class TaskStore(Protocol):
    """Where records are kept."""

    def get(self, task_id: str) -> TaskMeta:
        """Return the record; raise NotFound, CorruptRecord or NewerFormat."""
        ...

    def save(self, task: TaskMeta) -> None:
        """Replace the record by a newer revision; raise StaleWrite, StorageFull or NotFound."""
        ...

    def forget(self, task_id: str) -> None:
        """Drop what is cached of a removed task."""
        ...


class Scheduler(Protocol):
    """Where jobs run. Times are aware UTC."""

    @property
    def kind(self) -> str:
        """`slurm` or `local`."""
        ...

    @property
    def chained(self) -> bool:
        """Tell whether a task is two jobs of which the second waits for the first, or one that runs all stages."""
        ...

    def submit(self, spec: JobSpec) -> str:
        """Start a job and return its id; raise SubmitRejected, SubmitUncertain or SchedulerUnavailable."""
        ...

    def adopt(self, spec: JobSpec, job_id: str) -> None:
        """Make a job able to run whose submitter died before it was done; may be called again."""
        ...

    def snapshot(self, wanted: Mapping[str, tuple[datetime, Path]]) -> Snapshot:
        """Look at all jobs once; `wanted` maps names to the intent's time and the claim. Never raises."""
        ...

    def cancel(self, job_ids: Sequence[str]) -> None:
        """Ask for the end of jobs; those that are over are no error. Raise SchedulerUnavailable."""
        ...


@runtime_checkable
class Accounts(Protocol):
    """What a scheduler with accounting tells on top; the local one has none."""

    def history(self, since: datetime) -> tuple[JobInfo, ...]:
        """Return all jobs of the portal since a moment; raise SchedulerUnavailable where there is no answer."""
        ...

    def min_job_age_s(self) -> int | None:
        """Return how long live queries remember a job that ended (0: for ever); raise SchedulerUnavailable."""
        ...
