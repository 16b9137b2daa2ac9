"""The order of acceptance: one line a task, so that a page of tasks is found without opening all of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime

from portal.domain.task import is_task_id
from portal.files.atomic import write_bytes
from portal.files.taskdir import PortalDir

_LINE_BYTES = 12 + 1 + 25 + 1  # id, tab, time in whole seconds with its offset, end of line


class Journal:
    """Lines of equal length: time and id; written by the poller alone. Lost lines come back at its next start."""

    def __init__(self, portal: PortalDir) -> None:
        self._path = portal.journal

    def rebuild(self, submitted: Mapping[str, datetime]) -> None:
        """Write the journal anew from the submission times of all tasks on disk."""
        lines = sorted((time, task_id) for task_id, time in submitted.items())
        write_bytes(self._path, b"".join(_line(task_id, time) for time, task_id in lines))

    def append(self, task_id: str, time: datetime) -> None:
        """Add an accepted task."""
        with self._path.open("ab") as stream:
            stream.write(_line(task_id, time))

    def page(self, *, limit: int, before: int | None = None) -> tuple[list[str], int | None]:
        """Return task ids, the newest first, and where the next page begins (None at the end).

        Tasks that were removed since are still named. `before` is what the page before returned.
        """
        try:
            with self._path.open("rb") as stream:
                lines = stream.seek(0, os.SEEK_END) // _LINE_BYTES
                last = lines if before is None else max(0, min(before, lines))
                first = max(0, last - limit)
                stream.seek(first * _LINE_BYTES)
                data = stream.read((last - first) * _LINE_BYTES).decode("ascii", "replace")
        except FileNotFoundError:
            return [], None
        names = [line.partition("\t")[2] for line in data.splitlines()]
        return [name for name in reversed(names) if is_task_id(name)], first or None


def _line(task_id: str, time: datetime) -> bytes:
    return f"{time.astimezone(UTC).isoformat(timespec='seconds')}\t{task_id}\n".encode()
