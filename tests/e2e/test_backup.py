"""A backup of a portal at work, restored beside it: every accepted task is there, opens with its token, and ends."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from portal.domain.status import TaskStatus
from portal.files.taskdir import PortalDir
from portal.storage.file import FileTaskStore
from portal.upkeep.backup import make_backup, restore, verify_backup
from portal.upkeep.fsck import check_folder
from tests.e2e.site import Site


def test_a_backup_under_load_is_whole_elsewhere(tmp_path: Path, references: Path, genome: Path) -> None:
    with Site(tmp_path / "first", references, MAX_ACTIVE_PIPELINES="2") as site:
        tasks = [site.submit(genome) for _ in range(4)]
        tokens = {task.task_id: site.keyring.token_of(task) for task in tasks}
        site.wait(tasks[0].task_id, lambda task: task.status is not TaskStatus.PENDING)
        early, _ = make_backup(site.portal, tmp_path / "backups", datetime(2026, 3, 2, 1, tzinfo=UTC))
        site.wait_ended(tasks[0].task_id)
        late, about = make_backup(site.portal, tmp_path / "backups", datetime(2026, 3, 2, 2, tzinfo=UTC))
    assert verify_backup(early) == verify_backup(late) == []
    assert about.tasks == 4
    assert about.linked > 0
    restore(late, tmp_path / "second" / "jobs")
    with Site(tmp_path / "second", references, MAX_ACTIVE_PIPELINES="2") as again:
        for task_id, token in tokens.items():
            assert again.tasks.authorize(task_id, token).task_id == task_id
            assert again.wait_ended(task_id).status is TaskStatus.COMPLETED
    portal = PortalDir(tmp_path / "second" / "jobs")
    assert list(check_folder(portal, FileTaskStore(portal))) == []
