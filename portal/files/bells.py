"""Bells: empty files that tell the poller which tasks have news; the news itself is elsewhere."""

from __future__ import annotations

import contextlib
from pathlib import Path

from portal.domain.errors import StorageFull
from portal.files.atomic import storage_error
from portal.files.reserve import with_reserve
from portal.files.safe_open import discard, leave_mark
from portal.files.taskdir import PortalDir


def ring(portal: PortalDir, task_id: str) -> None:
    """Notify the poller of a task's news. A lost notification costs one cycle, never the news."""
    bell = portal.inbox / task_id
    with contextlib.suppress(OSError, StorageFull):
        with_reserve(bell, lambda: _touch(bell))


def _touch(path: Path) -> None:
    try:
        leave_mark(path)
    except OSError as error:
        raise storage_error(error) from error


def answer_bells(portal: PortalDir) -> list[str]:
    """Return and clear the tasks' notifications; later ones are returned next time."""
    rang = []
    try:
        entries = list(portal.inbox.iterdir())
    except FileNotFoundError:
        return []
    for entry in entries:
        discard(entry)
        rang.append(entry.name)
    return rang
