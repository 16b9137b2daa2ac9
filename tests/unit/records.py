"""Records of tasks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from portal.domain.status import Lang, TaskStatus
from portal.domain.task import TaskMeta

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def task(status: TaskStatus = TaskStatus.PENDING, **changes: object) -> TaskMeta:
    base = TaskMeta(
        task_id="abcdefghijkl",
        status=status,
        current_stage=None,
        progress=0,
        submission_time=NOW,
        start_time=None,
        completion_time=None,
        filename="a.fna",
        file_size=1,
        lang=Lang.EN,
        error_message=None,
        token_hash="0" * 64,
    )
    return replace(base, **changes)  # type: ignore[arg-type]
