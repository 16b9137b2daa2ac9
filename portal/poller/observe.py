"""Read what a task's jobs have reported, and compute its progress."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from portal.domain.errors import CorruptRecord
from portal.domain.message import Message, params_to_json
from portal.domain.stage_record import StageRecord
from portal.domain.status import STAGE_ORDER, PipelineStage
from portal.domain.task import Attempt, JobRecord, TaskMeta
from portal.files.reports import Claim, Sentinel, StageProgress
from portal.files.safe_open import names_in
from portal.files.taskdir import AttemptDir, PortalDir, StageDir, TaskDir

# Share of a task's work in each stage, measured on genomes of 6 Mb; see docs/develop/performance.md.
STAGE_WEIGHTS: Mapping[PipelineStage, float] = {
    PipelineStage.DIGGER: 50.0,
    PipelineStage.SHOTER: 10.0,
    PipelineStage.PLOTS: 25.0,
    PipelineStage.BUNDLE: 15.0,
}


@dataclass(frozen=True)
class StageReport:
    """The files of one stage of the current attempt, or of the attempt whose results it reuses."""

    stage: PipelineStage
    progress: StageProgress | None = None
    sentinel: Sentinel | None = None
    files_ok: bool = False
    reused: bool = False

    @property
    def succeeded(self) -> bool:
        return self.sentinel is not None and self.sentinel.succeeded and self.files_ok

    @property
    def fraction(self) -> float:
        if self.succeeded:
            return 1.0
        return self.progress.fraction if self.progress else 0.0


@dataclass(frozen=True)
class Observation:
    """The reports of all stages, and the claims of all jobs (empty: a claim that cannot be read).

    `restarted` are the names of jobs that the scheduler started a second time: they found their own claim and ended.
    `pack_began` tells whether the job of the task's pack has begun its work, `stopped` whether the task was asked to
    leave it.
    """

    stages: Mapping[PipelineStage, StageReport]
    claims: Mapping[str, str] = field(default_factory=dict)  # job name -> job id
    restarted: frozenset[str] = frozenset()
    pack_began: bool = False
    stopped: bool = False

    @property
    def progress(self) -> int:
        """Percent of the whole task's work; 100 is reserved for the task's end."""
        done = sum(STAGE_WEIGHTS[stage] * report.fraction for stage, report in self.stages.items())
        return min(99, int(100 * done / sum(STAGE_WEIGHTS.values())))

    @property
    def current_stage(self) -> PipelineStage | None:
        """The first stage that has not succeeded; None if all have."""
        return next((stage for stage in STAGE_ORDER if not self.stages[stage].succeeded), None)

    @property
    def decisive(self) -> bool:
        """Tell whether the attempt only waits for the scheduler to confirm its end."""
        failed = any(report.sentinel and not report.sentinel.succeeded for report in self.stages.values())
        return failed or bool(self.restarted) or self.current_stage is None

    @property
    def begun(self) -> bool:
        """Tell whether any stage of this attempt has begun."""
        return any(report.progress or report.sentinel for report in self.stages.values() if not report.reused)

    def job_sentinel(self, job: JobRecord) -> tuple[Sentinel | None, bool]:
        """Return the decisive sentinel of a job, and whether all outputs of a successful job exist.

        The first failure decides; success is decided by the last stage, after success of all before it.
        """
        for stage in job.stages:
            sentinel = self.stages[stage].sentinel
            if sentinel is not None and not sentinel.succeeded:
                return sentinel, False
        return self.stages[job.stages[-1]].sentinel, all(self.stages[stage].files_ok for stage in job.stages)

    def stage_records(self, *, ended: bool = False) -> tuple[StageRecord, ...]:
        """Return the stages for the record; with `ended`, no stage is shown as running."""
        return tuple(_record(self.stages[stage], ended) for stage in STAGE_ORDER)


def _record(report: StageReport, ended: bool) -> StageRecord:
    start = end = None
    state = "waiting"
    said: Message | None = None
    summary: Mapping[str, Any] = {}
    if report.progress is not None:
        start = report.progress.started_at
        state = "failed" if ended else "running"
        said = report.progress.said
    if report.sentinel is not None:
        start = report.sentinel.started_at
        end = report.sentinel.ended_at
        summary = report.sentinel.summary
        said = report.sentinel.said
        state = "done" if report.sentinel.succeeded else "failed"
        if report.reused and report.sentinel.succeeded:
            state = "reused"
    return StageRecord(report.stage, state, start, end, **_said(said), summary=summary)


def _said(message: Message | None) -> dict[str, Any]:
    """Return the fields of a stage's record for a message."""
    if message is None:
        return {}
    return {"message": str(message), "code": message.code, "params": params_to_json(message.params)}


def _read_stage(folder: StageDir, stage: PipelineStage, *, reused: bool) -> StageReport:
    sentinel = None
    # A damaged sentinel counts as none: the job's end then shows that its result is missing.
    with contextlib.suppress(CorruptRecord):
        sentinel = Sentinel.read(folder.sentinel)
    progress = StageProgress.read(folder.progress) if sentinel is None else None
    files_ok = sentinel is not None and sentinel.succeeded and not sentinel.missing_outputs(folder.out)
    return StageReport(stage, progress, sentinel, files_ok, reused)


def _read_stages(task: TaskDir, attempt: Attempt, folder: AttemptDir) -> dict[PipelineStage, StageReport]:
    begun = names_in(folder.path)  # most stages of most tasks have no folder yet
    reports = {}
    for stage in STAGE_ORDER:
        if stage in attempt.reuse:
            reports[stage] = _read_stage(stage_dir(task, attempt, stage), stage, reused=True)
        elif begun is None or stage.value in begun:
            reports[stage] = _read_stage(folder.stage(stage), stage, reused=False)
        else:
            reports[stage] = StageReport(stage)
    return reports


def stage_dir(task: TaskDir, attempt: Attempt, stage: PipelineStage) -> StageDir:
    """Return the folder with the results of a stage of an attempt."""
    return task.attempt(attempt.reuse.get(stage, attempt.number)).stage(stage)


def read_claim(folder: AttemptDir, job: JobRecord) -> str | None:
    """Return the id of the job that owns the stages; None without a claim, empty if the claim is unreadable."""
    try:
        claim = Claim.read(folder.job(job.stages[0]).claim)
    except CorruptRecord:
        return ""
    return None if claim is None else claim.job_id


def observe(task: TaskDir, record: TaskMeta) -> Observation:
    """Read the reports of the current attempt."""
    attempt = record.attempt
    if attempt is None:
        return Observation({stage: StageReport(stage) for stage in STAGE_ORDER})
    folder = task.attempt(attempt.number)
    stages = _read_stages(task, attempt, folder)
    claims = {job.name: job_id for job in attempt.jobs if (job_id := read_claim(folder, job)) is not None}
    restarted = frozenset(
        job.name
        for job in attempt.jobs
        if job.name in claims and (folder.job(job.stages[0]).path / f"superseded-{claims[job.name]}.json").exists()
    )
    if record.pack is None:
        return Observation(stages, claims, restarted)
    began = PortalDir(task.path.parent).pack(record.pack).claim.exists()
    stopped = folder.job(STAGE_ORDER[0]).stop.exists()
    return Observation(stages, claims, restarted, pack_began=began, stopped=stopped)
