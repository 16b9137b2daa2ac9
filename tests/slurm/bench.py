"""The hands of the tests: specifications with names of their own, and waiting with a limit."""

from __future__ import annotations

import os
import stat
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from slurm.errors import SchedulerUnavailable, SubmitUncertain
from slurm.lookup import bearers
from slurm.options import SlurmOptions
from slurm.scheduler import SlurmScheduler
from slurm.types import JobInfo, JobSpec, JobState
from tests.slurm import jobs
from tests.waiting import PATIENCE_S, wait_for

__all__ = ["ROOT", "Bench", "put_first_in_path", "wait_for"]

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Bench:
    """Makes schedulers and jobs below one folder of the test."""

    folder: Path
    since: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(seconds=2))

    def scheduler(self, **options: Any) -> SlurmScheduler:
        """Return a scheduler; the jobs of these tests find the tests' own modules by PYTHONPATH."""
        return SlurmScheduler(SlurmOptions(setup=(f"export PYTHONPATH={ROOT}",), **options))

    def spec(self, function: Callable[..., Any], *arguments: str | int, **changes: Any) -> JobSpec:
        """Return a job of one core and one minute under a name that nobody else has."""
        task_id = uuid.uuid4().hex[:12]
        folder = self.folder / task_id
        spec = JobSpec(
            name=f"bt-{task_id}-digger-a1",
            comment=f"task={task_id} stage=digger attempt=1",
            folder=folder / "submitit",
            claim=folder / "claim",
            function=function,
            arguments=arguments,
            cpus=1,
            time_limit_s=60,
        )
        folder.mkdir()
        return replace(spec, **changes)

    def working(self, seconds: int = 0, **changes: Any) -> JobSpec:
        """Return a job that claims its stage and adds a line to `runs_of(spec)`."""
        spec = self.spec(jobs.work, **changes)
        return replace(spec, arguments=(str(spec.claim), str(spec.claim.with_name("runs")), seconds))

    def until_told(self, **changes: Any) -> tuple[JobSpec, Path]:
        """Return the same that works until a file is there, and that file's path."""
        spec = self.spec(jobs.work_until, **changes)
        go = spec.claim.with_name("go")
        return replace(spec, arguments=(str(spec.claim), str(spec.claim.with_name("runs")), str(go))), go

    def runs_of(self, spec: JobSpec) -> list[str]:
        """Return the ids of the jobs that did the work of a stage."""
        runs = spec.claim.with_name("runs")
        return runs.read_text().split() if runs.exists() else []

    def find(self, scheduler: SlurmScheduler, spec: JobSpec) -> tuple[JobInfo, ...]:
        """Return who bears the name of a job whose submission got no answer."""
        snapshot = scheduler.snapshot({spec.name: (self.since, spec.claim)})
        if not snapshot.known:
            raise SchedulerUnavailable(snapshot.alarms[0])
        return bearers(spec.name, snapshot.of(spec.name), spec.claim)

    def jobs_of(self, scheduler: SlurmScheduler, spec: JobSpec) -> tuple[JobInfo, ...]:
        """Return all jobs of a name, also those that found the claim taken."""
        return scheduler.snapshot({spec.name: (self.since, spec.claim)}).of(spec.name)

    def accounted(self, scheduler: SlurmScheduler, spec: JobSpec) -> JobInfo | None:
        """Return what the accounts say of a job by now."""
        jobs = scheduler._sacct([spec.name], self.since)
        return jobs[-1] if jobs else None

    def wait_state(
        self, scheduler: SlurmScheduler, spec: JobSpec, *states: JobState, timeout_s: float = PATIENCE_S
    ) -> JobInfo:
        """Return the job as soon as the last one of its name is in one of these states."""

        def look() -> JobInfo | None:
            snapshot = scheduler.snapshot({spec.name: (self.since, spec.claim)})
            found = snapshot.of(spec.name)
            return found[-1] if found and found[-1].state in states else None

        return wait_for(look, timeout_s=timeout_s, what=f"{spec.name} in {states}")

    def submit_or_adopt(self, scheduler: SlurmScheduler, spec: JobSpec) -> str:
        """Do what the portal does: submit; after an uncertain answer look the job up, and only then submit again."""
        while True:
            try:
                return scheduler.submit(spec)
            except SubmitUncertain:
                if found := self.find_patiently(scheduler, spec):
                    scheduler.adopt(spec, found[0].job_id)
                    return found[0].job_id

    def find_patiently(self, scheduler: SlurmScheduler, spec: JobSpec) -> tuple[JobInfo, ...]:
        while True:
            try:
                return self.find(scheduler, spec)
            except SchedulerUnavailable:
                time.sleep(0.5)


def put_first_in_path(folder: Path, name: str, script: str) -> str:
    """Write a command that is found before the real one, and return the PATH that makes it so."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / name
    program.write_text("#!/bin/bash\n" + script)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return f"{folder}:{os.environ['PATH']}"
