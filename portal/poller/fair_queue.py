"""The fair queue: slots rotate between submitters, and between the submissions of each."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence

from portal.domain.task import TaskMeta


def _round_robin(groups: Sequence[tuple[int, deque[TaskMeta]]]) -> list[TaskMeta]:
    """Take from the groups in turn; a group that already holds slots counts as served that many times."""
    taken: list[TaskMeta] = []
    rounds: dict[int, list[tuple[int, deque[TaskMeta]]]] = defaultdict(list)
    for order, (served, group) in enumerate(groups):
        if group:
            rounds[served].append((order, group))
    level = min(rounds, default=0)
    while rounds:
        for order, group in sorted(rounds.pop(level, []), key=lambda pair: pair[0]):
            taken.append(group.popleft())
            if group:
                rounds[level + 1].append((order, group))
        if rounds:
            level = min(rounds)
    return taken


def fair_order(waiting: Iterable[TaskMeta], active: Iterable[TaskMeta]) -> list[TaskMeta]:
    """Return the waiting tasks in the order in which they get the next slots.

    The submitter with fewer slots comes first, then the one that has waited longer. A submitter's submissions take
    turns in the same way; within a submission tasks keep their order of arrival. Cost: n log n.
    """
    by_submitter = Counter(task.submitter for task in active)
    by_submission = Counter((task.submitter, task.submission) for task in active)
    ordered = sorted(waiting, key=lambda task: (task.submission_time, task.task_id))
    submissions: dict[str, dict[str, deque[TaskMeta]]] = {}
    for task in ordered:
        submissions.setdefault(task.submitter, {}).setdefault(task.submission, deque()).append(task)
    submitters = [
        (
            by_submitter[submitter],
            deque(_round_robin([(by_submission[submitter, name], group) for name, group in groups.items()])),
        )
        for submitter, groups in submissions.items()
    ]
    return _round_robin(submitters)
