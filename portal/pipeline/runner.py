"""Run stages in sequence inside a job: prerequisites, progress, log, outputs, sentinel.

A stage that has already succeeded (by its sentinel, with all files present) is not run again.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import logging
import os
import resource
import shutil
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from portal.domain.errors import (
    InvalidInput,
    PortalError,
    StageError,
    StorageFull,
    Unreadable,
)
from portal.domain.logs import TextFormatter
from portal.domain.message import Message, params_to_json
from portal.domain.status import STAGE_ORDER, FailureKind, PipelineStage
from portal.files.atomic import fsync_folder
from portal.files.plan import Plan
from portal.files.reports import OutputFile, Sentinel, StageProgress, StageUsage, utc_now
from portal.files.taskdir import StageDir, TaskDir, is_safe_name
from portal.pipeline.byte_budget import BudgetWatch, ByteBudget
from portal.pipeline.interrupt import Interrupted, Stopped
from portal.pipeline.stage import Stage, StageContext, StageResult
from portal.pipeline.stages import load_stage

_PROGRESS_EVERY_S = 0.4
log = logging.getLogger("portal.pipeline")


class ProgressFile:
    """Writes a stage's progress to its file, at a limited rate and never backwards."""

    def __init__(self, stage: PipelineStage, path: Path) -> None:
        self._path = path
        self._written = float("-inf")
        self._state = StageProgress(stage, 0.0, "", utc_now(), utc_now())
        self._state.write(path)

    def __call__(self, fraction: float, message: Message | None = None) -> None:
        fraction = max(self._state.fraction, min(1.0, fraction))
        if message is not None and str(message) != self._state.message:
            log.info("%3d %% %s", int(fraction * 100), message)
            params = params_to_json(message.params)
            self._state = replace(self._state, message=str(message), code=message.code, params=params)
        self._state = replace(self._state, fraction=fraction, updated_at=utc_now())
        if time.monotonic() - self._written >= _PROGRESS_EVERY_S or fraction == 1.0:
            self._written = time.monotonic()
            # Progress is not essential: a full disk must not end a stage that still has room for its result.
            with contextlib.suppress(OSError, StorageFull):
                self._state.write(self._path)


@contextlib.contextmanager
def _stage_log(path: Path) -> Iterator[None]:
    """Send all log messages of the stage to its file."""
    handler = logging.FileHandler(path, encoding="utf-8")
    # These lines contain contig names, which must not break them.
    handler.setFormatter(TextFormatter(""))
    # Informational messages of libraries (fonts, pictures) do not help users; their warnings may.
    handler.addFilter(lambda record: record.name.startswith("portal") or record.levelno >= logging.WARNING)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0  # the first stage reports that it is missing


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _collect(result: StageResult, out: Path) -> tuple[OutputFile, ...]:
    """Name, measure and hash the outputs, and make them durable before they are reported."""
    outputs = []
    for name in result.outputs:
        path = out / name
        if not is_safe_name(name) or not path.is_file():
            raise StageError(Message("stage.promised", name=name), kind=FailureKind.OUTPUT_MISSING)
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        outputs.append(OutputFile(name, path.stat().st_size, _sha256(path)))
    fsync_folder(out)
    return tuple(outputs)


def cpu_s() -> float:
    """Return the CPU seconds of this process and its children so far; source: getrusage(2)."""
    parts = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(part.ru_utime + part.ru_stime for part in parts)


def _usage(before_s: float) -> StageUsage:
    """Return CPU seconds beyond `before_s`, and peak memory (bytes), of this process and its children so far."""
    parts = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return StageUsage(round(max(0.0, cpu_s() - before_s), 3), max(part.ru_maxrss for part in parts) * 1024)


def as_failure(error: BaseException) -> StageError:
    """Return an exception as a stage failure with a kind."""
    if isinstance(error, Interrupted):
        return error.stopped
    if isinstance(error, StageError):
        return error
    if isinstance(error, InvalidInput):
        return StageError(error.message, kind=FailureKind.INVALID_INPUT)
    if isinstance(error, StorageFull) or (isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)):
        return StageError(Message("stage.disk_full"), kind=FailureKind.DISK_FULL)
    if isinstance(error, MemoryError):
        return StageError(Message("stage.out_of_memory"), kind=FailureKind.OUT_OF_MEMORY)
    if isinstance(error, PortalError):
        return StageError(error.message)
    return StageError(Message("stage.internal", error=type(error).__name__))


