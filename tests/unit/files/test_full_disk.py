"""A disk without room, or without inodes: what is there goes on and can be made less, what is new is refused."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.bootstrap import build_poller
from portal.domain.errors import StorageFull
from portal.domain.status import STAGE_ORDER, TaskStatus
from portal.files.audit import read_acts
from portal.files.heartbeat import HeartbeatReader
from portal.files.reports import Sentinel
from portal.files.reserve import BLOCKS
from portal.files.room import Room
from portal.files.switches import Control
from portal.files.taskdir import PortalDir
from portal.services.admin import AdminService
from portal.services.health import HealthService
from portal.storage.file import FileTaskStore
from slurm.types import JobState
from tests.builders import make_task_on_disk
from tests.unit.poller.poller_rig import GENOME, Rig


def fill_bytes(folder: Path) -> None:
    with (folder / "filler").open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        while stream.write(b"x" * 4096):
            pass


def fill_inodes(folder: Path) -> None:
    (folder / "filler").mkdir()
    with contextlib.suppress(OSError):
        for number in range(10**6):
            (folder / "filler" / str(number)).touch()


def empty(folder: Path) -> None:
    subprocess.run(["rm", "-rf", str(folder / "filler")], check=True)


@pytest.fixture(params=[fill_bytes, fill_inodes], ids=["bytes", "inodes"])
def fill(request: pytest.FixtureRequest, full_disk: Path) -> Iterator[Callable[[], None]]:
    if request.param is fill_inodes:
        subprocess.run(["mount", "-o", "remount,nr_inodes=2000", str(full_disk)], check=True)
    yield lambda: request.param(full_disk)
    empty(full_disk)


def ready(folder: Path) -> tuple[Rig, str, str]:
    """Return a rig with a task that has ended and one that runs, and a reserve on the disk."""
    rig = Rig(folder)
    ended, running = rig.submit(2)
    rig.poller.tick()
    rig.finish(ended)
    rig.begin(running)
    rig.poller.cycle()
    assert rig.record(ended).status is TaskStatus.COMPLETED
    assert len(list((rig.portal.own / "reserve").glob("block-*"))) == BLOCKS
    return rig, ended, running


def disk_state(portal: PortalDir) -> str:
    return next(part.state for part in HealthService(portal).report().parts if part.name == "disk")


def test_new_work_is_refused_and_health_says_why(full_disk: Path, fill: Callable[[], None]) -> None:
    rig, *_ = ready(full_disk)
    assert disk_state(rig.portal) == "ok"
    fill()
    with pytest.raises(StorageFull):
        rig.acceptance.begin("me")
    assert list(rig.portal.incoming.iterdir()) == []
    assert disk_state(rig.portal) == "down"
    assert len(list((rig.portal.own / "reserve").glob("block-*"))) == BLOCKS, "it is not for new work"


def test_what_is_there_can_be_deleted(full_disk: Path, fill: Callable[[], None]) -> None:
    rig, ended, running = ready(full_disk)
    fill()
    for task_id in (ended, running):
        rig.tasks.delete(rig.record(task_id))
    for _ in range(3):
        rig.poller.tick()
        rig.poller.cycle()
    assert rig.portal.task_ids() == []
    assert list(rig.portal.trash.iterdir()) == []


def test_an_operator_drains_and_it_is_noted(full_disk: Path, fill: Callable[[], None]) -> None:
    rig, *_ = ready(full_disk)
    fill()
    AdminService(rig.portal, FileTaskStore(rig.portal), by="me").drain("The disk is full.")
    assert Control.read(rig.portal).draining
    assert [act["action"] for act in read_acts(rig.portal)] == ["drain"]
    rig.poller.cycle()
    beat = HeartbeatReader(rig.portal).read()
    assert beat is not None
    assert beat.draining


def test_what_runs_ends_and_is_written_down(full_disk: Path, fill: Callable[[], None]) -> None:
    rig, _, running = ready(full_disk)
    rig.begin(running, "shoter")
    for stage in STAGE_ORDER:
        rig.portal.task(running).attempt(1).stage(stage).out.mkdir(parents=True, exist_ok=True)
    fill()
    rig.report(running, *STAGE_ORDER)
    for first in ("digger", "shoter"):
        rig.scheduler.move(rig.job(running, first), JobState.COMPLETED)
    for _ in range(3):
        rig.poller.cycle()
    assert rig.record(running).status is TaskStatus.COMPLETED
    folder = rig.portal.task(running).attempt(1)
    assert all(Sentinel.read(path) for path in folder.path.glob("*/sentinel.json"))


def test_expired_tasks_go_and_their_room_comes_back(full_disk: Path, fill: Callable[[], None]) -> None:
    rig, *_ = ready(full_disk)
    old = datetime.now(UTC) - timedelta(days=31)
    expired = make_task_on_disk(rig.portal, TaskStatus.FAILED, completion_time=old).task_id
    rig.poller.cycle()
    fill()
    for _ in range(2):
        rig.poller.cycle()
    assert expired not in rig.portal.task_ids()


def test_a_poller_starts_and_shows_that_it_lives(full_disk: Path, fill: Callable[[], None]) -> None:
    rig, ended, running = ready(full_disk)
    rig.poller.lease.release()
    fill()
    for path in (rig.portal.own / "reserve").iterdir():
        path.unlink()
    fill_again = full_disk / "filler"
    if fill_again.is_file():
        with fill_again.open("ab", buffering=0) as stream, contextlib.suppress(OSError):
            while stream.write(b"x" * 4096):
                pass
    poller = build_poller(rig.settings, rig.scheduler)
    assert poller.lease.acquire()
    poller.start()
    before = HeartbeatReader(rig.portal).read()
    poller.cycle()
    after = HeartbeatReader(rig.portal).read()
    assert before is not None
    assert after is not None
    assert after.at > before.at, "written in the blocks of the one before"
    assert set(poller.tasks.known) == {ended, running}
    poller.lease.release()


def test_with_room_again_all_is_as_before_by_itself(full_disk: Path, fill: Callable[[], None]) -> None:
    rig, _, running = ready(full_disk)
    fill()
    rig.tasks.cancel(rig.record(running))
    rig.poller.cycle()
    empty(full_disk)
    rig.poller.cycle()
    assert len(list((rig.portal.own / "reserve").glob("block-*"))) == BLOCKS
    upload = rig.acceptance.begin("me")
    upload.write(GENOME)
    upload.abandon()
    assert disk_state(rig.portal) == "ok"


def test_the_floor_counts_inodes_as_well(tmp_path: Path) -> None:
    room = Room(total=100 * 1024**3, free=50 * 1024**3, free_inodes=10_000)
    assert room.lack(0) is None
    assert room.lack(9 * 1024**3) is None
    lack = room.lack(20 * 1024**3)
    assert lack is not None
    assert lack.code == "health.inodes_full"
    assert Room(1, 50 * 1024**3, None).lack(20 * 1024**3) is None, "a file system that makes them as they are needed"
    assert Room.of(tmp_path).total == os.statvfs(tmp_path).f_blocks * os.statvfs(tmp_path).f_frsize
