"""Sums of the usage ledger for pages, kept in memory: a day's file is read again only if it has changed."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from portal.files.taskdir import PortalDir
from portal.files.usage import DayUsage, read_day, sum_of_day
from portal.files.usage_by_submitter import SubmitterUsage, Used, sum_by_submitter, used_by

_FILE = re.compile(r"\d{4}-\d\d-\d\d\.jsonl")


@dataclass(frozen=True)
class _Day:
    seen: tuple[int, int]  # time of the file's last change (ns), size
    sums: DayUsage
    submitters: Mapping[str, Used]


@dataclass(frozen=True)
class UsageSpan:
    """The sums of a span: by day, the oldest first, and by submitter, the largest core usage first."""

    days: list[DayUsage]
    submitters: list[SubmitterUsage]


class UsageSums:
    """Cached sums by day and by submitter."""

    def __init__(self, portal: PortalDir) -> None:
        self._folder = portal.usage
        self._lock = threading.Lock()
        self._kept: dict[str, _Day] = {}

    def span(self, *, since: date) -> UsageSpan:
        """Return the sums from `since` on."""
        with self._lock:
            days = list(self._days(since.isoformat()))
        return UsageSpan([day.sums for day in days], sum_by_submitter(day.submitters for day in days))

    def _days(self, since: str) -> Iterator[_Day]:
        try:
            with os.scandir(self._folder) as entries:
                files = [entry for entry in entries if _FILE.fullmatch(entry.name) and entry.name >= since]
        except FileNotFoundError:
            return
        for entry in sorted(files, key=lambda entry: entry.name):
            if day := self._day(entry):
                yield day

    def _day(self, entry: os.DirEntry[str]) -> _Day | None:
        facts = entry.stat(follow_symlinks=False)
        seen = (facts.st_mtime_ns, facts.st_size)
        name = entry.name[:10]
        kept = self._kept.get(name)
        if kept is None or kept.seen != seen:
            lines = read_day(Path(entry.path))
            if not lines:
                return None
            kept = self._kept[name] = _Day(seen, sum_of_day(name, lines), used_by(lines))
        return kept
