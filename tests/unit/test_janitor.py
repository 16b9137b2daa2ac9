"""What is cleaned up, and what must stay."""

from __future__ import annotations

import os
import subprocess
import time
from datetime import timedelta
from pathlib import Path

import pytest

from portal.domain.status import TaskStatus
from portal.files.atomic import write_json
from portal.files.process_identity import ProcessIdentity, file_name_of_mine
from portal.files.taskdir import PortalDir
from portal.poller.janitor import Janitor
from portal.storage.codec import to_json
from portal.storage.file import FileTaskStore
from tests.unit.test_task import NOW, task


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    folder = PortalDir(tmp_path / "jobs")
    folder.prepare()
    return folder


def create(portal: PortalDir, task_id: str, status: TaskStatus, **changes: object) -> None:
    record = task(status, task_id=task_id, **changes)
    portal.task(task_id).path.mkdir()
    write_json(portal.task(task_id).meta, to_json(record))


def sweep(portal: PortalDir, *, live: tuple[str, ...] = ()) -> list[str]:
    forgotten: list[str] = []
    Janitor(portal, FileTaskStore(portal)).sweep(portal.task_ids(), live, NOW, forgotten.append)
    return forgotten


def test_expired_results_go_and_all_others_stay(portal: PortalDir) -> None:
    past, future = NOW - timedelta(seconds=1), NOW + timedelta(days=1)
    create(portal, "aaaaaaaaaaaa", TaskStatus.COMPLETED, expires_at=past)
    create(portal, "bbbbbbbbbbbb", TaskStatus.COMPLETED, expires_at=future)
    create(portal, "cccccccccccc", TaskStatus.RUNNING)
    create(portal, "dddddddddddd", TaskStatus.FAILED, expires_at=past)
    create(portal, "eeeeeeeeeeee", TaskStatus.COMPLETED, expires_at=past)
    portal.task("eeeeeeeeeeee").meta.write_bytes(b"\0")
    assert sweep(portal) == ["aaaaaaaaaaaa", "dddddddddddd"]
    assert portal.task_ids() == ["bbbbbbbbbbbb", "cccccccccccc", "eeeeeeeeeeee"]
    assert list(portal.trash.iterdir()) == []


def test_a_sweep_looks_at_a_bounded_number_of_tasks(portal: PortalDir) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    for number in range(250):
        name = letters[number // 32] + letters[number % 32] + "a" * 10
        create(portal, name, TaskStatus.FAILED, expires_at=NOW - timedelta(days=1))
    assert len(sweep(portal)) == 200


def test_uploads_of_dead_processes_go_and_living_ones_stay(portal: PortalDir) -> None:
    with subprocess.Popen(["true"]) as gone:
        gone.wait()
    me = ProcessIdentity.mine()
    mine = portal.incoming / file_name_of_mine()
    dead = portal.incoming / f"{me.boot}~{me.namespace}~{gone.pid}~1~b"
    reborn = portal.incoming / f"{me.boot}~{me.namespace}~{me.pid}~{me.start - 1}~c"
    container = portal.incoming / f"{me.boot}~1~{gone.pid}~1~d"
    clone = portal.incoming / f"another-boot~{me.namespace}~{gone.pid}~1~e"
    older, forgotten = portal.incoming / f"{me.host}~{gone.pid}~f", portal.incoming / "other-host~1~g"
    for folder in (mine, dead, reborn, container, clone, older, forgotten):
        (folder / "input").mkdir(parents=True)
        (folder / "input" / "genome.fna").touch()
    long_ago = time.time() - 7 * 3600
    for path in (forgotten, *forgotten.rglob("*"), clone, clone / "input"):
        os.utime(path, (long_ago, long_ago))  # the file of the clone's upload still grows
    sweep(portal)
    assert sorted(portal.incoming.iterdir()) == sorted([mine, container, clone, older])
