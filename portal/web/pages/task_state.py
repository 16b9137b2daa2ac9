"""Prepare a task's record for its page: state, steps, reasons, estimates. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from portal.domain.complaint import reason_message
from portal.domain.message import Message
from portal.domain.stage_record import StageRecord
from portal.domain.status import STAGE_ORDER, FailureKind, PipelineStage, TaskStatus
from portal.domain.task import TaskMeta
from portal.files.heartbeat import QueueView
from portal.services.answers import TaskView
from portal.web.pages.place import PlaceWords, place_words
from portal.web.pages.task_jobs import (
    is_between_jobs,
    is_handed_over,
    is_started,
    is_suspended,
    job_of,
    job_state,
)
from portal.web.texts.i18n import gettext as _
from portal.web.texts.i18n import show_duration
from portal.web.texts.wording import wording
from portal.web.texts.words import (
    CANCELLED,
    LIMIT_OF_FAILURE,
    RUN_AGAIN,
    STAGE,
    STAGE_PURPOSE,
    STAGE_STATE,
    STAGE_WORK,
    STATUS,
)

EXPIRES_SOON = timedelta(days=3)
STALE_SYNC = timedelta(seconds=90)
_LONGEST_PAUSE_S = 20
# Requests for running tasks, one open page each.
_LOOKS_A_SECOND = 10


@dataclass(frozen=True)
class Step:
    """One stage in the stepper; `state` is that of the record, or stopped (cancelled), or unreached (task ended)."""

    stage: str
    label: str
    purpose: str
    state: str
    state_word: str
    start: datetime | None
    end: datetime | None
    duration_s: float | None
    job_id: str | None
    job_state: str | None
    message: str | None


@dataclass(frozen=True)
class FailureView:
    """A failure as worded by the page and by the record, and what to do."""

    kind: str
    happened: str
    detail: str | None
    advice: str
    scheduler_state: str | None
    exit_code: int | None
    by: str | None
    again: str  # label of the button


@dataclass(frozen=True)
class StatePanel:
    """Everything shown in the live part of the task page."""

    task: TaskMeta
    word: str
    tone: str  # calm, busy, good, bad, quiet: a colour, never the only indication
    sentence: str
    steps: tuple[Step, ...]
    position: int | None
    waiting: int
    reasons: tuple[str, ...]
    estimated_start: datetime | None
    estimate_words: str
    place: PlaceWords
    cancelling: bool
    retrying: bool
    failure: FailureView | None
    sync_is_old: bool
    expires_soon: bool
    version: str
    pause_s: int  # polling interval of an open page

    @property
    def handed_over(self) -> bool:
        """Return whether the cluster has a job of the task."""
        return is_handed_over(self.task)

    @property
    def can_cancel(self) -> bool:
        return not self.task.status.is_final and not self.cancelling


def build_panel(
    view: TaskView, queue: QueueView, *, now: datetime, version: str, raisable: Collection[str] = ()
) -> StatePanel:
    """Return the panel of a task at a given time; `raisable` are limits that another run may exceed."""
    task = view.task
    cancelled = task.failure_kind is FailureKind.CANCELLED
    retrying = "retry" in view.wishes
    cancelling = "cancel" in view.wishes and not task.status.is_final
    place = place_words(on_cluster=queue.on_cluster)
    return StatePanel(
        task=task,
        word=str(CANCELLED if cancelled else STATUS[task.status]),
        tone=_tone(task, cancelled),
        sentence=_cancelling(task, place) if cancelling else _sentence(task, place, retrying),
        steps=tuple(_step(_before_its_next_run(task) if retrying else task, stage) for stage in STAGE_ORDER),
        position=None if cancelling else view.queue_position,
        waiting=queue.waiting,
        reasons=() if cancelling else _reasons(view, queue),
        estimated_start=None if cancelling or task.status.is_final else view.estimated_start,
        estimate_words=_estimate_words(task, queue),
        place=place,
        cancelling=cancelling,
        retrying=retrying,
        failure=_failure(task, raisable) if task.status is TaskStatus.FAILED and not retrying else None,
        sync_is_old=not retrying and _sync_is_old(task, now),
        expires_soon=task.expires_at is not None and task.expires_at - now < EXPIRES_SOON,
        version=version,
        pause_s=pause_s(view, queue),
    )


def _tone(task: TaskMeta, cancelled: bool) -> str:
    if cancelled:
        return "quiet"
    return {TaskStatus.COMPLETED: "good", TaskStatus.FAILED: "bad", TaskStatus.RUNNING: "busy"}.get(task.status, "calm")


def _cancelling(task: TaskMeta, place: PlaceWords) -> str:
    if is_handed_over(task):
        return place.cancelling
    return _("Cancelling: the task ends before it starts.")


def _sentence(task: TaskMeta, place: PlaceWords, retrying: bool) -> str:
    if retrying:
        return _("Another run was asked for; it starts in a moment.")
    if task.status is TaskStatus.PENDING:
        return _("The file is safely stored. The task starts when its turn comes.")
    if task.status is TaskStatus.QUEUED:
        if not (task.attempt and task.attempt.jobs):  # not yet submitted to the cluster
            return _("Waiting for a free slot. You may close this page and come back later.")
        if is_started(task):
            return place.started
        return place.waiting
    if task.status is TaskStatus.RUNNING:
        return _work(task, place)
    if task.status is TaskStatus.COMPLETED:
        return _("All stages succeeded.")
    return failure_line(task)


def failure_line(task: TaskMeta) -> str:
    """Return why a task failed, in one sentence."""
    return (
        wording(Message(f"failure.{task.failure_kind}")) if task.failure_kind else _("The task ended without a result.")
    )


def _estimate_words(task: TaskMeta, queue: QueueView) -> str:
    """Return what the estimated start rests on: the scheduler's plan of the job, else the mean of recent tasks."""
    if task.attempt and any(job.start_estimate for job in task.attempt.jobs):
        return _("Estimated start, not a promise (by the scheduler's plan):")
    took = show_duration(queue.mean_duration_s)
    return _("Estimated start, not a promise (recent tasks took %(time)s on average):", time=took)


