"""Mails to operators: a full disk, retention that has stopped, a silent poller; each once while it lasts."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from portal.bootstrap import build_notifier
from portal.cli.notify_check import notify_check
from portal.domain.errors import NotReady
from portal.domain.message import Message
from portal.domain.notification import OPERATOR_EVENTS, NotificationEvent
from portal.files.alarms import AlarmFiles
from portal.files.heartbeat import HeartbeatReader
from portal.files.maintenance import Maintenance, end_maintenance
from portal.files.outbox import Outbox
from portal.files.reserve import fill_reserve
from portal.files.taskdir import PortalDir
from portal.notifications import waits
from portal.notifications.alarms import AlarmWatch, ConditionReader
from tests.mail_server import MailServer, running_mail_server
from tests.unit.poller.poller_rig import Rig

DISK = NotificationEvent.DISK_FULL
FULL = Message("health.disk_full", free=0.1, floor=20.0)


class Moments:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 26, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()

    def pass_by(self, **span: float) -> None:
        self.now += timedelta(**span)


class Watch:
    """An alarm watch over a folder, and what is wrong there at the moment."""

    def __init__(self, folder: Path) -> None:
        self.portal = PortalDir(folder)
        self.portal.prepare()
        self.time = Moments()
        self.wrong: Message | None = None
        self.outbox = Outbox(self.portal)
        self.start()

    def start(self) -> None:
        self.watch = AlarmWatch(
            self.portal,
            self.outbox,
            lambda: {DISK: self.wrong},
            site=lambda: "site",
            clock=self.time.seconds,
            now=self.time,
        )

    def look(self, wrong: Message | None, **span: float) -> int:
        """Return how many notifications there are, after some time and a look."""
        self.wrong = wrong
        self.time.pass_by(**(span or {"seconds": 20}))
        self.watch.step()
        return len(self.outbox.names())


@pytest.fixture
def watch(tmp_path: Path) -> Watch:
    return Watch(tmp_path / "jobs")


def test_what_lasts_a_minute_is_told_once(watch: Watch) -> None:
    assert [watch.look(FULL) for _ in range(6)] == [0, 0, 0, 1, 1, 1]
    (told,) = watch.outbox.all().values()
    assert (told.event, told.about) == (DISK, FULL)
    watch.start()
    assert watch.look(FULL, days=2) == 1, "not again by another process, nor after days"


def test_what_passes_within_a_minute_is_not_told(watch: Watch) -> None:
    assert [watch.look(wrong) for wrong in (FULL, FULL, None, FULL, FULL, None)] == [0] * 6
    assert AlarmFiles(watch.portal).read(DISK) is None


def test_what_comes_and_goes_is_told_once_in_six_hours(watch: Watch) -> None:
    for _ in range(4):
        watch.look(FULL)
    for _ in range(20):
        watch.look(None, minutes=5)
        watch.look(FULL, minutes=2)
    assert len(watch.outbox.names()) == 1
    watch.look(None, minutes=5)
    watch.look(FULL, hours=7)
    assert watch.look(FULL, minutes=2) == 2


def test_killed_before_it_is_noted_as_told_it_is_the_same_notification(watch: Watch) -> None:
    for _ in range(4):
        watch.look(FULL)
    files = AlarmFiles(watch.portal)
    alarm = files.read(DISK)
    assert alarm is not None
    files.write(DISK, replace(alarm, told=None))
    watch.start()
    assert watch.look(FULL) == 1


def test_a_full_disk_can_be_told(full_disk: Path) -> None:
    watch = Watch(full_disk / "jobs")
    fill_reserve(watch.portal.own, 0)
    with contextlib.suppress(OSError), (full_disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)
    with pytest.raises(OSError, match="No space left"):
        (full_disk / "one more").write_bytes(b"x" * 4096)
    reader = ConditionReader(watch.portal, floor_bytes=0, now=watch.time)
    for _ in range(5):
        seen = watch.look(reader.beside_poller()[DISK])
    assert seen == 1
    (told,) = watch.outbox.all().values()
    assert told.about is not None
    assert told.about.code == "health.disk_full"


def test_each_condition_is_seen(tmp_path: Path) -> None:
    rig = Rig(tmp_path)
    rig.poller.cycle()
    now = Moments()
    now.now = datetime.now(UTC)
    reader = ConditionReader(rig.portal, floor_bytes=0, now=now)
    assert dict(reader.from_outside()) == dict.fromkeys(OPERATOR_EVENTS)
    full = ConditionReader(rig.portal, floor_bytes=2**60, now=now).beside_poller()[DISK]
    assert full is not None
    assert full.code == "health.disk_full"
    beat = HeartbeatReader(rig.portal).read()
    assert beat is not None
    stopped = Message("retention.too_many", count=50, total=60)
    replace(beat, concerns=(Message("trash.failed", count=1, names="a", reason="b"), stopped)).write(rig.portal)
    assert reader.beside_poller()[NotificationEvent.RETENTION_STOPPED] == stopped
    now.pass_by(minutes=6)
    silent = ConditionReader(rig.portal, floor_bytes=0, now=now).from_outside()[NotificationEvent.POLLER_SILENT]
    assert silent is not None
    assert silent.code == "health.poller_silent"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    with running_mail_server(tmp_path / "mails") as running:
        yield running


@pytest.fixture
def rig(tmp_path: Path, server: MailServer) -> Rig:
    return Rig(
        tmp_path,
        None,
        SMTP_URL=f"smtp+plain://127.0.0.1:{server.port}",
        MAIL_FROM="bt@example.org",
        PUBLIC_URL="https://bt.example.org",
        OPERATOR_MAIL="root@example.org, on-call@example.org",
    )


def check(rig: Rig) -> dict[str, Any]:
    names = ("SMTP_URL", "MAIL_FROM", "PUBLIC_URL", "OPERATOR_MAIL")
    environment = {name: getattr(rig.settings, name) for name in names}
    environment |= {"JOBS_DIR": str(rig.portal.jobs), "MIN_FREE_DISK_GB": "0", "REDIS_URL": ""}
    done = CliRunner().invoke(notify_check, ["--json"], env=environment)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    found: dict[str, Any] = json.loads(done.output[done.output.index("{") :])
    return found


def be_silent(rig: Rig) -> None:
    beat = HeartbeatReader(rig.portal).read()
    assert beat is not None
    replace(beat, at=beat.at - timedelta(minutes=10)).write(rig.portal)


def test_a_silent_poller_is_told_from_outside_and_once(rig: Rig, server: MailServer) -> None:
    rig.poller.cycle()
    assert check(rig) == {"conditions": {}, "sent": 0, "failed": 0}
    be_silent(rig)
    found = check(rig)
    assert (list(found["conditions"]), found["sent"]) == (["poller_silent"], 1)
    assert check(rig)["sent"] == 0
    (mail,) = server.mails
    assert mail.to == ["root@example.org", "on-call@example.org"]
    assert mail.message["Subject"] == "BtToxin portal bt.example.org: poller silent"
    assert "The poller of https://bt.example.org does nothing" in mail.body
    assert "后台进程没有动静" in mail.body
    rig.poller.cycle()
    notifier = build_notifier(rig.settings, lambda *_: None)
    assert notifier is not None
    assert notifier.take_turn()
    alarm = AlarmFiles(rig.portal).read(NotificationEvent.POLLER_SILENT)
    assert alarm is not None
    assert alarm.over is not None


def test_during_maintenance_nobody_is_told(rig: Rig, server: MailServer) -> None:
    rig.poller.cycle()
    be_silent(rig)
    Maintenance().write(rig.portal)
    assert check(rig)["sent"] == 0
    end_maintenance(rig.portal)
    assert check(rig)["sent"] == 1


def test_what_cannot_be_sent_waits(rig: Rig, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waits, "FIRST_S", 0.0)
    rig.poller.cycle()
    be_silent(rig)
    rig.settings = replace(rig.settings, SMTP_URL="smtp+plain://127.0.0.1:9")
    assert check(rig)["failed"] == 1
    rig.settings = replace(rig.settings, SMTP_URL=f"smtp+plain://127.0.0.1:{server.port}")
    assert (check(rig)["sent"], len(server.mails)) == (1, 1)


def test_a_copy_of_the_folder_tells_nobody(rig: Rig, server: MailServer) -> None:
    rig.poller.cycle()
    be_silent(rig)
    copy = rig.portal.jobs.with_name("copy")
    subprocess.run(["cp", "-a", str(rig.portal.jobs), str(copy)], check=True)
    rig.portal = PortalDir(copy)
    with pytest.raises(NotReady):
        check(rig)
    assert server.mails == []
