"""A job folder knows whose it is: a copy stands still, touches nothing, and says so."""

from __future__ import annotations

import json
import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.bootstrap import build_poller, build_web
from portal.cli.main import cli
from portal.config import read_settings
from portal.domain.errors import NewerFormat, NotReady
from portal.domain.status import TaskStatus
from portal.files.document import write_document
from portal.files.heartbeat import Heartbeat, HeartbeatReader
from portal.files.site import FOLDER_FORMAT, Installation, Place, adopt, why_not_ours
from portal.files.taskdir import PortalDir
from portal.poller.loop import run_poller
from tests.builders import make_task_on_disk
from tests.unit.poller.poller_rig import Rig
from tests.waiting import wait_for


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    made = PortalDir(tmp_path / "jobs")
    made.prepare()
    Installation.read(made)
    return made


def variables(portal: PortalDir) -> dict[str, str]:
    return {"JOBS_DIR": str(portal.jobs), "REDIS_URL": "", "EXECUTOR": "local", "MIN_FREE_DISK_GB": "0"}


def copied(portal: PortalDir) -> PortalDir:
    place = portal.jobs.with_name("copy")
    shutil.copytree(portal.jobs, place, symlinks=True)
    return PortalDir(place)


def standing_still(portal: PortalDir) -> Heartbeat:
    """Return the heartbeat of a poller that stands still, as soon as there is one."""

    def look() -> Heartbeat | None:
        beat = HeartbeatReader(portal).read()
        return None if beat is None or beat.stands_still is None else beat

    return wait_for(look)


def await_later_beat(portal: PortalDir, before: Heartbeat) -> None:
    """Return once the poller has been at work for another round, and still stands still."""
    wait_for(lambda: standing_still(portal).at > before.at)


def everything_but_the_heartbeat(portal: PortalDir) -> dict[str, bytes]:
    own = {portal.heartbeat, portal.lease, portal.lock}
    return {
        str(path.relative_to(portal.jobs)): path.read_bytes()
        for path in portal.jobs.rglob("*")
        if path.is_file() and path not in own
    }


def test_a_folder_is_its_own_wherever_it_is_looked_at(portal: PortalDir, monkeypatch: pytest.MonkeyPatch) -> None:
    assert why_not_ours(portal) is None
    monkeypatch.chdir(portal.jobs.parent)
    assert why_not_ours(PortalDir(Path("jobs"))) is None
    link = portal.jobs.with_name("link")
    link.symlink_to(portal.jobs)
    assert why_not_ours(PortalDir(link)) is None


