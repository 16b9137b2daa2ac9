"""Ten thousand tasks on the disk cost no more than a hundred (F22): counted in opened files, not in seconds."""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal.bootstrap import build_admin, build_poller, build_web
from portal.config import read_settings
from portal.domain.status import Lang, TaskStatus
from portal.files.atomic import write_json
from portal.files.switches import Control
from portal.files.taskdir import PortalDir
from portal.services.acceptance import Asked
from portal.services.parts import WebParts
from portal.services.task_list import TaskFilter, TaskList
from portal.storage.codec import to_json
from tests.unit.records import task

LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
MANY = 3000

_counters: list[list[str]] = []
_here = threading.get_ident()  # leases of other tests are renewed by threads of their own


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event == "open" and isinstance(arguments[0], int):
        return  # a stream over a file that is open
    if event == "open" and _counters and threading.get_ident() == _here and not int(str(arguments[2])) & os.O_DIRECTORY:
        _counters[-1].append(str(arguments[0]))


sys.addaudithook(_hook)


@contextmanager
def opened_files() -> Iterator[list[str]]:
    """Collect the files that are opened meanwhile, some by their name in a folder that is open."""
    _counters.append([])
    try:
        yield _counters[-1]
    finally:
        _counters.pop()


def id_of(number: int) -> str:
    return "".join(LETTERS[number // 32**place % 32] for place in range(12))


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A job folder with many ended tasks."""
    portal = PortalDir(tmp_path_factory.mktemp("crowd") / "jobs")
    portal.prepare()
    for number in range(MANY):
        folder = portal.task(id_of(number))
        folder.path.mkdir()
        record = task(TaskStatus.COMPLETED, task_id=id_of(number), progress=100)
        folder.meta.write_text(json.dumps(to_json(record)))  # quicker than the portal's own writer, which syncs
    return portal.jobs


def settings_of(jobs: Path) -> dict[str, str]:
    return {
        "JOBS_DIR": str(jobs), "REDIS_URL": "", "EXECUTOR": "local", "MIN_FREE_DISK_GB": "0", "PORTAL_SECRET": "s" * 32,
    }  # fmt: skip


@pytest.fixture(params=[100, MANY])
def jobs(request: pytest.FixtureRequest, crowd: Path, tmp_path: Path) -> Path:
    if request.param == MANY:
        return crowd
    few = PortalDir(tmp_path / "jobs")
    few.prepare()
    for number in range(request.param):
        shutil.copytree(crowd / id_of(number), few.jobs / id_of(number))
    return few.jobs


def opens(act: Callable[[], object]) -> int:
    with opened_files() as files:
        act()
    return len(files)


def accept(parts: WebParts) -> str:
    upload = parts.acceptance.begin("me")
    upload.write(b">c\n" + b"ACGT" * 500 + b"\n")
    return parts.acceptance.create(upload, Asked("a.fna", Lang.EN, {}), submitter="me").view.task.task_id


def test_a_look_at_one_task_opens_one_record(jobs: Path) -> None:
    parts = build_web(read_settings(settings_of(jobs)))
    tasks = parts.tasks
    task_id = accept(parts)
    record = PortalDir(jobs).task(task_id).meta
    with opened_files() as files:
        tasks.view(tasks.record(task_id))
    assert [name for name in files if name.endswith("task_meta.json")] == ["task_meta.json"]
    assert len(files) <= 2  # the record, and the heartbeat where it changed
    shutil.rmtree(record.parent)


def test_a_cycle_of_the_poller_does_not_open_what_has_ended(jobs: Path) -> None:
    poller = build_poller(read_settings(settings_of(jobs)))
    assert poller.lease.acquire()
    Control(draining=True).write(PortalDir(jobs))
    poller.start()
    poller.cycle()
    while poller.tasks.unread:
        poller.tick()  # what the index says is held against the records
    with opened_files() as files:
        poller.cycle()
    records = [name for name in files if name.endswith("task_meta.json")]
    assert len(records) <= 200  # the janitor's bounded look for expired tasks
    assert len(files) - len(records) <= 12
    assert opens(poller.tick) <= 6
    poller.lease.release()


def test_a_page_of_the_list_opens_the_journal_alone(jobs: Path) -> None:
    portal = PortalDir(jobs)
    poller = build_poller(read_settings(settings_of(jobs)))
    assert poller.lease.acquire()
    poller.start()
    poller.lease.release()
    tasks = TaskList(portal)
    with opened_files() as files:
        page = tasks.page(TaskFilter(), number=1, size=50)
    assert len(page.rows) == 50
    assert page.total == len(portal.task_ids())
    assert [Path(name).name for name in files] == [portal.task_index.name]
    pages = [tasks.page(TaskFilter(), number=number, size=70) for number in range(1, page.total // 70 + 2)]
    everything = [row.task_id for page in pages for row in page.rows]
    assert sorted(everything) == portal.task_ids()
    assert len(portal.task_index.read_text().splitlines()) == 1 + len(everything)


def test_the_queue_is_read_from_one_file_and_only_when_it_changed(jobs: Path) -> None:
    portal = PortalDir(jobs)
    parts = build_web(read_settings(settings_of(jobs)))
    tasks = parts.tasks
    write_json(
        portal.heartbeat,
        {"at": "2026-01-01T00:00:00+00:00", "host": "h", "pid": 1, "interval_s": 1.0, "slots": 2, "active": [],
         "waiting": [id_of(number) for number in range(50)], "draining": False, "mean_duration_s": None,
         "scheduler": {"kind": "local"}, "alarms": []},
    )  # fmt: skip
    assert opens(tasks.queue) == 1
    assert opens(tasks.queue) == 0
    assert tasks.queue().waiting == 50


def test_a_start_opens_no_record_of_what_has_ended_by_the_index_and_reads_them_afterwards(jobs: Path) -> None:
    first = build_poller(read_settings(settings_of(jobs)))
    assert first.lease.acquire()
    first.start()
    first.lease.release()
    poller = build_poller(read_settings(settings_of(jobs)))
    assert poller.lease.acquire()
    with opened_files() as files:
        poller.start()
    assert [name for name in files if name.endswith("task_meta.json")] == []
    with opened_files() as files:
        while poller.tasks.unread:
            poller.tick()
    records = [name for name in files if name.endswith("task_meta.json")]
    assert len(records) == len(PortalDir(jobs).task_ids())
    poller.lease.release()


def test_admin_list_opens_the_records_that_it_shows(jobs: Path) -> None:
    poller = build_poller(read_settings(settings_of(jobs)))
    assert poller.lease.acquire()
    poller.start()
    poller.lease.release()
    service = build_admin(read_settings(settings_of(jobs)), by="me")
    with opened_files() as files:
        listing = service.newest(20)
    assert len([name for name in files if name.endswith("task_meta.json")]) == 20
    total = len(PortalDir(jobs).task_ids())
    assert (len(listing.tasks), listing.more) == (20, total - 20)
    assert service.newest(20, status=TaskStatus.FAILED).tasks == ()
    # What the index does not have is opened.
    PortalDir(jobs).task_index.unlink()
    assert service.newest(20).more == total - 20
