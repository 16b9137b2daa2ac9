"""The runs of a task as its page lists them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from portal.domain.runs import latest_run, readable_runs
from portal.domain.status import FailureKind, TaskStatus
from portal.domain.task import TaskMeta
from portal.web.pages.provenance import chosen_value
from portal.web.pages.task_state import failure_line
from portal.web.texts.words import PARAMETER


@dataclass(frozen=True)
class RunRow:
    """One completed run; `settings` are label and value of each parameter."""

    number: int
    completed_at: datetime
    settings: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class RunsView:
    """The runs whose results can be read, the latest first, and which of them is shown.

    `latest` is the number of the latest run, in whatever state; `failed` is why it failed.
    """

    rows: tuple[RunRow, ...]
    number: int
    latest: int
    failed: str | None
    cancelled: bool

    @property
    def shown(self) -> RunRow | None:
        return next((row for row in self.rows if row.number == self.number), None)

    @property
    def is_earlier(self) -> bool:
        """Tell whether the results shown are not of the latest run."""
        return self.shown is not None and self.number != self.latest

    @property
    def before(self) -> RunRow | None:
        """The completed run before the one shown."""
        return next((row for row in self.rows if row.number < self.number), None)


def runs_of(task: TaskMeta, number: int | None = None) -> RunsView:
    """Return the runs of a task with one of them shown: by default the last completed one."""
    rows = tuple(
        RunRow(run.number, run.completed_at, _settings(run.parameters)) for run in reversed(readable_runs(task))
    )
    failed = failure_line(task) if task.status is TaskStatus.FAILED else None
    shown = number if number is not None else (rows[0].number if rows else 0)
    return RunsView(rows, shown, latest_run(task), failed, task.failure_kind is FailureKind.CANCELLED)


def _settings(parameters: object) -> tuple[tuple[str, str], ...]:
    values = parameters if isinstance(parameters, dict) else {}
    return tuple(
        (str(PARAMETER[name].label), chosen_value(name, value))
        for name, value in sorted(values.items())
        if name in PARAMETER
    )
