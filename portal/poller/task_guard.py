"""Act on one task so that its errors affect no other task."""

from __future__ import annotations

import logging
from collections.abc import Callable

from portal.domain.errors import NewerFormat, NotFound, PortalError, StaleWrite
from portal.domain.logs import carrying_request_id
from portal.domain.task import TaskMeta
from portal.files.lease import LeaseLost
from portal.poller.known_tasks import KnownTasks
from portal.poller.metrics import PollerMetrics

log = logging.getLogger(__name__)


class TaskGuard:
    """After an error, the record is read again from the disk, and the next cycle tries again."""

    def __init__(self, tasks: KnownTasks, metrics: PollerMetrics) -> None:
        self._tasks = tasks
        self._metrics = metrics

    def __call__(self, task: TaskMeta, act: Callable[[TaskMeta], bool]) -> bool:
        """Return what the act returns, False after an error.

        Raises:
            LeaseLost: another poller has taken over.
        """
        with carrying_request_id(task.request_id):
            return self._safely(task, act)

    def _safely(self, task: TaskMeta, act: Callable[[TaskMeta], bool]) -> bool:
        try:
            return act(task)
        except LeaseLost:
            raise
        except StaleWrite as error:
            # Another process wrote, such as a poller that slept. The record on the disk counts.
            log.error("task %s: %s; read again", task.task_id, error)
            self._tasks.reload(task.task_id)
        except NewerFormat as error:
            self._tasks.freeze(task.task_id, error)
        except NotFound:
            log.warning("task %s: its folder is gone", task.task_id)
            self._tasks.forget(task.task_id)
        except (PortalError, OSError) as error:
            log.error("task %s: %s", task.task_id, error)
            self._failed(task.task_id)
        except Exception:  # a bug in the portal itself must not stop the other tasks
            log.exception("task %s: an error of the portal", task.task_id)
            self._failed(task.task_id)
        return False

    def _failed(self, task_id: str) -> None:
        self._metrics.failed("task")
        self._tasks.reload(task_id)
