"""A folder of the version before, under this one: what waited runs, what failed or was cancelled runs again."""

from __future__ import annotations

from pathlib import Path

from portal.domain.status import PipelineStage, TaskStatus
from portal.services.admin import AdminService
from portal.storage.file import FileTaskStore
from tests.e2e.site import Site
from tests.recorded import unpack


def test_tasks_of_the_version_before_go_on(tmp_path: Path, references: Path) -> None:
    recorded = unpack(tmp_path / "site")
    with Site(tmp_path / "site", references, RESULT_RETENTION_DAYS="36500") as site:
        operator = AdminService(site.portal, FileTaskStore(site.portal), by="tester")
        for name in ("failed", "cancelled"):
            operator.retry(recorded.tasks[name].task_id)
        operator.resume()
        ended = {name: site.wait_ended_again(task.task_id) for name, task in recorded.tasks.items()}
    assert {name: task.status for name, task in ended.items()} == dict.fromkeys(ended, TaskStatus.COMPLETED)
    assert [len(task.attempts) for task in ended.values()] == [1, 2, 2, 1]
    assert ended["failed"].attempts[1].reuse == {PipelineStage.DIGGER: 1}, "what ended well then is built on now"
    assert site.stage_runs(recorded.tasks["completed"].task_id, "digger") == 1, "and nothing ran that nobody asked for"
