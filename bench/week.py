"""A week of a portal in a few minutes: 5,000 tasks, faults at random, upgrades, a restore on another folder.

    python -m bench.week [TASKS] [--days N] [--seed N]

The web's services, the poller and all files are the real ones; the cluster is a model, and time passes in steps of five
minutes. The poller is killed between two changes of the disk, the scheduler falls silent, loses answers and jobs, nodes
die, records are cut, the clock jumps 40 days ahead and back. Goals: no task lost, none run twice, none removed before
its time or kept long after it, and memory that does not grow.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import time_machine

from bench._week_model import SLOTS, Cluster, Faults, Killed
from portal.domain.errors import PortalError, TooManyRequests
from portal.domain.status import TaskStatus
from portal.files import clock_mark
from portal.files.site import FOLDER_FORMAT
from portal.upkeep.backup import make_backup, restore
from portal.upkeep.fsck import check_folder
from portal.upkeep.steps import FormatStep, walk
from tests.e2e.site import ROOT
from tests.unit.poller.poller_rig import Rig

RESULT = ROOT / "var" / "bench" / "week.json"
STEP_S = 300
KEPT_DAYS = 2
# One round over all tasks takes several cycles, and expired tasks then go one after the other.
LATE = timedelta(hours=8)


class Week:
    """The portal, its users and its operator."""

    def __init__(self, folder: Path, tasks: int, days: int, seed: int, time_of: time_machine.Traveller) -> None:
        self._dice = random.Random(seed)
        self._time = time_of
        self._folder = folder
        self._days = days
        self._per_step = tasks / (days * 86400 / STEP_S)
        self._to_come = tasks
        self.cluster = Cluster(self._dice)
        self.faults = Faults(self._dice)
        self.rig = self._portal(folder / "first")
        self.tokens: dict[str, str] = {}
        self.cancelled: set[str] = set()
        self.deleted: set[str] = set()
        self.ended: dict[str, datetime] = {}
        self._left: set[str] = set()  # expired
        self.seen: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._silent_until = datetime.now(UTC)

    def _portal(self, folder: Path) -> Rig:
        limits = {"CLIENT_MAX_WAITING": "5000", "CLIENT_UPLOADS_PER_MINUTE": "5000", "MAX_ACTIVE_PIPELINES": str(SLOTS)}
        rig = Rig(folder, self.cluster, RESULT_RETENTION_DAYS=str(KEPT_DAYS), TRASH_HOURS="6", **limits)
        self._with_clock(rig)
        return rig

    def _with_clock(self, rig: Rig) -> None:
        rig.poller._parts.timekeeper._uptime = lambda: rig.clock.now

    def _start(self) -> None:
        self.rig.start()
        self._with_clock(self.rig)

    def _kill(self) -> None:
        lease = self.rig.poller.lease
        lease._stop.set()
        if lease._handle is not None:
            os.close(lease._handle)
            lease._handle = None
        self.seen["poller killed"] += 1

    def step(self) -> None:
        """Five minutes: users, the cluster, the operator's mishaps, the poller."""
        self._time.shift(STEP_S)
        self.rig.clock.now += STEP_S
        self._users()
        self.cluster.pass_time()
        self._mishaps()
        if self._dice.random() < 0.02:
            self.faults.arm()
        try:
            with self.faults.at_work():
                self.rig.poller.tick()
                self.rig.poller.cycle()
                self.rig.poller.tick()
        except Killed:
            self._kill()
            self._start()

    def _users(self) -> None:
        arriving = sum(self._dice.random() < self._per_step / 8 for _ in range(8)) if self._to_come else 0
        for _ in range(min(arriving, self._to_come)):
            self._submit()
        for task_id in self._dice.sample(sorted(self.rig.poller.live), min(1, len(self.rig.poller.live))):
            what = self._dice.random()
            with contextlib.suppress(PortalError):
                if what < 0.03:
                    self.rig.tasks.cancel(self.rig.record(task_id))
                    self.cancelled.add(task_id)
                elif what < 0.06:
                    self.rig.tasks.delete(self.rig.record(task_id))
                    self.deleted.add(task_id)
        for task_id in [task_id for task_id, _ in list(self.ended.items())[-3:]]:
            if self._dice.random() < 0.02 and task_id not in self.deleted:
                self._retry(task_id)

    def _submit(self) -> None:
        who = f"client {self._dice.randrange(20)}"
        try:
            [task_id] = self.rig.submit(submitter=who)
        except TooManyRequests:
            self.seen["refused, the queue is full"] += 1
            return  # they come again
        self._to_come -= 1
        self.tokens[task_id] = self.rig.keyring.token_of(self.rig.record(task_id))
        self.seen["accepted"] += 1

    def _retry(self, task_id: str) -> None:
        with contextlib.suppress(PortalError):
            record = self.rig.record(task_id)
            if record.status is TaskStatus.FAILED:
                self.rig.tasks.retry(record)
                self.cancelled.discard(task_id)
                self.ended.pop(task_id, None)
                self.seen["tried again by the user"] += 1

    def _mishaps(self) -> None:
        now = datetime.now(UTC)
        self.cluster.known = now >= self._silent_until
        if self._dice.random() < 0.004:
            self._silent_until = now + timedelta(minutes=self._dice.randrange(10, 90))
            self.seen["scheduler silent"] += 1
        if self._dice.random() < 0.01 and self.rig.poller.live:
            self._cut_a_record()

    def _cut_a_record(self) -> None:
        task_id = self._dice.choice(sorted(self.rig.poller.live))
        path = self.rig.portal.task(task_id).meta
        data = path.read_bytes()
        path.write_bytes(data[: self._dice.randrange(len(data))])
        self.seen["record cut"] += 1
        self._kill()
        self._start()

    def wrong_clock(self) -> None:
        """Forty days ahead for an hour, as after a boot before NTP; nothing may be removed."""
        before = set(self.rig.portal.task_ids())
        self._time.shift(40 * 86400)
        for _ in range(12):
            self.rig.poller.cycle()
        self._time.shift(-40 * 86400)
        if set(self.rig.portal.task_ids()) - before or before - set(self.rig.portal.task_ids()) - self.deleted:
            self.wrong.append("tasks were removed while the clock was wrong")
        self.seen["clock 40 days ahead"] += 1

    def upgrade_and_back(self) -> None:
        """Convert the folder to a next format and back, with the poller stopped."""
        self.rig.poller.lease.release()
        step = FormatStep(FOLDER_FORMAT + 1, lambda portal: None, lambda portal: None)
        walk(self.rig.portal, FOLDER_FORMAT + 1, (step,))
        walk(self.rig.portal, FOLDER_FORMAT, (step,))
        self._start()
        self.seen["upgrade and back"] += 1

    def move_house(self) -> None:
        """Lose the machine and the cluster's jobs, and go on from a backup elsewhere."""
        backup, _ = make_backup(self.rig.portal, self._folder / "backups", datetime.now(UTC))
        self.rig.poller.lease.release()
        there = self._folder / "second"
        restore(backup, there / "jobs")
        self.cluster.jobs.clear()
        self.cluster._by_name.clear()
        self.cluster._ends.clear()
        self.cluster.specs.clear()
        clock = self.rig.clock.now
        self.rig = self._portal(there)
        self.rig.clock.now = clock
        for task_id in self._dice.sample(sorted(self.tokens), min(50, len(self.tokens))):
            if task_id in set(self.rig.portal.task_ids()):
                self.rig.tasks.authorize(task_id, self.tokens[task_id])
        problems = list(check_folder(self.rig.portal, self.rig.poller._parts.store))
        self.wrong += [f"after the restore: {problem.task_id} {problem.message}" for problem in problems[:5]]
        self.seen["restored elsewhere"] += 1

    def look(self) -> None:
        """Compare what is on the disk with what the users know."""
        now, there = datetime.now(UTC), set(self.rig.portal.task_ids())
        for task_id in self.tokens.keys() - self.deleted - self._left:
            if task_id not in there:
                self._gone(task_id, now)
                continue
            record = self.rig.record(task_id)
            if not record.status.is_final:
                self.ended.pop(task_id, None)
                continue
            assert record.completion_time is not None
            self.ended[task_id] = record.completion_time
            if now - record.completion_time > timedelta(days=KEPT_DAYS) + LATE:
                self.wrong.append(f"{task_id} is still there {now - record.completion_time} after its end")
            if task_id in self.cancelled and record.status is TaskStatus.COMPLETED:
                self.cancelled.discard(task_id)  # its end was on the disk before the wish
        for task_id in self.deleted & there:
            if task_id not in self.rig.poller.live:
                self.wrong.append(f"{task_id} was deleted by its user and is still there")

    def _gone(self, task_id: str, now: datetime) -> None:
        ended = self.ended.get(task_id)
        if ended is None:
            self.wrong.append(f"{task_id} is gone, and nobody saw it end")
        elif now - ended < timedelta(days=KEPT_DAYS):
            self.wrong.append(f"{task_id} was removed {now - ended} after its end")
        self._left.add(task_id)
        self.seen["expired"] += 1

    def finish(self) -> None:
        """Let everything end that was accepted, then check what became of it."""
        for hour in range(72):
            if not self.rig.poller.live and not self._to_come:
                break
            for _ in range(3600 // STEP_S):
                self.step()
            self.look()
            self.seen["hours after the week until all had ended"] = hour + 1
        self.wrong += [f"{task_id} has not ended" for task_id in sorted(self.rig.poller.live)]
        self.wrong += [f"{name} was submitted again while it was known" for name in self.cluster.twice]
        again = [key for key, times in self.cluster.worked.items() if times > 1]
        self.wrong += [f"{key} did its work more than once" for key in again]


def _resident_mb() -> float:
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> int:
    """Run the week; exit code 1 if anything went wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.week")
    parser.add_argument("tasks", nargs="?", type=int, default=5000)
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    memory = Path("/dev/shm")  # noqa: S108 - nothing is kept there
    began, resident = time.perf_counter(), []
    with (
        tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder,
        time_machine.travel(datetime.now(UTC), tick=False) as time_of,
    ):
        week = Week(Path(folder), asked.tasks, asked.days, asked.seed, time_of)
        clock_mark.uptime_s = lambda: week.rig.clock.now
        steps_a_day = 86400 // STEP_S
        for day in range(asked.days):
            for step in range(steps_a_day):
                week.step()
                if step % 12 == 0:
                    week.look()
            happens = {1: week.wrong_clock, 2: week.upgrade_and_back, 4: week.move_house}.get(day)
            if happens is not None:
                happens()
            resident.append(_resident_mb())
        week.finish()
    took_s = time.perf_counter() - began
    for what, count in sorted(week.seen.items()):
        print(f"{what:<28}{count:>8,}")
    print(f"{'jobs that did their work':<28}{week.cluster.worked.total():>8,}")
    print(f"{'memory, MB, day by day':<28}{' '.join(f'{size:.0f}' for size in resident)}")
    print(f"{'took, s':<28}{took_s:>8.0f}")
    grown = resident[-1] / resident[1] if len(resident) > 2 else 1.0
    if grown > 1.25:
        week.wrong.append(f"memory has grown to {grown:.2f} times that of the second day")
    for line in week.wrong[:40]:
        print(f"WRONG {line}")
    print(f"{len(week.wrong)} wrong")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    facts = {"seen": week.seen, "resident_mb": resident, "took_s": took_s, "wrong": week.wrong}
    RESULT.write_text(json.dumps(facts, indent=1) + "\n")
    return 1 if week.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
