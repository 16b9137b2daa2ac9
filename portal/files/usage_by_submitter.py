"""Sums of the usage ledger by submitter, under pseudonyms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from portal.files.usage import UsageLine


@dataclass(frozen=True)
class SubmitterUsage:
    """What one submitter's jobs used; `share` is the part (0-1) of all core hours in the same span."""

    submitter: str
    share: float
    attempts: int
    completed: int
    core_hours: float
    used_cpu_hours: float
    max_rss_bytes: int | None


@dataclass
class Used:
    """What one submitter's jobs used, to be added up: seconds, and bytes at most."""

    attempts: int = 0
    completed: int = 0
    core_s: float = 0.0
    used_cpu_s: float = 0.0
    max_rss_bytes: int = 0

    def add(self, other: Used) -> None:
        self.attempts += other.attempts
        self.completed += other.completed
        self.core_s += other.core_s
        self.used_cpu_s += other.used_cpu_s
        self.max_rss_bytes = max(self.max_rss_bytes, other.max_rss_bytes)


def used_by(lines: Iterable[UsageLine]) -> Mapping[str, Used]:
    """Return what each submitter used."""
    found: dict[str, Used] = defaultdict(Used)
    for line in lines:
        done = line.status == "completed"
        found[line.submitter].add(Used(1, done, line.core_s, line.used_cpu_s, line.max_rss_bytes or 0))
    return found


def sum_by_submitter(parts: Iterable[Mapping[str, Used]]) -> list[SubmitterUsage]:
    """Return one sum per submitter over several parts of the ledger, the largest core usage first."""
    whole: dict[str, Used] = defaultdict(Used)
    for part in parts:
        for submitter, used in part.items():
            whole[submitter].add(used)
    total_s = sum(used.core_s for used in whole.values())
    sums = [
        SubmitterUsage(
            submitter=submitter,
            share=used.core_s / total_s if total_s else 0.0,
            attempts=used.attempts,
            completed=used.completed,
            core_hours=used.core_s / 3600,
            used_cpu_hours=used.used_cpu_s / 3600,
            max_rss_bytes=used.max_rss_bytes or None,
        )
        for submitter, used in whole.items()
    ]
    return sorted(sums, key=lambda found: (-found.core_hours, found.submitter))
