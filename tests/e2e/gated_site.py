"""A portal on the private cluster whose stages a test can hold, and the hands of an admin on that cluster."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from portal.domain.status import PipelineStage, TaskStatus
from portal.domain.task import TaskMeta
from tests.e2e.site import ROOT, Site

T = TypeVar("T")
GENOME = ">contig1\n" + "ACGTTGCAAC" * 200 + "\n"


def wait_for(look: Callable[[], T | None], *, timeout_s: float = 90, what: str = "") -> T:
    """Return what `look` returns as soon as it is true."""
    end = time.monotonic() + timeout_s
    while True:
        seen = look()
        if seen:
            return seen
        assert time.monotonic() < end, f"not within {timeout_s:g} s: {what or look}"
        time.sleep(0.1)


class GatedSite(Site):
    """Stages wait at gates: `hold` closes one for all tasks of the site, `let_go` opens it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        references = folder / "references"
        references.mkdir(exist_ok=True)
        super().__init__(folder, references, **{"JOB_SETUP": f"export PYTHONPATH={ROOT}", **settings})
        self.genome = folder / "strain.fna"
        self.genome.write_text(GENOME)
        self.program = "tests.e2e.gated_poller"

    def start_poller(self, **variables: str) -> None:
        with self.log.open("ab") as log:
            self.poller = subprocess.Popen(
                [sys.executable, "-m", self.program],
                env={**self.environment(), **variables},
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )

    def hold(self, *stages: str) -> None:
        for stage in stages:
            (self.folder / f"hold-{stage}").touch()

    def let_go(self, *stages: str) -> None:
        for stage in stages:
            (self.folder / f"hold-{stage}").unlink(missing_ok=True)

    def fail(self, stage: str, kind: str) -> None:
        (self.folder / f"fail-{stage}").write_text(kind)

    def new_task(self, **more: Any) -> str:
        return self.submit(self.genome, **more).task_id

    def wait_stage(self, task_id: str, stage: str, *, timeout_s: float = 60) -> TaskMeta:
        """Return the record once that stage is at work."""

        def at_work(task: TaskMeta) -> bool:
            assert not task.status.is_final, f"ended before {stage}: {task.error_message}"
            return task.status is TaskStatus.RUNNING and task.stage(PipelineStage(stage)).state == "running"

        return self.wait(task_id, at_work, timeout_s=timeout_s)

    def runs(self, task_id: str) -> dict[str, int]:
        """Return how often each stage ran, over all attempts."""
        return {stage: self.stage_runs(task_id, stage) for stage in ("digger", "shoter", "plots", "bundle")}

    def heartbeat(self) -> dict[str, Any]:
        beat: dict[str, Any] = json.loads(self.portal.heartbeat.read_text())
        return beat


ONCE = {"digger": 1, "shoter": 1, "plots": 1, "bundle": 1}


class SlurmSite(GatedSite):
    """The same on the cluster that SLURM_CONF names."""

    def __init__(self, folder: Path, **settings: str) -> None:
        cluster = {
            "EXECUTOR": "slurm", "SLURM_MEM_GB": "0.5", "SLURM_ACCOUNT": "portal", "MAX_ACTIVE_PIPELINES": "20",
            "SLURM_CONF": os.environ["SLURM_CONF"],
        }  # fmt: skip
        super().__init__(folder, **{**cluster, **settings})

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop_poller()
        packs = [path.name for path in self.portal.packs.iterdir()] if self.portal.packs.is_dir() else []
        left = [job for each in (*self.portal.task_ids(), *packs) for job in self.jobs_of(each, living=True)]
        if left:
            self.run("scancel", *left)

    def run(self, *argv: str, check: bool = True) -> str:
        """Run a command of SLURM's as an admin would."""
        done = subprocess.run(
            argv, env=self.environment(), cwd=self.folder, capture_output=True, text=True, timeout=40, check=False
        )
        assert not check or done.returncode == 0, f"{argv}: {done.stderr}"
        return done.stdout

    def jobs_of(self, task_id: str, *, living: bool = False) -> list[str]:
        """Return the ids of the jobs of a task, or of a pack, that slurmctld knows, the oldest first."""
        rows = [line.split() for line in self.run("squeue", "-h", "-t", "all", "-o", "%i %T %j").splitlines()]
        over = ("COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "PREEMPTED", "OUT_OF_MEMORY")
        return sorted(
            (job for job, state, name in rows if f"-{task_id}-" in name and not (living and state in over)), key=int
        )

    def job_id(self, task_id: str, stage: str) -> str:
        """Return the id of the current attempt's job that begins with a stage."""
        attempt = self.record(task_id).attempt
        assert attempt is not None
        [job] = [job for job in attempt.jobs if job.stages[0] == stage]
        assert job.job_id is not None
        return job.job_id

    def accounted(self, task_id: str) -> list[tuple[str, str]]:
        """Return name and state of each job of a task that sacct knows."""
        names = ",".join(
            f"bt-{task_id}-{stage}-a{attempt}" for stage in ("digger", "shoter") for attempt in range(1, 5)
        )
        rows = self.run(
            "sacct", "-nPX", "--duplicates", "-Snow-2hours", "-Enow+1day", "--name", names, "-oJobName%60,State"
        ).splitlines()
        return [(name, state) for name, state in (row.split("|") for row in rows)]

    def sbatch_wrapper(self, script: str) -> str:
        """Put a script before sbatch and return the PATH that makes it so; {sbatch} is the real one."""
        return self.wrapper("sbatch", script)

    def wrapper(self, name: str, script: str) -> str:
        """Put a script before a command and return the PATH that makes it so; {name} is the real command."""
        real = self.run("which", name).strip()
        program = self.folder / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text("#!/bin/bash\n" + script.replace("{" + name + "}", real) + "\n")
        program.chmod(0o755)
        return f"{program.parent}:{os.environ['PATH']}"
