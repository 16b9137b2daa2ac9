"""The cluster of `bench.week` in memory, and the ends of the poller between two changes of the disk."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.domain.status import STAGE_ORDER, FailureKind, PipelineStage
from portal.files.reports import Sentinel, StageProgress, utc_now
from portal.files.taskdir import PortalDir
from slurm.complaint import verbatim
from slurm.errors import SubmitUncertain
from slurm.types import JobInfo, JobSpec, JobState
from tests.fake_scheduler import FakeScheduler

SLOTS = 80
NODES = 6
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
