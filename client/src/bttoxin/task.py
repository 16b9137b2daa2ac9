"""One task, blocking and asynchronous."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bttoxin._async import AsyncDriver
from bttoxin._blocking import BlockingDriver
from bttoxin.single import TaskOperations


class Task:
    """One genome on its way through a portal. No representation of it holds the token."""

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
        """Return the task's record as it is now."""
        return self._driver.run(self._operations.record())

    def wait(self, timeout_s: float | None = None) -> dict[str, Any]:
        """Wait until the task has ended, well or not, and return its record.

        Raises:
            WaitTimeout: `timeout_s` (s) is over. The portal goes on, nothing is lost.
        """
        return self._driver.run(self._operations.wait(timeout_s))

    def log(self, stage: str | None = None) -> str:
        """Return the end of the log of a stage (`digger`, `shoter`, `plots`, `bundle`), by default of the last one."""
        return self._driver.run(self._operations.log(stage))

    def bundle(self, target: str | Path) -> Path:
        """Save the ZIP with all results; what is there and right is not fetched again."""
        return self._driver.run(self._operations.bundle(Path(target)))


class AsyncTask:
    """One genome on its way through a portal. No representation of it holds the token."""

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
        """Return the task's record as it is now."""
        return await self._driver.run(self._operations.record())

    async def wait(self, timeout_s: float | None = None) -> dict[str, Any]:
        """Wait until the task has ended, well or not, and return its record.

        Raises:
            WaitTimeout: `timeout_s` (s) is over. The portal goes on, nothing is lost.
        """
        return await self._driver.run(self._operations.wait(timeout_s))

    async def log(self, stage: str | None = None) -> str:
        """Return the end of the log of a stage (`digger`, `shoter`, `plots`, `bundle`), by default of the last one."""
        return await self._driver.run(self._operations.log(stage))

    async def bundle(self, target: str | Path) -> Path:
        """Save the ZIP with all results; what is there and right is not fetched again."""
        return await self._driver.run(self._operations.bundle(Path(target)))
