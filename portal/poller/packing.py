"""Decide which waiting tasks share a job: small genomes of one submission. Pure.

For a small genome, starting Python, two jobs and the hand-over take longer than the work. The number per job decreases
with the remaining work, so that the slots run out of work at about the same time. As long as there are free slots for
all, each task gets its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from portal.domain.task import TaskMeta

MOST = 16


@dataclass(frozen=True)
class PackOptions:
    """`most_bytes` is the size up to which a genome is small; 0: nothing is packed."""

    most_bytes: int = 0
    most: int = MOST


def may_be_packed(task: TaskMeta, options: PackOptions) -> bool:
    """Tell whether a task may share a job: small, with the default limits, and in its first attempt.

    A task that failed in a pack is tried again alone.
    """
    attempt = task.attempt
    first = attempt is None or (attempt.number == 1 and attempt.reason == "first" and not attempt.reuse)
    return first and not task.limits and 0 < task.file_size <= options.most_bytes


def next_units(
    ordered: Sequence[TaskMeta], *, free: int, slots: int, options: PackOptions
) -> list[tuple[TaskMeta, ...]]:
    """Return what starts in `free` slots: single tasks and packs, in queue order."""
    units: list[tuple[TaskMeta, ...]] = []
    taken: set[str] = set()
    for task in ordered:
        if len(units) >= free:
            break
        if task.task_id in taken:
            continue
        unit = [task]
        if may_be_packed(task, options):
            mates = [each for each in ordered if each.task_id not in taken and _belongs(each, task, options)]
            unit = mates[: _size(len(mates), free - len(units), slots, options.most)]
        taken |= {each.task_id for each in unit}
        units.append(tuple(unit))
    return units


def _belongs(task: TaskMeta, other: TaskMeta, options: PackOptions) -> bool:
    same = (task.submitter, task.submission) == (other.submitter, other.submission)
    return same and may_be_packed(task, options)


def _size(waiting: int, free: int, slots: int, most: int) -> int:
    """Return how many tasks go into the next job: half of each slot's share of the rest, at least two."""
    if waiting < 2 * free:  # each gets its own job, so that no slot stays empty
        return 1
    return max(2, min(most, math.ceil(waiting / (2 * max(1, slots)))))
