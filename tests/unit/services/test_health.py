"""Health: which part makes the portal unready, which only slower, and that asking costs nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from portal.config import read_settings
from portal.domain.message import Message, verbatim
from portal.files.heartbeat import SchedulerState
from portal.files.room import Room
from portal.files.taskdir import PortalDir
from portal.services.answers import PartHealth
from portal.services.health import CACHE_S, HealthService
from tests.builders import write_heartbeat


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    portal = PortalDir(tmp_path)
    portal.prepare()
    return portal


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def states(service: HealthService) -> dict[str, str]:
    return {part.name: part.state for part in service.report().parts}


def test_all_well_is_healthy_and_ready(portal: PortalDir) -> None:
    write_heartbeat(portal)
    service = HealthService(portal, checks=[lambda: PartHealth("redis", "off", Message("health.redis_off"))])
    report = service.report()
    assert (report.status, report.missing) == ("healthy", {})
    assert states(service) == {"disk": "ok", "poller": "ok", "scheduler": "ok", "redis": "off"}


def test_without_a_poller_it_is_not_ready(portal: PortalDir) -> None:
    report = HealthService(portal).report()
    assert (report.status, list(report.missing)) == ("unhealthy", ["poller"])


@pytest.mark.parametrize(
    ("age_s", "interval_s", "state"), [(25, 1, "ok"), (35, 1, "down"), (100, 60, "ok"), (190, 60, "down")]
)
def test_a_silent_poller_is_down_after_thirty_seconds_or_three_intervals(
    portal: PortalDir, age_s: float, interval_s: float, state: str
) -> None:
    write_heartbeat(portal, age_s=age_s, interval_s=interval_s)
    (part,) = [part for part in HealthService(portal).report().parts if part.name == "poller"]
    assert part.state == state
    assert part.age_s == pytest.approx(age_s, abs=2)


def test_a_disk_below_its_floor_is_not_ready(portal: PortalDir) -> None:
    write_heartbeat(portal)
    report = HealthService(portal, floor_bytes=1 << 60).report()
    assert (report.status, list(report.missing)) == ("unhealthy", ["disk"])
    assert "must stay free" in str(report.missing["disk"][0])


def test_a_job_folder_that_is_gone_is_told(portal: PortalDir, tmp_path: Path) -> None:
    write_heartbeat(portal)
    portal.own.rename(tmp_path / "elsewhere")
    assert states(HealthService(portal))["disk"] == "down"


@pytest.mark.parametrize("name", ["engine", "reference"])
def test_a_needed_part_that_is_down_makes_it_unready(portal: PortalDir, name: str) -> None:
    write_heartbeat(portal)
    report = HealthService(portal, checks=[lambda: PartHealth(name, "down", Message("health.reference_none"))]).report()
    assert (report.status, report.missing) == ("unhealthy", {name: [Message("health.reference_none")]})


def test_a_scheduler_or_redis_in_trouble_only_degrades(portal: PortalDir) -> None:
    write_heartbeat(portal, scheduler=SchedulerState("slurm", known=False, error=verbatim("timed out")))
    service = HealthService(portal, checks=[lambda: PartHealth("redis", "down", Message("health.redis_silent"))])
    report = service.report()
    assert (report.status, report.missing) == ("degraded", {})
    assert states(service)["scheduler"] == "degraded"


def test_alarms_of_the_poller_show(portal: PortalDir) -> None:
    write_heartbeat(portal, alarms=(verbatim("quarantined a record"),))
    (part,) = [part for part in HealthService(portal).report().parts if part.name == "poller"]
    assert (part.state, str(part.message)) == ("degraded", "quarantined a record")


def test_a_report_is_kept_for_two_seconds(portal: PortalDir) -> None:
    write_heartbeat(portal)
    clock, asked = Clock(), []

    def check() -> PartHealth:
        asked.append(clock.now)
        return PartHealth("redis", "ok", Message("health.redis_ok"))

    service = HealthService(portal, checks=[check], clock=clock)
    for _ in range(5):
        service.report()
    assert len(asked) == 1
    clock.now += CACHE_S + 0.1
    service.report()
    assert len(asked) == 2


def test_nobody_waits_for_a_slow_check_when_there_is_an_old_report(portal: PortalDir) -> None:
    write_heartbeat(portal)
    clock, entered, leave = Clock(), threading.Event(), threading.Event()
    slow = False

    def check() -> PartHealth:
        if slow:
            entered.set()
            assert leave.wait(60)
        return PartHealth("redis", "ok", Message("health.redis_ok"))

    service = HealthService(portal, checks=[check], clock=clock)
    old = service.report()
    slow = True
    clock.now += CACHE_S + 0.1
    thread = threading.Thread(target=service.report)
    thread.start()
    assert entered.wait(60)
    try:
        assert service.report() is old
    finally:
        leave.set()
        thread.join()
    assert service.report() is not old


def test_the_disk_is_told_in_the_gigabytes_in_which_it_is_set_and_pages_tell_sizes(tmp_path: Path) -> None:
    settings = read_settings({"JOBS_DIR": str(tmp_path), "MIN_FREE_DISK_GB": "20", "REDIS_URL": ""})
    assert settings.min_free_bytes == 20 * 10**9
    lack = Room(total=10**12, free=15 * 10**9, free_inodes=10**9).lack(settings.min_free_bytes)
    assert str(lack) == "15.0 GB free, 20.0 GB must stay free."
