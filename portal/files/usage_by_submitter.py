"""Sums of the usage ledger by submitter, under pseudonyms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
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


def sum_by_submitter(lines: Iterable[UsageLine]) -> list[SubmitterUsage]:
    """Return one sum per submitter, the largest core usage first."""
    by_submitter: dict[str, list[UsageLine]] = defaultdict(list)
    for line in lines:
        by_submitter[line.submitter].append(line)
    total_s = sum(line.core_s for group in by_submitter.values() for line in group)
    sums = [_sum(submitter, group, total_s) for submitter, group in by_submitter.items()]
    return sorted(sums, key=lambda found: (-found.core_hours, found.submitter))


def _sum(submitter: str, lines: list[UsageLine], total_s: float) -> SubmitterUsage:
    core_s = sum(line.core_s for line in lines)
    return SubmitterUsage(
        submitter=submitter,
        share=core_s / total_s if total_s else 0.0,
        attempts=len(lines),
        completed=sum(line.status == "completed" for line in lines),
        core_hours=core_s / 3600,
        used_cpu_hours=sum(line.used_cpu_s for line in lines) / 3600,
        max_rss_bytes=max((line.max_rss_bytes for line in lines if line.max_rss_bytes), default=None),
    )