def _work(task: TaskMeta, place: PlaceWords) -> str:
    """Return what a running task is doing; after the last stage its files are checked until the record ends."""
    if all(task.stage(stage).state in ("done", "reused") for stage in STAGE_ORDER):
        return _("All stages are done; the results are being checked.")
    if any(record.state == "failed" for record in task.stages):
        return _("A stage has failed; the end of its job is awaited.")
    if is_between_jobs(task):
        return place.next_stage
    return str(STAGE_WORK[task.current_stage]) if task.current_stage else _("The pipeline runs.")


def _before_its_next_run(task: TaskMeta) -> TaskMeta:
    """Return a task without what is over: the jobs of its last run, and the stages that run again.

    Those of a completed run are its own: what of them the next one takes over is known when it begins.
    """
    has_completed = bool(task.runs and task.attempt and task.runs[-1].attempt == task.attempt.number)
    stages = tuple(
        record if record.state in ("done", "reused") and not has_completed else StageRecord(record.stage)
        for record in task.stages
    )
    return replace(task, stages=stages, attempts=())


def _step(task: TaskMeta, stage: PipelineStage) -> Step:
    record = task.stage(stage)
    job = job_of(task, stage)
    state = _state(task, record.state)
    begun = record.state in ("running", "done", "failed")
    end = record.end_time
    duration_s = (end - record.start_time).total_seconds() if record.start_time and end else None
    return Step(
        stage=stage.value,
        label=str(STAGE[stage]),
        purpose=str(STAGE_PURPOSE[stage]),
        state=state,
        state_word=str(STAGE_STATE.get(state, state)),
        start=record.start_time,
        end=record.end_time,
        duration_s=duration_s,
        job_id=job.job_id if job and (begun or job.stages[0] is stage) else None,
        job_state=job_state(job, state) if job else None,
        message=wording(record.said) if record.said else None,
    )


