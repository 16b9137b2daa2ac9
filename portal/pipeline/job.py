"""The function that a job calls: claim the attempt's stages, run them, say how it ended.

Imports little, so that a job on a compute node starts in milliseconds; see bench/job_start.py.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

from portal.domain.errors import StageError, StorageFull, Unreadable
from portal.domain.jobs import EXIT_COMPLETED, EXIT_FAILED, EXIT_STOPPED, EXIT_SUPERSEDED
from portal.domain.status import STAGE_ORDER, FailureKind, PipelineStage
from portal.files.plan import Plan
from portal.files.reports import Claim, JobExit, Sentinel, utc_now
from portal.files.taskdir import PortalDir, TaskDir
from portal.files.wishes import ring
from portal.pipeline.interrupt import Interrupted, StopSignals
from portal.pipeline.runner import StageRunner

# How long a file that another node wrote may take to show on a shared file system.
SHARED_DISK_LAG_S = 20.0


def current_job_id() -> str:
    """Return the id that the scheduler knows this job by."""
    return os.environ.get("SLURM_JOB_ID") or os.environ.get("SUBMITIT_LOCAL_JOB_ID") or str(os.getpid())


def usable_cores() -> int:
    """Return the number of cores that this process may run on."""
    cores = len(os.sched_getaffinity(0))
    asked = os.environ.get("SLURM_CPUS_PER_TASK", "")
    return min(cores, int(asked)) if asked.isdigit() and int(asked) > 0 else cores


def run_job(task_path: str, attempt: int, job_name: str) -> int:
    """Run one job of an attempt and return its exit code; a code other than 0 also ends the process with it.

    0: all stages ended well. 1: a stage failed. 2: told to end, or out of time. 75: another job owns the stages.
    """
    code = _run(TaskDir(Path(task_path)), attempt, job_name)
    if code:
        # submitit would report a returned number as success; the scheduler must see the failure.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    return code


def _run(task: TaskDir, attempt: int, job_name: str) -> int:
    folder = task.attempt(attempt)
    plan = Plan.read(folder.plan)
    job = plan.job(job_name)
    job_dir = folder.job(job.stages[0])
    job_id = current_job_id()
    if not Claim.take(job_dir.claim, job_id):
        JobExit(EXIT_SUPERSEDED, utc_now(), "superseded").write(job_dir.path / f"superseded-{job_id}.json")
        with contextlib.suppress(OSError, StorageFull):
            ring_for(task)
        print(f"another job runs {job_name}; this one ({job_id}) ends", flush=True)
        return EXIT_SUPERSEDED
    code, reason = EXIT_COMPLETED, "completed"
    try:
        with StopSignals(_time_left(task, plan, job.stages)) as signals:
            runner = StageRunner(task, plan, job_id=job_id, cores=usable_cores(), check=signals.check)
            try:
                _await_earlier(runner, job.stages)
                runner.run(job.stages)
            except StageError as error:
                code, reason = (EXIT_STOPPED if signals.reason else EXIT_FAILED), error.kind.value
            except Interrupted as interrupted:  # between two stages
                code, reason = EXIT_STOPPED, interrupted.stopped.kind.value
    finally:
        with contextlib.suppress(OSError, StorageFull):
            JobExit(code, utc_now(), reason).write(job_dir.exit)
        with contextlib.suppress(OSError, StorageFull):
            ring_for(task)
    return code


def ring_for(task: TaskDir) -> None:
    """Wake the poller through the file system; where that fails it sees the sentinel a cycle later."""
    ring(PortalDir(task.path.parent), task.path.name)


def _time_left(task: TaskDir, plan: Plan, stages: tuple[PipelineStage, ...]) -> float:
    """Return the seconds of the task's running time that earlier jobs of this attempt left over."""
    used = 0.0
    for job in plan.jobs:
        if job.stages == stages:
            break
        for stage in job.stages:
            with contextlib.suppress(Unreadable):
                sentinel = Sentinel.read(task.attempt(plan.attempt).stage(stage).sentinel)
                if sentinel is not None:
                    used += max(0.0, (sentinel.ended_at - sentinel.started_at).total_seconds())
    return max(1.0, plan.time_limit_s - used)


def _await_earlier(runner: StageRunner, stages: tuple[PipelineStage, ...]) -> None:
    """Wait a bounded time for the results of earlier jobs, then insist on them.

    A dependency on a job that the scheduler has purged counts as fulfilled, so that this is looked at here.
    """
    earlier = STAGE_ORDER[: STAGE_ORDER.index(stages[0])]
    deadline = time.monotonic() + SHARED_DISK_LAG_S
    while missing := [stage.value for stage in earlier if runner.verify(stage) is None]:
        if time.monotonic() > deadline:
            message = f"The results of {', '.join(missing)} are missing or incomplete."
            raise StageError(message, kind=FailureKind.OUTPUT_MISSING)
        time.sleep(0.5)
