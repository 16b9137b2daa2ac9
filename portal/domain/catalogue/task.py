"""What stands in the way of a request about a task, and the words for a task's states."""

from __future__ import annotations

from portal.domain.catalogue.text import Text

TEXTS = {
    "status.pending": Text("accepted", "已接收"),
    "status.queued": Text("waiting", "等待中"),
    "status.running": Text("running", "运行中"),
    "status.completed": Text("completed", "已完成"),
    "status.failed": Text("failed", "失败"),
    "task.transition": Text(
        "The task cannot change from “{before}” to “{after}”.", "任务不能从“{before}”变为“{after}”。"
    ),
}
