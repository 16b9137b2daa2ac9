"""What is cleaned up, and what must stay."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest

from portal.domain.status import TaskStatus
from portal.files.process_identity import ProcessIdentity, file_name_of_mine
from portal.files.switches import Control
from portal.files.taskdir import PortalDir
from portal.poller.janitor import Janitor
from portal.storage.file import FileTaskStore
from tests.unit.poller.tasks_on_disk import create
from tests.unit.records import NOW


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    folder = PortalDir(tmp_path / "jobs")
    folder.prepare()
    return folder


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


def make_many(portal: PortalDir, count: int, status: TaskStatus = TaskStatus.FAILED, **changes: object) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    for number in range(count):
        name = letters[number // 32] + letters[number % 32] + ("a" if "expires_at" in changes else "b") * 10
        create(portal, name, status, **changes)


EXPIRED = NOW - timedelta(days=1)


@pytest.mark.parametrize(
    ("expired", "others", "go"), [(20, 0, 20), (21, 0, 0), (21, 188, 0), (21, 189, 21), (30, 500, 30)]
)
def test_no_more_than_twenty_or_a_tenth_go_without_a_word(
    portal: PortalDir, expired: int, others: int, go: int
) -> None:
    make_many(portal, expired, expires_at=EXPIRED)
    make_many(portal, others, TaskStatus.RUNNING)
    forgotten: list[str] = []
    janitor = Janitor(portal, FileTaskStore(portal))
    for _ in range(4):
        janitor.sweep(portal.task_ids(), (), NOW, forgotten.append)
    assert len(forgotten) == go
    assert len(portal.task_ids()) == expired + others - go
    assert [concern.code for concern in janitor.concerns] == ([] if go else ["retention.too_many"])


def test_what_an_operator_lets_go_goes_and_no_more(portal: PortalDir) -> None:
    make_many(portal, 250, expires_at=EXPIRED)
    janitor = Janitor(portal, FileTaskStore(portal))
    forgotten: list[str] = []

    def sweep(times: int) -> int:
        for _ in range(times):
            janitor.sweep(portal.task_ids(), (), NOW, forgotten.append)
        return len(forgotten)

    assert sweep(2) == 0
    Control(expire_until=EXPIRED - timedelta(seconds=1)).write(portal)
    assert sweep(2) == 0
    Control(expire_until=NOW).write(portal)
    assert sweep(2) == 200, "a sweep removes a bounded number"
    assert sweep(1) == 250
    assert sweep(2) == 250
    assert janitor.concerns == ()


def test_retention_is_a_rule_and_no_date_in_the_record(portal: PortalDir) -> None:
    long_ago = NOW - timedelta(days=10)
    create(portal, "aaaaaaaaaaaa", TaskStatus.COMPLETED, completion_time=long_ago, expires_at=NOW + timedelta(days=20))
    create(portal, "bbbbbbbbbbbb", TaskStatus.COMPLETED, completion_time=long_ago, expires_at=NOW - timedelta(days=3))
    for kept_days, left in [(11, ["aaaaaaaaaaaa", "bbbbbbbbbbbb"]), (9, [])]:
        janitor = Janitor(portal, FileTaskStore(portal), kept=timedelta(days=kept_days))
        janitor.sweep(portal.task_ids(), (), NOW, lambda task_id: None)
        assert portal.task_ids() == left


def test_one_folder_that_cannot_be_moved_keeps_no_other_and_is_named(
    portal: PortalDir, in_use: Callable[[Path], AbstractContextManager[None]]
) -> None:
    names = [letter * 12 for letter in "abcde"]
    for name in names:
        create(portal, name, TaskStatus.COMPLETED, expires_at=EXPIRED)
    forgotten: list[str] = []
    janitor = Janitor(portal, FileTaskStore(portal))
    with in_use(portal.task("bbbbbbbbbbbb").path):
        for _ in range(3):
            janitor.sweep(portal.task_ids(), (), NOW, forgotten.append)
        assert forgotten == [name for name in names if name != "bbbbbbbbbbbb"]
        (concern,) = janitor.concerns
        assert (concern.code, concern.params["names"]) == ("retention.failed", "bbbbbbbbbbbb")
    for _ in range(2):
        janitor.sweep(portal.task_ids(), (), NOW, forgotten.append)
    assert portal.task_ids() == []
    assert janitor.concerns == ()


def test_a_folder_without_rights_goes_all_the_same(portal: PortalDir) -> None:
    create(portal, "aaaaaaaaaaaa", TaskStatus.COMPLETED, expires_at=EXPIRED)
    inner = portal.task("aaaaaaaaaaaa").path / "attempts" / "1"
    inner.mkdir(parents=True)
    (inner / "file").touch()
    for folder in (inner, inner.parent, portal.task("aaaaaaaaaaaa").path):
        folder.chmod(0o555)
    assert sweep(portal) == ["aaaaaaaaaaaa"]
    assert list(portal.trash.iterdir()) == []


def test_expired_tasks_can_be_fetched_back_for_a_while(portal: PortalDir) -> None:
    create(portal, "aaaaaaaaaaaa", TaskStatus.COMPLETED, expires_at=EXPIRED)
    create(portal, "bbbbbbbbbbbb", TaskStatus.COMPLETED)
    passed_s = [0.0]
    real = time.time

    def clock() -> float:
        return real() + passed_s[0]

    janitor = Janitor(portal, FileTaskStore(portal), trash_time=timedelta(hours=48), clock=clock)
    janitor.discard("bbbbbbbbbbbb")
    janitor.sweep(portal.task_ids(), (), NOW, lambda task_id: None)
    assert [entry.name[:20] for entry in portal.trash.iterdir()] == ["expired-aaaaaaaaaaaa"]
    for hours, left in [(47, 1), (49, 0)]:
        passed_s[0] = hours * 3600.0
        janitor.sweep(portal.task_ids(), (), NOW, lambda task_id: None)
        assert len(list(portal.trash.iterdir())) == left


def test_a_disk_that_is_short_does_not_wait_for_the_trash(portal: PortalDir) -> None:
    create(portal, "aaaaaaaaaaaa", TaskStatus.COMPLETED, expires_at=EXPIRED)
    janitor = Janitor(portal, FileTaskStore(portal), trash_time=timedelta(hours=48), floor_bytes=1 << 60)
    janitor.sweep(portal.task_ids(), (), NOW, lambda task_id: None)
    assert list(portal.trash.iterdir()) == []


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
