"""The services' external dependencies, as Protocols; type checking of `portal.bootstrap` proves that adapters fit."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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

    def remembered(self, task_id: str) -> TaskMeta | None:
        """Return the current record if that needs no more than a `stat`; None to call `get`."""
        ...

    def save(self, task: TaskMeta) -> None:
        """Replace the record with a newer revision; raise StaleWrite, StorageFull or NotFound."""
        ...

    def forget(self, task_id: str) -> None:
        """Drop the cached entry of a removed task."""
        ...


class Scheduler(Protocol):
    """Where jobs run. Times are aware UTC."""

    @property
    def kind(self) -> str:
        """`slurm` or `local`."""
        ...

    @property
    def chained(self) -> bool:
        """Tell whether a task is two jobs, the second waiting for the first, or one job that runs all stages."""
        ...

    def submit(self, spec: JobSpec) -> str:
        """Start a job and return its id; raise SubmitRejected, SubmitUncertain or SchedulerUnavailable."""
        ...

    def adopt(self, spec: JobSpec, job_id: str) -> None:
        """Complete a job whose submitter died before it had finished, so that it can run; idempotent."""
        ...

    def snapshot(self, wanted: Mapping[str, tuple[datetime, Path]]) -> Snapshot:
        """Query all jobs once; `wanted` maps names to the intent's time and the claim. Never raises."""
        ...

    def cancel(self, job_ids: Sequence[str], names: Collection[str] = ()) -> None:
        """Cancel jobs; those that have ended are no error. Raise SchedulerUnavailable.

        With `names` only jobs of these names: a scheduler that lost its state gives numbers out again.
        """
        ...


@runtime_checkable
class Accounts(Protocol):
    """What a scheduler with accounting also provides; the local one has none."""

    def history(self, since: datetime) -> tuple[JobInfo, ...]:
        """Return all jobs of the portal since a moment; raise SchedulerUnavailable if there is no answer."""
        ...

    def min_job_age_s(self) -> int | None:
        """Return how long live queries remember an ended job (s; 0: for ever); raise SchedulerUnavailable."""
        ...
