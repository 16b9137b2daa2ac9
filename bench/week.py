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
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine

from portal.domain.errors import PortalError, TooManyRequests
from portal.domain.status import STAGE_ORDER, FailureKind, PipelineStage, TaskStatus
from portal.files import clock_mark
from portal.files.reports import Sentinel, StageProgress, utc_now
from portal.files.site import FOLDER_FORMAT
from portal.files.taskdir import PortalDir
from portal.upkeep.backup import make_backup, restore
from portal.upkeep.fsck import check_folder
from portal.upkeep.steps import FormatStep, walk
from slurm.complaint import verbatim
from slurm.errors import SubmitUncertain
from slurm.types import JobInfo, JobSpec, JobState
from tests.e2e.site import ROOT
from tests.fake_scheduler import FakeScheduler
from tests.unit.poller_rig import Rig

RESULT = ROOT / "var" / "bench" / "week.json"
STEP_S = 300
SLOTS = 80
NODES = 6
KEPT_DAYS = 2
# One round over all tasks takes several cycles, and expired tasks then go one after the other.
LATE = timedelta(hours=8)
_JOB = re.compile(r"bt-(?P<task>\w+)-(?P<stage>digger|shoter)-a(?P<attempt>\d+)")
_STAGES = {"digger": STAGE_ORDER[:1], "shoter": STAGE_ORDER[1:]}
_ENDINGS = {
    "well": 860, "tool": 30, "node": 30, "time": 10, "memory": 15, "vanishes": 15, "never begins": 25, "restarts": 15,
}  # fmt: skip


class Killed(BaseException):
    """The process ends here, whatever it was doing."""


