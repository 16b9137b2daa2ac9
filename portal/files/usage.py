"""Cluster usage of tasks: one JSON line per ended attempt, in one file per day, and their sums by day.

    {"task_id", "attempt", "day", "status", "failure_kind", "submitter", "jobs": [ids], "source",
     "wait_s", "elapsed_s", "core_s", "used_cpu_s", "max_rss_bytes"}

`core_s` is the allocated core seconds that a cluster charges; `used_cpu_s` is what the stages measured themselves.
`source` is `sacct`, or `stages` if the cluster has no accounting or no longer knows the job.
"""

from __future__ import annotations

import errno
import json
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import msgspec

from portal.domain.errors import CorruptRecord
from portal.files.atomic import storage_error
from portal.files.reserve import with_reserve
from portal.files.safe_open import open_to_append, read_bytes
from portal.files.taskdir import PortalDir
from portal.typed_json import decoder

log = logging.getLogger(__name__)

_LIMIT_BYTES = 64 * 1024**2  # of a day: 200,000 attempts


@dataclass(frozen=True)
class UsageLine:
    """Figures of one attempt; times in seconds, `day` is the day (UTC) on which it ended."""

    task_id: str
    attempt: int
    day: str
    status: str
    failure_kind: str | None
    submitter: str
    jobs: tuple[str, ...]
    source: str
    wait_s: float | None
    elapsed_s: float
    core_s: float
    used_cpu_s: float
    max_rss_bytes: int | None


@dataclass(frozen=True)
class DayUsage:
    """Sums of one day; `mean_wait_s` is from submission to the start of the first job."""

    day: str
    attempts: int
    completed: int
    core_hours: float
    used_cpu_hours: float
    max_rss_bytes: int | None
    mean_wait_s: float | None


class UsageLedger:
    """The lines on disk; an attempt is written only once, even after a crash between two writes."""

    def __init__(self, portal: PortalDir) -> None:
        self._folder = portal.usage
        self._written: set[tuple[str, int]] | None = None

    def lines(self, *, since: date | None = None) -> Iterator[UsageLine]:
        """Yield the lines from `since` on, oldest day first; truncated lines are skipped."""
        for path in sorted(self._folder.glob("????-??-??.jsonl")):
            if since is not None and path.stem < since.isoformat():
                continue
            yield from read_day(path)

    def has(self, task_id: str, attempt: int) -> bool:
        """Tell whether an attempt has a line."""
        return (task_id, attempt) in self._known()

    def knows(self, task_id: str) -> bool:
        """Tell whether any attempt of a task has a line: proof that the task was this portal's."""
        return (task_id, 1) in self._known()

    def write(self, line: UsageLine) -> None:
        """Append a line unless its attempt has one.

        Raises:
            StorageFull: there is no room for it.
        """
        known = self._known()
        if (line.task_id, line.attempt) in known:
            return
        path = self._folder / f"{line.day}.jsonl"
        data = json.dumps(asdict(line), sort_keys=True).encode() + b"\n"
        with_reserve(path, lambda: _append(path, data))
        known.add((line.task_id, line.attempt))

    def _known(self) -> set[tuple[str, int]]:
        if self._written is None:
            self._written = {(line.task_id, line.attempt) for line in self.lines()}
        return self._written


def _append(path: Path, data: bytes) -> None:
    """Append a whole line, even after one that a crash or a full disk truncated."""
    try:
        handle = open_to_append(path)
        try:
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            line = b"\n" + data if torn else data
            if os.write(handle, line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise storage_error(error) from error


def read_day(path: Path) -> list[UsageLine]:
    """Return the lines of a day; skip truncated or malformed lines and anything that is not a file."""
    try:
        data = read_bytes(path, limit_bytes=_LIMIT_BYTES)
    except FileNotFoundError:
        return []
    except (CorruptRecord, OSError) as error:
        log.error("the figures of %s cannot be read: %s", path.stem, error)
        return []
    return [line for text in data.splitlines() if (line := _read_line(text)) is not None]


def _read_line(text: bytes) -> UsageLine | None:
    try:
        return decoder(UsageLine).decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def sum_by_day(lines: Iterable[UsageLine]) -> list[DayUsage]:
    """Return one sum per day, the oldest first."""
    days: dict[str, list[UsageLine]] = {}
    for line in lines:
        days.setdefault(line.day, []).append(line)
    return [sum_of_day(day, days[day]) for day in sorted(days)]


def sum_of_day(day: str, lines: Sequence[UsageLine]) -> DayUsage:
    """Return the sums of a day's lines."""
    waits = [line.wait_s for line in lines if line.wait_s is not None]
    return DayUsage(
        day=day,
        attempts=len(lines),
        completed=sum(line.status == "completed" for line in lines),
        core_hours=sum(line.core_s for line in lines) / 3600,
        used_cpu_hours=sum(line.used_cpu_s for line in lines) / 3600,
        max_rss_bytes=max((line.max_rss_bytes for line in lines if line.max_rss_bytes), default=None),
        mean_wait_s=sum(waits) / len(waits) if waits else None,
    )
