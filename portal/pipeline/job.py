"""The function that a job calls: claim the attempt's stages, run them, and report how they ended.

Imports little, so that a job on a compute node starts in milliseconds; see bench/job_start.py.
"""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from portal.domain.errors import PortalError, StageError, StorageFull, Unreadable
from portal.domain.jobs import EXIT_COMPLETED, EXIT_FAILED, EXIT_STOPPED, EXIT_SUPERSEDED, exit_code_of
from portal.domain.message import Message
from portal.domain.status import STAGE_ORDER, FailureKind, PipelineStage
from portal.files.bells import ring
from portal.files.plan import Plan
from portal.files.reports import Claim, JobExit, Sentinel, utc_now
from portal.files.taskdir import PortalDir, TaskDir
from portal.pipeline.interrupt import Interrupted, StopSignals
from portal.pipeline.runner import StageRunner, as_failure, cpu_s
from portal.pipeline.sign_of_life import signs_of_life

if TYPE_CHECKING:
    from portal.pipeline.share import Share

# How long a file written by another node may take to appear on a shared file system.
SHARED_DISK_LAG_S = 20.0
# Objects between two runs of Python's garbage collector, by default 700: a job imports and builds hundreds of thousands
# of objects that live until it ends, and looking through them again and again took a tenth of its processor time.
_OBJECTS_BETWEEN_COLLECTIONS = 50_000


def current_job_id() -> str:
    """Return the scheduler's id of this job."""
    return os.environ.get("SLURM_JOB_ID") or os.environ.get("SUBMITIT_LOCAL_JOB_ID") or str(os.getpid())


def usable_cores() -> int:
    """Return the number of cores that this process may run on."""
    cores = len(os.sched_getaffinity(0))
    asked = os.environ.get("SLURM_CPUS_PER_TASK", "")
    return min(cores, int(asked)) if asked.isdigit() and int(asked) > 0 else cores


def run_job(task_path: str, attempt: int, job_name: str) -> NoReturn:
    """Run one job of an attempt, and end the process with its exit code: see `portal.domain.jobs`.

    The exit code carries the kind of failure, since on a full disk nothing else can.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    try:
        code = run_stages(TaskDir(Path(task_path)), attempt, job_name)
    except (StorageFull, OSError, MemoryError, PortalError) as error:
        traceback.print_exc()
        code = exit_code_of(as_failure(error).kind)
    leave(code)


def leave(code: int) -> NoReturn:
    """End the process with an exit code.

    submitit would report a returned number as success, and a success that it cannot record as a failure.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code)


def run_stages(task: TaskDir, attempt: int, job_name: str, *, share: Share | None = None) -> int:
    """Claim the stages of a job, run them, write the job's final state, and return the exit code.

    Raises:
        StorageFull, CorruptRecord, OSError: the job could not begin.
    """
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
        left_s, used_s = _time_left(task, plan, job.stages), 0.0 if share is None else cpu_s()
        limited = StopSignals(left_s) if share is None else share.limited(left_s, job_dir.stop)
        with signs_of_life(job_dir.claim), limited as signals:
            runner = StageRunner(
                task, plan, job_id=job_id, cores=usable_cores(), check=signals.check, cpu_before_s=used_s
            )
            try:
                _await_earlier(runner, job.stages)
                runner.run(job.stages)
            except StageError as error:
                code, reason = _code_of(error, signals), error.kind.value
            except Interrupted as interrupted:  # between two stages
                code, reason = _code_of(interrupted.stopped, signals), interrupted.stopped.kind.value
    finally:
        with contextlib.suppress(OSError, StorageFull):
            JobExit(code, utc_now(), reason).write(job_dir.exit)
        with contextlib.suppress(OSError, StorageFull):
            ring_for(task)
    return code


def _code_of(error: StageError, signals: StopSignals) -> int:
    code = exit_code_of(error.kind)
    return EXIT_STOPPED if code == EXIT_FAILED and signals.reason else code


def ring_for(task: TaskDir) -> None:
    """Wake the poller through the file system; if that fails, it sees the sentinel a cycle later."""
    ring(PortalDir(task.path.parent), task.path.name)


def _time_left(task: TaskDir, plan: Plan, stages: tuple[PipelineStage, ...]) -> float:
    """Return the seconds of the task's running time left over by earlier jobs of this attempt."""
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
    """Wait a bounded time for the results of earlier jobs, then fail if they are missing.

    A dependency on a job purged by the scheduler counts as fulfilled, so the results are checked here.
    """
    earlier = STAGE_ORDER[: STAGE_ORDER.index(stages[0])]
    deadline = time.monotonic() + SHARED_DISK_LAG_S
    while missing := [stage.value for stage in earlier if runner.verify(stage) is None]:
        if time.monotonic() > deadline:
            message = Message("stage.earlier_missing", stages=missing)
            raise StageError(message, kind=FailureKind.OUTPUT_MISSING)
        time.sleep(0.5)
