"""The clock may say what it likes: nothing is destroyed by it alone, and who is dead is seen."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.main import cli
from portal.domain.status import TaskStatus
from portal.files.audit import read_acts
from portal.files.clock_mark import AHEAD, BEHIND, ClockMark
from portal.files.heartbeat import HeartbeatReader
from portal.files.instant import uptime_s
from portal.files.process_identity import boot_id
from portal.files.taskdir import PortalDir
from portal.poller.timekeeper import Timekeeper
from portal.services.health import HealthService
from tests.builders import make_task_on_disk, write_heartbeat
from tests.unit.poller.poller_rig import Rig

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    made = PortalDir(tmp_path / "jobs")
    made.prepare()
    return made


@pytest.mark.parametrize(
    ("passed", "code"),
    [
        (-30 * DAY, "clock.behind"),
        (-BEHIND - timedelta(seconds=1), "clock.behind"),
        (-BEHIND, None),
        (AHEAD, None),
        (AHEAD + timedelta(minutes=1), "clock.ahead"),
        (40 * DAY, "clock.ahead"),
        (10_000 * DAY, "clock.ahead"),
    ],
)
def test_which_time_is_believed(passed: timedelta, code: str | None) -> None:
    doubt = ClockMark.at(NOW).doubt(NOW + passed)
    assert (doubt and doubt.code) == code


def test_a_portal_that_was_away_while_its_machine_was_not_needs_nobody(portal: PortalDir) -> None:
    up = uptime_s()
    mark = ClockMark(NOW - timedelta(seconds=up), boot_id(), 0.0)
    assert mark.doubt(NOW + AHEAD - timedelta(minutes=1)) is None, "the uptime says how long it was"
    rebooted = ClockMark(NOW - 3 * DAY, "another-boot", 0.0)
    assert rebooted.doubt(NOW) is not None


def test_the_mark_follows_what_is_believed_and_nothing_else(portal: PortalDir) -> None:
    keeper = Timekeeper(portal)
    assert keeper.look(NOW) is None
    assert ClockMark.read(portal).latest == NOW
    for wrong in (NOW + 40 * DAY, NOW - DAY):
        assert keeper.look(wrong) is not None
        assert ClockMark.read(portal).latest == NOW
    assert keeper.look(NOW + timedelta(hours=1)) is None
    assert ClockMark.read(portal).latest == NOW + timedelta(hours=1)


@pytest.mark.parametrize("damage", [None, b"", b"\0" * 90, b'{"latest": "soon"}', b"[" * 5000])
def test_a_mark_that_is_lost_is_made_of_what_else_is_known(portal: PortalDir, damage: bytes | None) -> None:
    if damage is not None:
        portal.clock.write_bytes(damage)
    write_heartbeat(portal, age_s=40 * 86400)
    keeper = Timekeeper(portal)
    keeper.begin()
    doubt = keeper.look(datetime.now(UTC))
    assert doubt is not None
    assert doubt.code == "clock.ahead"


def test_a_mark_of_a_newer_version_stops_what_needs_it(portal: PortalDir) -> None:
    text = json.dumps({"format": ClockMark.FORMAT + 1, "instant": 1})
    portal.clock.write_text(text)
    doubt = Timekeeper(portal).look(NOW)
    assert doubt is not None
    assert doubt.code == "record.newer"
    assert portal.clock.read_text() == text


def test_a_step_is_seen_and_the_passing_of_time_is_none(portal: PortalDir) -> None:
    clock = {"wall": 1e9, "up": 50.0}
    keeper = Timekeeper(portal, wall=lambda: clock["wall"], uptime=lambda: clock["up"])
    for wall, up, stepped in [(0, 0, False), (3600, 3600, False), (5, 4, False), (-3600, 5, True), (4e6, 9, True)]:
        clock["wall"] += wall
        clock["up"] += up
        assert keeper.stepped() is stepped


def rig_with_an_old_task(tmp_path: Path, age_days: float) -> tuple[Rig, str]:
    rig = Rig(tmp_path)
    rig.poller.cycle()
    done = datetime.now(UTC) - timedelta(days=age_days)
    task_id = make_task_on_disk(rig.portal, submission_time=done, completion_time=done).task_id
    return rig, task_id


def concerns(portal: PortalDir) -> list[str]:
    beat = HeartbeatReader(portal).read()
    assert beat is not None
    return [concern.code for concern in beat.concerns]


@pytest.mark.parametrize("hours", [40 * 24, -1, -40 * 24])
def test_a_wrong_clock_removes_nothing_and_is_told_within_one_cycle(tmp_path: Path, hours: float) -> None:
    rig, _ = rig_with_an_old_task(tmp_path, 29)
    for folder in ("abcdefabcdef-1", "expired-abcdefabcdeg-1"):
        (rig.portal.trash / folder).mkdir()
    before = rig.portal.task_ids()
    rig.later(hours * 3600)
    rig.poller.cycle()
    assert concerns(rig.portal) == [f"clock.{'ahead' if hours > 0 else 'behind'}"]
    (part,) = [part for part in HealthService(rig.portal).report().parts if part.name == "poller"]
    assert hours < 0 or (part.state, "removed by its age" in str(part.message)) == ("degraded", True)
    for _ in range(30):
        rig.poller.cycle()
    assert rig.portal.task_ids() == before
    assert [entry.name for entry in rig.portal.trash.iterdir()] == ["expired-abcdefabcdeg-1"], "deleted by its user"
    rig.later(-hours * 3600)
    rig.poller.cycle()
    assert concerns(rig.portal) == []


def test_an_operator_may_say_that_the_time_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig, old = rig_with_an_old_task(tmp_path, 31)
    kept = make_task_on_disk(rig.portal, TaskStatus.RUNNING).task_id
    ClockMark(datetime.now(UTC) - 60 * DAY, "another-boot").write(rig.portal)
    rig.poller._parts.timekeeper._mark = None  # as after a restart
    for _ in range(2):
        rig.poller.cycle()
    assert set(rig.portal.task_ids()) == {old, kept}
    monkeypatch.setenv("JOBS_DIR", str(rig.portal.jobs))
    told = CliRunner().invoke(cli, ["admin", "accept-time"])
    assert (told.exit_code, "accepted" in told.output) == (0, True), told.output
    rig.poller.cycle()
    assert rig.portal.task_ids() == [kept]
    assert any(entry.name.startswith(f"expired-{old}") for entry in rig.portal.trash.iterdir()), "to be fetched back"
    assert [act["action"] for act in read_acts(rig.portal)] == ["accept time"]
    again = CliRunner().invoke(cli, ["admin", "accept-time", "--json"])
    assert json.loads(again.output)["accepted"] is False


def test_a_wait_for_a_job_begins_again_when_the_clock_was_set(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    (task_id,) = rig.submit()
    rig.poller.tick()
    rig.begin(task_id)
    rig.poller.cycle()
    hidden = dict(rig.scheduler.jobs)
    rig.scheduler.jobs.clear()
    rig.poller.cycle()
    keeper = rig.poller._parts.timekeeper
    real = keeper._wall
    keeper._wall = lambda: real() + 3600
    rig.later(3600)
    rig.poller.cycle()
    assert not rig.record(task_id).status.is_final, "an hour that did not pass is no reason to give a job up"
    rig.scheduler.jobs.update(hidden)
    rig.finish(task_id)
    rig.poller.cycle()
    assert rig.record(task_id).status is TaskStatus.COMPLETED


def test_a_dead_poller_is_seen_though_the_clock_was_set_back(portal: PortalDir) -> None:
    moment = [100.0]
    service = HealthService(portal, clock=lambda: moment[0])
    write_heartbeat(portal, age_s=-3600)  # as it looks after the clock was set back by an hour
    for passed, state in [(0, "ok"), (29, "ok"), (31, "down")]:
        moment[0] = 100.0 + passed
        (part,) = [part for part in service.report().parts if part.name == "poller"]
        assert part.state == state, passed


def test_a_poller_at_work_is_alive_though_the_clocks_differ(portal: PortalDir) -> None:
    moment = [100.0]
    service = HealthService(portal, clock=lambda: moment[0])
    for _ in range(4):
        write_heartbeat(portal, age_s=3600)
        (part,) = [part for part in service.report().parts if part.name == "poller"]
        moment[0] += 5
    assert part.state == "ok"
    moment[0] += 31
    (part,) = [part for part in service.report().parts if part.name == "poller"]
    assert part.state == "down"
