"""The fair queue: slots rotate between submitters, and between the submissions of each; samples come last."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence

from portal.domain.samples import is_sample
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
    turns in the same way; within a submission tasks keep their order of arrival. The portal's own samples come after
    all others. Cost: n log n.
    """
    by_submitter = Counter(task.submitter for task in active)
    by_submission = Counter((task.submitter, task.submission) for task in active)
    arrived = sorted(waiting, key=lambda task: (task.submission_time, task.task_id))
    samples = [task for task in arrived if is_sample(task.submitter)]
    ordered = [task for task in arrived if not is_sample(task.submitter)] if samples else arrived
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
    return _round_robin(submitters) + samples


def startable(ordered: Sequence[TaskMeta], active: Iterable[TaskMeta]) -> list[TaskMeta]:
    """Return the waiting tasks without samples that would take more than one slot at a time."""
    left = 0 if any(is_sample(task.submitter) for task in active) else 1
    others = [task for task in ordered if not is_sample(task.submitter)]
    return others + [task for task in ordered if is_sample(task.submitter)][:left]