class StageRunner:
    """Runs the stages of one attempt for one job.

    `cores` is what the job may use; the smaller of it and the plan's threads applies. `check` raises if the job was
    told to end and a stage has not noticed. `cpu_before_s` is CPU time that the process used for other tasks. `budget`
    depends on the size of the genome by default.
    """

    def __init__(
        self,
        task: TaskDir,
        plan: Plan,
        *,
        job_id: str,
        cores: int,
        load: Callable[[PipelineStage], Stage] = load_stage,
        check: Callable[[], None] = lambda: None,
        cpu_before_s: float = 0.0,
        budget: ByteBudget | None = None,
    ) -> None:
        self._task = task
        self._plan = plan
        self._job_id = job_id
        self._threads = max(1, min(plan.threads, cores))
        self._cores = cores
        self._load = load
        self._check = check
        self._cpu_before_s = cpu_before_s
        self._budget = budget or ByteBudget.of(_size(task.genome))

    def folder(self, stage: PipelineStage) -> StageDir:
        """Return the folder of a stage: in this attempt, or in the one whose result is reused."""
        number = self._plan.reuse.get(stage, self._plan.attempt)
        return self._task.attempt(number).stage(stage)

    def verify(self, stage: PipelineStage) -> Sentinel | None:
        """Return the sentinel of a stage that succeeded and has all its files, else None."""
        folder = self.folder(stage)
        try:
            sentinel = Sentinel.read(folder.sentinel)
        except Unreadable:
            return None
        if sentinel is None or not sentinel.succeeded or sentinel.missing_outputs(folder.out):
            return None
        return sentinel

    def run(self, stages: tuple[PipelineStage, ...]) -> None:
        """Run the stages in pipeline order.

        Raises:
            StageError: a stage failed; its sentinel records it too.
        """
        for stage in stages:
            if self.verify(stage) is None:
                self._run_stage(stage)

    def _run_stage(self, stage: PipelineStage) -> None:
        folder = self.folder(stage)
        # Incomplete files of an earlier run must not end up among the outputs.
        for path in (folder.out, folder.work):
            shutil.rmtree(path, ignore_errors=True)
            path.mkdir(parents=True)
        folder.sentinel.unlink(missing_ok=True)
        started_at = utc_now()
        with _stage_log(folder.log):
            log.info("stage %s of task %s, attempt %d", stage, self._plan.task_id, self._plan.attempt)
            if self._cores < self._plan.threads:
                log.warning("%d cores asked for, %d usable", self._plan.threads, self._cores)
            try:
                progress = ProgressFile(stage, folder.progress)
                with self._budget.bounding_files():
                    result = self._work(stage, folder, progress)
                outputs = _collect(result, folder.out)
                progress(1.0, Message("progress.done"))
            except BaseException as error:
                failure = as_failure(error)
                if not isinstance(error, PortalError | Interrupted):
                    log.error("%s", traceback.format_exc())
                log.error("failed (%s): %s", failure.kind, failure)
                self._write_failure(stage, folder, started_at, failure)
                if isinstance(error, Exception | Interrupted):
                    raise failure from error
                raise
            finally:
                shutil.rmtree(folder.work, ignore_errors=True)
            Sentinel(
                stage,
                0,
                self._job_id,
                started_at,
                utc_now(),
                outputs,
                dict(result.summary),
                usage=_usage(self._cpu_before_s),
            ).write(folder.sentinel)
            log.info("done: %d files", len(outputs))

    def _work(self, stage: PipelineStage, folder: StageDir, progress: ProgressFile) -> StageResult:
        before = STAGE_ORDER[: STAGE_ORDER.index(stage)]
        missing = [earlier.value for earlier in before if self.verify(earlier) is None]
        if missing:
            raise StageError(Message("stage.earlier_missing", stages=missing), kind=FailureKind.OUTPUT_MISSING)

        watch = BudgetWatch(self._budget, folder.out, folder.work)

        def report(fraction: float, message: Message | None = None) -> None:
            self._check()
            watch.look()
            progress(fraction, message)

        context = StageContext(
            task_id=self._plan.task_id,
            strain=self._plan.strain,
            display_name=self._plan.display_name,
            genome=self._task.genome,
            out_dir=folder.out,
            work_dir=folder.work,
            results={earlier: self.folder(earlier).out for earlier in before},
            parameters=self._plan.parameters,
            threads=self._threads,
            lang=self._plan.lang,
            submission_time=self._plan.submission_time,
            facts=self._plan.facts,
            report=report,
        )
        implementation = self._load(stage)
        lacking = implementation.check_prerequisites(context)
        if lacking:
            raise StageError(Message("stage.lacking", problems=lacking), kind=FailureKind.NOT_CONFIGURED)
        result = implementation.run(context)
        self._check()
        watch.look(at_once=True)
        return result

    def _write_failure(self, stage: PipelineStage, folder: StageDir, started_at: datetime, failure: StageError) -> None:
        sentinel = Sentinel(
            stage,
            exit_code=2 if isinstance(failure, Stopped) else 1,
            job_id=self._job_id,
            started_at=started_at,
            ended_at=utc_now(),
            failure_kind=failure.kind,
            message=str(failure),
            code=failure.message.code,
            params=params_to_json(failure.message.params),
            usage=_usage(self._cpu_before_s),
        )
        # On a full disk even this may fail; the poller then sees that the job ended without a sentinel.
        with contextlib.suppress(OSError, StorageFull):
            sentinel.write(folder.sentinel)
