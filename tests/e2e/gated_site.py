"""A portal on the private cluster whose stages a test can hold, and the hands of an admin on that cluster."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

from portal.domain.status import PipelineStage, TaskStatus
from portal.domain.task import TaskMeta
from tests.e2e.site import ROOT, Site
from tests.waiting import PATIENCE_S, wait_for

__all__ = ["ONCE", "GatedSite", "SlurmSite", "wait_for"]

GENOME = ">contig1\n" + "ACGTTGCAAC" * 200 + "\n"


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
        self.launch(self.program, **variables)

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

    def wait_stage(self, task_id: str, stage: str, *, timeout_s: float = PATIENCE_S) -> TaskMeta:
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
        self.end_pollers()
        packs = [path.name for path in self.portal.packs.iterdir()] if self.portal.packs.is_dir() else []
        left = [job for each in (*self.portal.task_ids(), *packs) for job in self.jobs_of(each, living=True)]
        if left:
            self.run("scancel", *left)

    def run(self, *argv: str, check: bool = True) -> str:
        """Run a command of SLURM's as an admin would."""
        done = subprocess.run(
            argv, env=self.environment(), cwd=self.folder, capture_output=True, text=True, timeout=100, check=False
        )
        assert not check or done.returncode == 0, f"{argv}: {done.stderr}"
        return done.stdout

    def jobs_of(self, task_id: str, *, living: bool = False) -> list[str]:
        """Return the ids of the jobs of a task, or of a pack, that slurmctld knows, the oldest first."""
        over = ("COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "PREEMPTED", "OUT_OF_MEMORY")
        return sorted(
            (job for job, state, name in self.queue() if f"-{task_id}-" in name and not (living and state in over)),
            key=int,
        )

    def queue(self) -> list[tuple[str, str, str]]:
        """Return id, state and name of each job of a portal that slurmctld knows; others' names may hold anything."""
        rows = [line.split() for line in self.run("squeue", "-h", "-t", "all", "-o", "%i %T %j").splitlines()]
        return [(row[0], row[1], row[2]) for row in rows if len(row) == 3 and row[2].startswith("bt-")]

    def job_id(self, task_id: str, stage: str) -> str:
        """Return the id of the current attempt's job that begins with a stage, once the record has it."""

        def found() -> str | None:
            attempt = self.record(task_id).attempt
            jobs = attempt.jobs if attempt is not None else ()
            return next((job.job_id for job in jobs if job.stages[0] == stage), None)

        return wait_for(found, what=f"the id of the job of {stage}")

    def accounted(self, task_id: str) -> list[tuple[str, str]]:
        """Return name and state of each job of a task that sacct knows."""
        names = ",".join(
            f"bt-{task_id}-{stage}-a{attempt}" for stage in ("digger", "shoter") for attempt in range(1, 5)
        )
        rows = self.run(
            "sacct", "-nPX", "--duplicates", "-Snow-2hours", "-Enow+1day", "--name", names, "-oJobName%60,State"
        ).splitlines()
        return [(name, state) for name, state in (row.split("|") for row in rows)]

    def wait_accounted(self, task_id: str, stage: str, state: str) -> None:
        """Wait until sacct has the state of a first attempt's job; it follows slurmctld by seconds."""
        row = (f"bt-{task_id}-{stage}-a1", state)
        wait_for(lambda: row in self.accounted(task_id), what=f"{row} in the accounts")

    def wait_no_job(self, *task_ids: str) -> None:
        """Wait until no job of these tasks lives; scancel asks, and slurmctld takes its time."""
        wait_for(lambda: not any(self.jobs_of(each, living=True) for each in task_ids), what="no job is left")

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