def _state(task: TaskMeta, recorded: str) -> str:
    if recorded == "failed" and task.failure_kind is FailureKind.CANCELLED:
        return "stopped"
    return "unreached" if recorded == "waiting" and task.status.is_final else recorded


def _reasons(view: TaskView, queue: QueueView) -> tuple[str, ...]:
    """Return in plain words why a task is waiting."""
    task = view.task
    reasons: list[str] = []
    if task.status in (TaskStatus.PENDING, TaskStatus.QUEUED) and not (task.attempt and task.attempt.jobs):
        if queue.draining:
            reasons.append(_("The operator has paused new tasks for maintenance. Yours keeps its place in the queue."))
        elif queue.slots_used >= queue.slots_total:
            reasons.append(_("All %(slots)d slots for running tasks are in use.", slots=queue.slots_total))
    waits = task.status is not TaskStatus.RUNNING or is_between_jobs(task) or is_suspended(task)
    if task.pending_reason and waits and not task.status.is_final:
        reasons.append(wording(reason_message(task.pending_reason)))
    return tuple(reasons)


def _failure(task: TaskMeta, raisable: Collection[str]) -> FailureView:
    kind = task.failure_kind or FailureKind.TOOL_ERROR
    cancelled = kind is FailureKind.CANCELLED
    jobs = task.attempt.jobs if task.attempt else ()
    ended = [job for job in jobs if job.raw_state or job.state]
    at_fault = [job for job in ended if job.state != "COMPLETED"]
    job = next(iter(at_fault or reversed(ended)), None)
    return FailureView(
        kind=kind.value,
        happened=wording(Message(f"failure.{kind}")),
        detail=wording(task.error) if task.error else None,
        advice=wording(Message(f"advice.{kind}")),
        # The error of a terminated process is not informative; the cluster's CANCELLED is.
        scheduler_state=(job.raw_state or job.state) if job and not (cancelled and job.state == "FAILED") else None,
        exit_code=job.exit_code if job and not cancelled else None,
        by=(job.cancelled_by if job else None) or task.cancelled_by,
        again=str(RUN_AGAIN[kind]) if LIMIT_OF_FAILURE.get(kind) in raisable else _("Run again with other settings"),
    )


def _sync_is_old(task: TaskMeta, now: datetime) -> bool:
    if task.status.is_final or task.last_synced is None or not is_handed_over(task):
        return False
    return now - task.last_synced > STALE_SYNC


def pause_s(view: TaskView, queue: QueueView) -> int:
    """Return the polling interval of an open page in seconds.

    Far back in the queue little changes, and with hundreds of running tasks each page gets a share of the server.
    Hundreds of open pages then cost a few percent of a core.
    """
    return max(view.retry_after_s, min(_LONGEST_PAUSE_S, queue.slots_used // _LOOKS_A_SECOND))


def panel_version(view: TaskView, queue: QueueView, *, now: datetime, lang: str) -> str:
    """Return an identifier of the panel's state: the panel is redrawn only when it changes."""
    task = view.task
    parts = (
        task.revision,
        len(task.attempts),
        view.queue_position,
        queue.waiting if view.queue_position else None,
        queue.slots_used >= queue.slots_total,
        queue.draining,
        task.pending_reason,
        view.estimated_start.replace(second=0, microsecond=0).isoformat() if view.estimated_start else None,
        ",".join(view.wishes),
        _sync_is_old(task, now),
        lang,
    )
    written = "-".join("" if part is None else str(part) for part in parts)
    return hashlib.sha256(written.encode(errors="surrogatepass")).hexdigest()[:32]  # a scheduler's text is no header's


def stage_of_interest(task: TaskMeta) -> PipelineStage:
    """Return the stage with the most relevant log: the failed one, else the running one, else the last one."""
    for record in task.stages:
        if record.state in ("failed", "running"):
            return record.stage
    return task.current_stage or (PipelineStage.BUNDLE if task.status is TaskStatus.COMPLETED else PipelineStage.DIGGER)
