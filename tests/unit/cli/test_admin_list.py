"""`btportal admin list` and `show` say why a task waits, also where the reason is the operator's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.admin import admin
from portal.domain.status import TaskStatus
from portal.files.switches import Control
from portal.files.taskdir import PortalDir
from tests.builders import make_task_on_disk


def why(output: str, task_id: str) -> str:
    head, *rows = output.splitlines()
    [row] = [row for row in rows if row.startswith(task_id)]
    return row[head.index("WHY") : head.index("JOBS")].strip()


def test_while_draining_every_waiting_task_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    portal = PortalDir(tmp_path)
    portal.prepare()
    waiting = make_task_on_disk(portal, TaskStatus.QUEUED, attempts=(), pending_reason=None).task.task_id
    running = make_task_on_disk(portal, TaskStatus.RUNNING).task.task_id
    failed = make_task_on_disk(portal, TaskStatus.FAILED).task
    monkeypatch.setenv("JOBS_DIR", str(tmp_path))

    def tell(*words: str) -> str:
        result = CliRunner().invoke(admin, words, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    assert why(tell("list"), waiting) == ""
    assert "waits for" not in tell("show", waiting)
    Control(draining=True).write(portal)
    listed = tell("list")
    assert why(listed, waiting) == "draining"
    assert why(listed, running) == ""
    assert why(listed, failed.task_id) == failed.failure_kind
    assert "waits for   draining" in tell("show", waiting)
