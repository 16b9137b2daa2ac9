"""Jobs that end before they begin: find the faulty nodes, and recognise when it is not a node's fault.

A node without Python or without JOBS_DIR accepts a job, fails it within a second and is free for the next one: such a
black hole would consume the whole queue. Consecutive failures are counted; a job that begins its work resets the count.

The state is in memory only: to avoid waiting for the next try after a repair, restart the poller.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from portal.domain.message import Message
from portal.domain.status import FailureKind
from portal.domain.task import TaskMeta
from portal.poller.submit_gate import Closed
from slurm.backoff import BackOff

log = logging.getLogger(__name__)

IN_A_ROW_ON_A_NODE = 3
IN_A_ROW = 5
JOBS_DO_NOT_START = "JobsDoNotStart"  # a name in slurm.reasons
_UNKNOWN = "(unknown)"


@dataclass
class _Node:
    """A node's consecutive failures; `rest` runs while the node is excluded."""

    row: int = 0
    words: str = ""
    rest: BackOff = field(default_factory=lambda: BackOff(first_s=600, most_s=6 * 3600))


class StartFailures:
    """Counts jobs that did not start; decides which nodes to exclude and whether to start any jobs."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._nodes: dict[str, _Node] = {}
        self._row: list[tuple[str, str]] = []  # (task, node) of consecutive failures
        self._rest = self._fresh()
        self._counted: set[str] = set()  # jobs already counted
        self._good: set[str] = set()  # nodes on which a job has begun since one last failed to
        self._cornered: set[str] = set()  # tasks for which the scheduler had no node apart from the excluded ones
        self._prober: str | None = None
        self._no_other_node = False
        self._words = ""
        self.barred = False
        self._barred_at: datetime | None = None

    def _fresh(self) -> BackOff:
        return BackOff(first_s=30, most_s=600, clock=self._clock)

    # -- observations

    def failed(self, task_id: str, job_id: str, node: str | None, words: str) -> None:
        """Note that a job ended on a node before it began; `words` is the end of its stderr, or SLURM's reason."""
        if job_id in self._counted:
            return
        self._counted.add(job_id)
        name = node or _UNKNOWN
        found = self._nodes.setdefault(name, _Node(rest=BackOff(first_s=600, most_s=6 * 3600, clock=self._clock)))
        found.row, found.words = found.row + 1, words
        self._good.discard(name)
        if node is not None and found.row >= IN_A_ROW_ON_A_NODE and not found.rest.wait_s:
            found.rest.failed()
            log.error("%s", self._alarm_of(name, found))
        self._row.append((task_id, name))
        self._words = words
        # While starts are barred only the probe counts; other jobs had been submitted before.
        if task_id == self._prober or (not self.barred and self._is_everywhere()):
            self._bar()

    def _is_everywhere(self) -> bool:
        tasks, nodes = {task for task, _ in self._row}, {node for _, node in self._row}
        return len(self._row) >= IN_A_ROW and len(tasks) > 1 and (len(nodes) > 1 or nodes == {_UNKNOWN})

    def no_other_node(self, task: TaskMeta, words: str) -> None:
        """Note that the scheduler has no node for a task apart from the excluded ones.

        It may go back to one that was repaired since. If there is none, another task may be the probe at once: perhaps
        all of them were repaired, and only this task's record still excludes them.
        """
        repaired = nodes_that_failed(task) & self._good if task.task_id not in self._cornered else ()
        self._cornered.add(task.task_id)
        if repaired:
            return
        self._no_other_node = True
        self._words = self._words or words
        self._bar(rest=self.barred)

    def _bar(self, *, rest: bool = True) -> None:
        if rest:
            self._rest.failed()
        self._prober = None
        if not self.barred:
            self.barred, self._barred_at = True, datetime.now(UTC)
            log.error("%s", self._alarm())

    def began(self, job_id: str, node: str | None) -> None:
        """Note that a job has claimed its stages; may be called repeatedly."""
        if job_id in self._counted:
            return
        self._counted.add(job_id)
        if node is not None:
            self._good.add(node)
        if node in self._nodes:
            del self._nodes[node]
            log.info("jobs begin on node %s again", node)
        if self.barred:
            log.info("jobs of the portal begin again")
        self._row, self.barred, self._no_other_node, self._prober = [], False, False, None
        self._rest = self._fresh()

    def keep(self, job_ids: Iterable[str]) -> None:
        """Forget all jobs except these."""
        self._counted &= set(job_ids)

    # -- decisions

    def may_start(self, is_active: Callable[[str], bool]) -> bool:
        """Tell whether a job may start: while starts are barred, one at a time and one per back-off."""
        if not self.barred:
            return True
        return not self._rest.wait_s and not (self._prober and is_active(self._prober))

    def starts(self, task_id: str) -> None:
        """Note that a task's job was submitted; while starts are barred it is the probe."""
        self._cornered.discard(task_id)
        if self.barred:
            self._prober = task_id

    def order(self, tasks: list[TaskMeta]) -> list[TaskMeta]:
        """Return waiting tasks in the order in which they may become the probe, those that failed to start last."""
        if not self.barred:
            return tasks
        failed = {task for task, _ in self._row}
        return sorted(tasks, key=lambda task: task.task_id in failed)

    def excluded(self, task: TaskMeta) -> tuple[str, ...]:
        """Return the nodes to exclude for a task's next job; none for the probe, as they may have been repaired."""
        if self.barred:
            return ()
        resting = {name for name, node in self._nodes.items() if node.rest.wait_s and name != _UNKNOWN}
        failed = nodes_that_failed(task)
        if task.task_id in self._cornered:
            failed -= self._good
        return tuple(sorted(resting | failed))

    @property
    def alarms(self) -> tuple[Message, ...]:
        """One alarm for each excluded node, and one if no job is started at all."""
        nodes = tuple(self._alarm_of(name, node) for name, node in sorted(self._nodes.items()) if node.rest.wait_s)
        return (self._alarm(), *nodes) if self.barred else nodes

    @property
    def closed(self) -> Closed | None:
        """Why nothing is submitted, for those who wait; None if jobs are started."""
        if not self.barred or self._barred_at is None:
            return None
        return Closed(JOBS_DO_NOT_START, self._alarm(), self._barred_at)

    @property
    def words(self) -> str:
        """The last output of a job that did not start."""
        return self._words

    def _alarm(self) -> Message:
        if self._no_other_node:
            return Message("alarm.no_node_starts", words=self._words)
        nodes = sorted({node for _, node in self._row})
        return Message("alarm.nodes_do_not_start", nodes=nodes, words=self._words)

    @staticmethod
    def _alarm_of(name: str, node: _Node) -> Message:
        return Message("alarm.node_left_out", node=name, count=node.row, words=node.words)


def nodes_that_failed(task: TaskMeta) -> set[str]:
    """Return the nodes on which a task's jobs did not start, since a user last requested an attempt."""
    nodes: set[str] = set()
    for attempt, after in zip(task.attempts, task.attempts[1:], strict=False):
        if after.reason in ("first", "retry"):
            nodes.clear()
        elif after.reason == FailureKind.NOT_STARTED:
            ended = [job for job in attempt.jobs if job.node is not None]
            nodes |= {str(job.node) for job in [job for job in ended if job.state != "COMPLETED"] or ended}
    return nodes
