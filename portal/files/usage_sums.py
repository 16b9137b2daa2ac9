"""Sums of the usage ledger for pages, kept in memory: a day's file is read again only if it has changed."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from portal.files.taskdir import PortalDir
from portal.files.usage import DayUsage, read_day, sum_of_day
from portal.files.usage_by_submitter import SubmitterUsage, Used, sum_by_submitter, used_by


@dataclass(frozen=True)
class _Day:
    seen: tuple[int, int]  # time of the file's last change (ns), size
    sums: DayUsage
    submitters: Mapping[str, Used]


class UsageSums:
    """Cached sums by day and by submitter."""

    def __init__(self, portal: PortalDir) -> None:
        self._folder = portal.usage
        self._lock = threading.Lock()
        self._kept: dict[str, _Day] = {}

    def days(self, *, since: date) -> list[DayUsage]:
        """Return the sums by day from `since` on, the oldest first."""
        with self._lock:
            return [day.sums for day in self._days(since)]

    def submitters(self, *, since: date) -> list[SubmitterUsage]:
        """Return the sums by submitter from `since` on, the largest core usage first."""
        with self._lock:
            return sum_by_submitter(day.submitters for day in self._days(since))

    def _days(self, since: date) -> Iterator[_Day]:
        for path in sorted(self._folder.glob("????-??-??.jsonl")):
            day = self._day(path) if path.stem >= since.isoformat() else None
            if day is not None:
                yield day

    def _day(self, path: Path) -> _Day | None:
        facts = path.lstat()
        seen = (facts.st_mtime_ns, facts.st_size)
        kept = self._kept.get(path.stem)
        if kept is None or kept.seen != seen:
            lines = read_day(path)
            if not lines:
                return None
            kept = self._kept[path.stem] = _Day(seen, sum_of_day(path.stem, lines), used_by(lines))
        return kept
