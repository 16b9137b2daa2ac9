"""The trash: deleted tasks are removed permanently at once, expired ones after a while.

The name shows which: `expired-<what>-<moment>` waits, everything else is removed in the next sweep. The wait gives an
operator time to notice that the clock or the setting was wrong.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import stat
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.files.taskdir import PortalDir

log = logging.getLogger(__name__)

_EXPIRED = "expired-"
_NS = 10**9
_SHOWN = 5
# The most that one sweep may take (s), because a cycle waits for it.
_BUDGET_S = 1.0


class Failures:
    """Items that could not be removed yet, by name."""

    def __init__(
        self, wording: Callable[[int, str, Message], Message], failed: Callable[[], None] = lambda: None
    ) -> None:
        """Make an empty list; `wording` makes the message from their number, the names of some, and a reason.

        `failed` is called for every failure.
        """
        self._wording = wording
        self._failed = failed
        self._reasons: dict[str, OSError] = {}

    def guarded(self, name: str, act: Callable[[], object]) -> bool:
        """Call `act`; keep an error under the name, so that it stops nothing else. Tell whether it succeeded."""
        try:
            act()
        except OSError as error:
            if name not in self._reasons:
                log.error("%s cannot be removed: %s", name, error)
            self._reasons[name] = error
            self._failed()
            return False
        self._reasons.pop(name, None)
        return True

    def keep_only(self, names: set[str]) -> None:
        """Forget items that no longer exist."""
        self._reasons = {name: error for name, error in self._reasons.items() if name in names}

    @property
    def concerns(self) -> tuple[Message, ...]:
        """The message for the health report: how many, the first of them, and why."""
        if not self._reasons:
            return ()
        names = sorted(self._reasons)
        shown = ", ".join(names[:_SHOWN])
        return (self._wording(len(names), shown, os_reason(self._reasons[names[0]])),)


def stays_in_trash(count: int, names: str, reason: Message) -> Message:
    """Return the message for folders that cannot be removed permanently."""
    return Message("trash.failed", count=count, names=names, reason=reason)


class Trash:
    """The trash; `keeps` is how long expired tasks stay, unless less than `floor_bytes` is free on the disk."""

    def __init__(
        self,
        portal: PortalDir,
        *,
        keeps: timedelta,
        floor_bytes: int = 0,
        clock: Callable[[], float] = time.time,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        self._portal = portal
        self._keeps = keeps
        self._floor_bytes = floor_bytes
        self._clock = clock
        self._failures = Failures(stays_in_trash, failed)

    @property
    def concerns(self) -> tuple[Message, ...]:
        return self._failures.concerns

    def take(self, path: Path, name: str, *, expired: bool = False) -> None:
        """Move a folder to the trash in one step; its files are removed later. Raise OSError if it cannot be moved."""
        target = self._portal.trash / f"{_EXPIRED if expired else ''}{name}-{int(self._clock() * _NS)}"
        try:
            path.rename(target)
        except FileNotFoundError:
            if not os.path.lexists(path):
                log.info("%s: was gone already", name)
                return
            self._portal.trash.mkdir(exist_ok=True)
            path.rename(target)
        except PermissionError:
            # A folder that its owner may not write to cannot be moved to another parent.
            path.chmod(stat.S_IMODE(path.lstat().st_mode) | stat.S_IRWXU)
            path.rename(target)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            remove_tree(path)  # there is no room even for a new name

    def empty(self, *, by_age: bool) -> None:
        """Remove what is due; without `by_age` only entries that do not wait for an age."""
        deadline = time.monotonic() + _BUDGET_S
        entries = sorted(self._portal.trash.iterdir())
        self._failures.keep_only({entry.name for entry in entries})
        hurry = by_age and self._is_short()
        for entry in entries:
            if self._must_wait(entry.name, by_age=by_age, hurry=hurry):
                continue
            self._failures.guarded(entry.name, lambda entry=entry: remove_tree(entry))  # type: ignore[misc]
            if time.monotonic() > deadline:
                return

    def _is_short(self) -> bool:
        facts = os.statvfs(self._portal.trash)
        return facts.f_bavail * facts.f_frsize < self._floor_bytes

    def _must_wait(self, name: str, *, by_age: bool, hurry: bool) -> bool:
        made = name.rpartition("-")[2]
        if not name.startswith(_EXPIRED) or not made.isdecimal():
            return False
        return not by_age or (not hurry and self._clock() - int(made) / _NS < self._keeps.total_seconds())


def remove_tree(path: Path) -> None:
    """Remove whatever has this name, including folders without write permission; raise OSError."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        return
    except PermissionError:
        path.chmod(stat.S_IRWXU)
        for folder, inner, _ in os.walk(path):
            for name in inner:
                place = Path(folder, name)
                if not place.is_symlink():
                    place.chmod(stat.S_IRWXU)
        shutil.rmtree(path)
