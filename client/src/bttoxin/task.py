"""One task, blocking and asynchronous."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bttoxin._async import AsyncDriver
from bttoxin._blocking import BlockingDriver
from bttoxin.single import TaskOperations


class Task:
    """One genome submitted to a portal. Its representations do not contain the token."""

    def __init__(self, driver: BlockingDriver, operations: TaskOperations) -> None:
        self._driver = driver
        self._operations = operations

    @property
    def task_id(self) -> str:
        """The id of the task."""
        return self._operations.task_id

    def __repr__(self) -> str:
        return f"<Task {self.task_id} at {self._operations.link.url}>"

    def record(self) -> dict[str, Any]:
        """Return the current record of the task."""
        return self._driver.run(self._operations.record())

    def wait(self, timeout_s: float | None = None) -> dict[str, Any]:
        """Wait until the task has ended, successfully or not, and return its record.

        Raises:
            WaitTimeout: `timeout_s` (s) has passed. The portal keeps working; nothing is lost.
        """
        return self._driver.run(self._operations.wait(timeout_s))

    def log(self, stage: str | None = None) -> str:
        """Return the end of a stage's log (`digger`, `shoter`, `plots`, `bundle`); by default the last stage's."""
        return self._driver.run(self._operations.log(stage))

    def runs(self) -> list[dict[str, Any]]:
        """Return the runs of the task, the oldest first: number, status, time, parameters."""
        return self._driver.run(self._operations.runs())

    def changes(self, run: int, to: int | None = None) -> dict[str, Any]:
        """Return what changed from one completed run to another: settings, genes, conclusion, scores.

        `to` is the later run, by default the last completed one.
        """
        return self._driver.run(self._operations.changes(run, to))

    def annotations(self) -> dict[str, Any]:
        """Return `name`, `tags`, `note` and `metadata` of the strain; empty where nothing is written."""
        return self._driver.run(self._operations.annotations())

    def annotate(self, row: Mapping[str, Any], *, replace: bool = False) -> bool:
        """Write `name`, `tags`, `note` and metadata columns of your own; return whether anything changed.

        `row` is a dictionary as in `Run.annotate`, which says what becomes of missing values and of text that is there
        already. A `label` or `task_id` in it must be of this task.
        """
        return self._driver.run(self._operations.annotate(row, replace))

    def bundle(self, target: str | Path) -> Path:
        """Save the ZIP with all results, unless the file is already complete; return its path.

        `target` is a file, or a folder that exists: there it gets the name that the portal gives it.
        """
        return self._driver.run(self._operations.bundle(Path(target)))


class AsyncTask:
    """One genome submitted to a portal. Its representations do not contain the token."""

    def __init__(self, driver: AsyncDriver, operations: TaskOperations) -> None:
        self._driver = driver
        self._operations = operations

    @property
    def task_id(self) -> str:
        """The id of the task."""
        return self._operations.task_id

    def __repr__(self) -> str:
        return f"<AsyncTask {self.task_id} at {self._operations.link.url}>"

    async def record(self) -> dict[str, Any]:
        """Return the current record of the task."""
        return await self._driver.run(self._operations.record())

    async def wait(self, timeout_s: float | None = None) -> dict[str, Any]:
        """Wait until the task has ended, successfully or not, and return its record.

        Raises:
            WaitTimeout: `timeout_s` (s) has passed. The portal keeps working; nothing is lost.
        """
        return await self._driver.run(self._operations.wait(timeout_s))

    async def log(self, stage: str | None = None) -> str:
        """Return the end of a stage's log (`digger`, `shoter`, `plots`, `bundle`); by default the last stage's."""
        return await self._driver.run(self._operations.log(stage))

    async def runs(self) -> list[dict[str, Any]]:
        """Return the runs of the task, the oldest first: number, status, time, parameters."""
        return await self._driver.run(self._operations.runs())

    async def changes(self, run: int, to: int | None = None) -> dict[str, Any]:
        """Return what changed from one completed run to another: settings, genes, conclusion, scores.

        `to` is the later run, by default the last completed one.
        """
        return await self._driver.run(self._operations.changes(run, to))

    async def annotations(self) -> dict[str, Any]:
        """Return `name`, `tags`, `note` and `metadata` of the strain; empty where nothing is written."""
        return await self._driver.run(self._operations.annotations())

    async def annotate(self, row: Mapping[str, Any], *, replace: bool = False) -> bool:
        """Write `name`, `tags`, `note` and metadata columns of your own; return whether anything changed.

        `row` is a dictionary as in `Run.annotate`, which says what becomes of missing values and of text that is there
        already. A `label` or `task_id` in it must be of this task.
        """
        return await self._driver.run(self._operations.annotate(row, replace))

    async def bundle(self, target: str | Path) -> Path:
        """Save the ZIP with all results, unless the file is already complete; return its path.

        `target` is a file, or a folder that exists: there it gets the name that the portal gives it.
        """
        return await self._driver.run(self._operations.bundle(Path(target)))