def test_the_identity_is_made_once(portal: PortalDir) -> None:
    found = []
    portal.site.unlink()
    threads = [threading.Thread(target=lambda: found.append(Installation.read(portal).site_id)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    ("before", "differs"),
    [
        ({}, None),
        ({"path": "/elsewhere"}, "site.path"),
        ({"inode": 1}, "site.inode"),
        ({"device": os.makedev(8, 1)}, "site.device"),
        ({"machine": "another"}, "site.machine"),
        ({"machine": ""}, None),
        ({"device": os.makedev(0, 77)}, None),  # a network disk: each mount has a number of its own
        ({"device": os.makedev(0, 77), "machine": "another"}, None),  # and several machines may see it
    ],
)
def test_what_makes_another_place(before: dict[str, object], differs: str | None) -> None:
    now = Place("/data/jobs", os.makedev(8, 2), 4711, "this")
    reason = replace(now, **before).differs_from(now)  # type: ignore[arg-type]
    assert (reason and reason.code) == differs


def test_a_copy_stands_still_and_says_so(portal: PortalDir) -> None:
    make_task_on_disk(portal, TaskStatus.PENDING)
    make_task_on_disk(portal, TaskStatus.RUNNING)
    copy = copied(portal)
    before = everything_but_the_heartbeat(copy)
    poller, stop = build_poller(read_settings(variables(copy))), threading.Event()
    thread = threading.Thread(target=run_poller, args=(poller, stop))
    thread.start()
    try:
        beat = standing_still(copy)
        assert str(portal.jobs) in str(beat.stands_still)
        assert "adopt-folder" in str(beat.stands_still)
        await_later_beat(copy, beat)
    finally:
        stop.set()
        thread.join()
    assert everything_but_the_heartbeat(copy) == before
    assert poller.live == {}


def test_a_copy_takes_no_uploads_and_is_not_ready(portal: PortalDir) -> None:
    parts = build_web(read_settings(variables(copied(portal))))
    with pytest.raises(NotReady, match="adopt-folder"):
        parts.acceptance.begin("me")


def test_a_copy_that_is_adopted_is_an_installation_of_its_own(portal: PortalDir) -> None:
    copy = copied(portal)
    poller, stop = build_poller(read_settings(variables(copy))), threading.Event()
    thread = threading.Thread(target=run_poller, args=(poller, stop))
    thread.start()
    try:
        standing_still(copy)
        done = CliRunner().invoke(cli, ["admin", "adopt-folder"], env=variables(copy))
        assert (done.exit_code, "adopted as" in done.output) == (0, True), done.output
        wait_for(lambda: (beat := HeartbeatReader(copy).read()) is not None and beat.stands_still is None)
    finally:
        stop.set()
        thread.join()
    original, adopted = Installation.read(portal), Installation.read(copy)
    assert adopted.site_id != original.site_id
    assert adopted.former == (original.site_id,)
    assert why_not_ours(copy) is None
    again = CliRunner().invoke(cli, ["admin", "adopt-folder"], env=variables(copy))
    assert "nothing to do" in again.output


def test_an_identity_that_cannot_be_read_is_no_identity(portal: PortalDir) -> None:
    portal.site.write_bytes(b"\0\0")
    assert why_not_ours(portal) is not None
    adopt(portal)
    assert why_not_ours(portal) is None


def test_an_older_version_does_not_start_over_a_newer_one_s_folder(portal: PortalDir) -> None:
    newer = replace(Installation.read(portal), folder_format=FOLDER_FORMAT + 1)
    write_document(portal.site, newer)
    for build in (build_web, build_poller):
        with pytest.raises(NewerFormat, match="newer version"):
            build(read_settings(variables(portal)))
    done = CliRunner().invoke(cli, ["admin", "adopt-folder"], env=variables(portal))
    assert done.exit_code != 0
    assert json.loads(portal.site.read_text())["folder_format"] == FOLDER_FORMAT + 1


def test_a_copy_beside_production_on_a_cluster_asks_nothing_of_it(tmp_path: Path) -> None:
    """The scheduler is the same one: it is neither asked for jobs, nor told to end any."""
    rig = Rig(tmp_path)
    running, waiting = rig.submit(2)
    rig.poller.tick()
    rig.begin(running)
    rig.poller.cycle()
    rig.poller.lease.release()
    rig.tasks.delete(rig.record(waiting))
    copy = copied(rig.portal)
    looks, submitted = rig.scheduler.looks, len(rig.scheduler.specs)
    poller = build_poller(read_settings({**variables(copy), "EXECUTOR": "slurm"}), rig.scheduler)
    stop = threading.Event()
    thread = threading.Thread(target=run_poller, args=(poller, stop))
    thread.start()
    try:
        beat = standing_still(copy)
        await_later_beat(copy, beat)
    finally:
        stop.set()
        thread.join()
    assert beat.stands_still is not None
    assert beat.stands_still.code == "health.stands_still"
    assert (rig.scheduler.looks, len(rig.scheduler.specs), rig.scheduler.cancelled) == (looks, submitted, [])
    assert set(copy.task_ids()) == {running, waiting}


def test_an_adopted_copy_ends_no_job_of_the_original(tmp_path: Path) -> None:
    """Its records name the original's jobs, and a user of the copy deletes or cancels their tasks."""
    rig = Rig(tmp_path)
    deleted, cancelled = rig.submit(2)
    rig.poller.tick()
    for task_id in (deleted, cancelled):
        rig.begin(task_id)
    rig.poller.cycle()
    assert all(job.job_id for each in (deleted, cancelled) for job in rig.record(each).attempts[0].jobs)
    rig.poller.lease.release()
    copy = copied(rig.portal)
    adopt(copy)
    parts = build_web(read_settings(variables(copy)))
    parts.tasks.delete(parts.tasks.record(deleted))
    parts.tasks.cancel(parts.tasks.record(cancelled))
    poller = build_poller(read_settings({**variables(copy), "EXECUTOR": "slurm"}), rig.scheduler)
    assert poller.lease.acquire()
    poller.start()
    for _ in range(3):
        poller.tick()
        poller.cycle()
    poller.lease.release()
    assert rig.scheduler.cancelled == []
    rig.start()
    rig.tasks.cancel(rig.record(cancelled))
    rig.poller.tick()
    rig.poller.cycle()
    assert {job.job_id for job in rig.record(cancelled).attempts[0].jobs} <= {*rig.scheduler.cancelled}
