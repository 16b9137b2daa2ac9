"""Tasks on the disk that a janitor finds."""

from __future__ import annotations

from portal.domain.status import TaskStatus
from portal.files.atomic import write_json
from portal.files.taskdir import PortalDir
from portal.storage.codec import to_json
from tests.unit.records import task


def create(portal: PortalDir, task_id: str, status: TaskStatus, **changes: object) -> None:
    record = task(status, task_id=task_id, **changes)
    portal.task(task_id).path.mkdir()
    write_json(portal.task(task_id).meta, to_json(record))