class Cluster(FakeScheduler):
    """Nodes with slots on which jobs run for a while and end in one way or another."""

    def __init__(self, dice: random.Random) -> None:
        super().__init__(lambda: datetime.now(UTC))
        self._dice = dice
        self.twice: list[str] = []
        self.worked: Counter[tuple[str, int, str]] = Counter()  # times that a job did its work
        self.taken: Counter[str] = Counter()
        self._ends: dict[str, datetime] = {}
        self._by_name: dict[str, JobSpec] = {}

    def submit(self, spec: JobSpec) -> str:
        before = self.jobs.get(spec.name)
        # One that ended without a claim did nothing, and counts as nobody.
        if before is not None and not (before.state.is_over and not spec.claim.exists()):
            self.twice.append(spec.name)
        self._by_name[spec.name] = spec
        fate = self._dice.random()
        if fate < 0.005:
            self._by_name.pop(spec.name)
            raise SubmitUncertain(verbatim("the answer was lost, and the request too"))
        job_id = super().submit(spec)
        self.taken[spec.name] += 1
        if fate < 0.015:
            raise SubmitUncertain(verbatim("the answer was lost"))
        return job_id

    def add(self, name: str) -> JobInfo:
        self._number = getattr(self, "_number", 0) + 1
        job = JobInfo(str(self._number), name, JobState.PENDING, raw_state="PENDING", submit_time=self.now())
        self.jobs[name] = job
        return job

    def pass_time(self) -> None:
        """Begin jobs on free slots and end those whose time has come; forget the oldest."""
        now = self.now()
        for name, job in list(self.jobs.items()):
            if job.state is JobState.RUNNING and self._ends[name] <= now:
                self._end(name)
        free = SLOTS - sum(job.state is JobState.RUNNING for job in self.jobs.values())
        for name, job in list(self.jobs.items()):
            if job.state is JobState.PENDING and free and self._may_begin(name):
                free -= self._begin(name)
        for name, job in list(self.jobs.items()):
            if job.state.is_over and job.end_time is not None and now - job.end_time > timedelta(days=1):
                del self.jobs[name]
                self._by_name.pop(name, None)
        self.specs = [spec for spec in self.specs if spec.name in self.jobs]

    def _may_begin(self, name: str) -> bool:
        """Tell whether a job depends on nothing any more; one that can never begin is cancelled, as SLURM does."""
        if "-shoter-" not in name:
            return True
        first = self.jobs.get(name.replace("-shoter-", "-digger-"))
        if first is None or first.state is JobState.COMPLETED:
            return True
        if first.state.is_over:
            self.move(name, JobState.CANCELLED, reason="DependencyNeverSatisfied")
        return False

    def _begin(self, name: str) -> bool:
        node = f"n{self._dice.randrange(NODES)}"
        ending = self._dice.choices(list(_ENDINGS), list(_ENDINGS.values()))[0]
        spec = self._by_name[name]
        if ending == "never begins":
            self.move(name, JobState.FAILED, node=node, exit_code=127, reason="NonZeroExitCode")
            return False
        if spec.claim.parent.is_dir() and not spec.claim.exists():
            self.claim(name)
        elif not spec.claim.exists():  # its folder has been deleted
            self.move(name, JobState.FAILED, node=node, exit_code=1)
            return False
        self.move(name, JobState.RUNNING, node=node, start_time=self.now())
        self._ends[name] = self.now() + timedelta(minutes=self._dice.randrange(5, 60))
        return True

    def _end(self, name: str) -> None:
        del self._ends[name]
        ending = self._dice.choices(list(_ENDINGS), list(_ENDINGS.values()))[0]
        spec = self._by_name[name]
        claimed = json.loads(spec.claim.read_text())["job_id"] if spec.claim.exists() else ""
        if claimed != self.jobs[name].job_id or not spec.claim.parent.is_dir():
            self.move(name, JobState.FAILED, exit_code=1)
        elif ending in ("well", "never begins"):
            self._work(name, spec)
            self.move(name, JobState.COMPLETED, exit_code=0)
        elif ending == "tool":
            stage = _STAGES[_named(name)[2]][0]
            self._report(spec, stage, FailureKind.TOOL_ERROR)
            self.move(name, JobState.FAILED, exit_code=1)
        elif ending == "vanishes":
            del self.jobs[name]
        else:
            state = {"node": JobState.NODE_FAIL, "time": JobState.TIMEOUT, "memory": JobState.OUT_OF_MEMORY}
            self.move(name, state.get(ending, JobState.PREEMPTED))

    def _work(self, name: str, spec: JobSpec) -> None:
        self.worked[_named(name)] += 1
        for stage in _STAGES[_named(name)[2]]:
            self._report(spec, stage, None)

    def _report(self, spec: JobSpec, stage: PipelineStage, failure: FailureKind | None) -> None:
        attempt = PortalDir(spec.claim.parents[5]).task(_named(spec.name)[0]).attempt(_named(spec.name)[1])
        folder = attempt.stage(stage)
        folder.out.mkdir(parents=True, exist_ok=True)
        code = 0 if failure is None else 1
        StageProgress(stage, 1.0, "", utc_now(), utc_now()).write(folder.progress)
        Sentinel(stage, code, self.jobs[spec.name].job_id, utc_now(), utc_now(), failure_kind=failure).write(
            folder.sentinel
        )


def _named(name: str) -> tuple[str, int, str]:
    found = _JOB.fullmatch(name)
    assert found is not None, name
    return found["task"], int(found["attempt"]), found["stage"]


class Faults:
    """Ends the poller between two changes of the disk, once armed."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._left: int | None = None

    def arm(self) -> None:
        self._left = self._dice.randrange(1, 60)

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Count changes of the disk while armed."""
        real = {name: getattr(os, name) for name in ("replace", "rename", "link", "unlink", "mkdir")}

        def counted(act: Callable[..., Any]) -> Callable[..., Any]:
            def change(*words: Any, **more: Any) -> Any:
                if self._left is not None:
                    self._left -= 1
                    if self._left < 0:
                        self._left = None
                        if self._dice.random() < 0.5:
                            act(*words, **more)
                        raise Killed
                return act(*words, **more)

            return change

        for name, act in real.items():
            setattr(os, name, counted(act))
        try:
            yield
        finally:
            self._left = None
            for name, act in real.items():
                setattr(os, name, act)


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
