"""TaskMeta, the record of one task, and `advance`, the only way to change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any, ClassVar

from portal.domain.errors import Conflict
from portal.domain.jobs import pack_of
from portal.domain.kept_run import KeptRun
from portal.domain.message import Message, params_to_json, stored_message
from portal.domain.stage_record import StageRecord
from portal.domain.status import TRANSITIONS, FailureKind, Lang, PipelineStage, TaskStatus


@dataclass(frozen=True)
class JobRecord:
    """One job of an attempt, as the portal last saw it. Times are aware UTC, sizes bytes."""

    name: str
    stages: tuple[PipelineStage, ...]
    intent_time: datetime
    job_id: str | None = None
    state: str | None = None
    raw_state: str | None = None
    reason: str | None = None
    submit_time: datetime | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    start_estimate: datetime | None = None
    exit_code: int | None = None
    cancelled_by: str | None = None
    node: str | None = None
    cpus: int | None = None
    time_limit_s: int | None = None  # as it was submitted
    memory_gb: float | None = None
    elapsed_s: int | None = None
    cpu_time_s: int | None = None
    max_rss_bytes: int | None = None
    absent_since: datetime | None = None  # time of the first valid answer without the job

    @property
    def pack(self) -> str | None:
        """Id of the pack whose job this is; None if the job is the task's own."""
        return pack_of(self.name)

    extra: Mapping[str, Any] = field(default_factory=dict)  # fields of a newer version, kept unchanged


@dataclass(frozen=True)
class Attempt:
    """One attempt at the task, in its own folder; `reuse` names the attempt whose stage results it builds on."""

    number: int
    reason: str  # first, retry (requested), or the failure kind that caused an automatic attempt
    created_at: datetime
    jobs: tuple[JobRecord, ...] = ()
    reuse: Mapping[PipelineStage, int] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TaskMeta:
    """The record of a task.

    The first block is the fixed contract; `token_hash` never leaves the server. Times are aware UTC, `progress`
    is 0-100 and never decreases within an attempt. `revision` increases with each change.
    """

    FORMAT: ClassVar[int] = 1

    task_id: str
    status: TaskStatus
    current_stage: PipelineStage | None
    progress: int
    submission_time: datetime
    start_time: datetime | None
    completion_time: datetime | None
    filename: str
    file_size: int
    lang: Lang
    error_message: str | None
    token_hash: str

    revision: int = 1
    strain: str = "genome"
    token_nonce: str = ""  # makes the token unique; as secret as token_hash. Empty in records of the first version
    input_sha256: str = ""
    input_facts: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)  # requested beyond the defaults: domain/limits.py
    submitter: str = ""  # pseudonym of the submitter, for the fair queue; no name, no address
    owner: str = ""  # pseudonym of the signed-in person who submitted it; empty: only its tokens open it
    submission: str = ""  # one submission may hold many tasks
    request_id: str = ""  # of the request that caused the current attempt: the first, or a retry
    failure_kind: FailureKind | None = None
    error_code: str | None = None  # of error_message; None if an older version wrote it
    error_params: Mapping[str, Any] = field(default_factory=dict)
    advice: str | None = None
    stages: tuple[StageRecord, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    runs: tuple[KeptRun, ...] = ()  # completed ones that others followed, the oldest first: domain/runs.py
    cancel_requested: datetime | None = None
    cancelled_by: str | None = None
    decided_by: str | None = None  # name of the job whose end failed the task, not of jobs cancelled because of it
    pending_reason: str | None = None  # the scheduler's reason; pages explain it
    last_synced: datetime | None = None
    expires_at: datetime | None = None
    warnings: tuple[str, ...] = ()
    warning_codes: tuple[str | None, ...] = ()  # of the warnings, in their order
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def attempt(self) -> Attempt | None:
        """The current attempt; None before the first."""
        return self.attempts[-1] if self.attempts else None

    @property
    def error(self) -> Message | None:
        """Why the task failed; None if it did not."""
        return stored_message(self.error_message, self.error_code, self.error_params)

    @property
    def warned(self) -> tuple[Message, ...]:
        """Warnings about the record."""
        found = zip_longest(self.warnings, self.warning_codes[: len(self.warnings)])
        return tuple(message for text, code in found if (message := stored_message(text, code, {})))

    @property
    def is_active(self) -> bool:
        """Tell whether the task's jobs were or are about to be submitted, and it has not ended."""
        return not self.status.is_final and self.attempt is not None and bool(self.attempt.jobs)

    @property
    def holds_slot(self) -> bool:
        """Tell whether the task occupies a slot: it is active and its work is not finished.

        After the last stage has reported, only the scheduler's confirmation that the job ended is missing.
        """
        states = {record.state for record in self.stages}
        return self.is_active and "failed" not in states and not (states and states <= {"done", "reused"})

    @property
    def has_unsent_job(self) -> bool:
        """Tell whether a job of the attempt was submitted and a later one not yet."""
        jobs = self.attempt.jobs if self.is_active and self.attempt else ()
        return bool(jobs) and jobs[0].job_id is not None and any(job.job_id is None for job in jobs)

    @property
    def pack(self) -> str | None:
        """Id of the pack that the current attempt is part of; None if its jobs are its own."""
        jobs = self.attempt.jobs if self.attempt else ()
        return jobs[0].pack if jobs else None

    def stage(self, stage: PipelineStage) -> StageRecord:
        """Return the record of one stage of the current attempt."""
        for record in self.stages:
            if record.stage is stage:
                return record
        return StageRecord(stage)


def error_fields(message: Message | None) -> dict[str, Any]:
    """Return the fields of a record that state why its task failed; None: it did not."""
    if message is None:
        return {"error_message": None, "error_code": None, "error_params": {}}
    return {"error_message": str(message), "error_code": message.code, "error_params": params_to_json(message.params)}


def status_word(status: TaskStatus) -> Message:
    """Return the word for a status, for use inside a sentence."""
    return Message(f"status.{status}")


def advance(task: TaskMeta, *, now: datetime, status: TaskStatus | None = None, **changes: Any) -> TaskMeta:
    """Return the task with the changes and the next revision, or the task itself if nothing changes.

    The table `TRANSITIONS` says which status may follow which. Start and completion times are set from the status.
    Progress only increases within an attempt; a new attempt (a longer `attempts`) starts at the given progress.

    Raises:
        Conflict: the change of status is not allowed.
    """
    target = task.status if status is None else status
    if target is not task.status:
        if target not in TRANSITIONS[task.status]:
            raise Conflict(Message("task.transition", before=status_word(task.status), after=status_word(target)))
        changes["status"] = target
        if target is TaskStatus.RUNNING and task.start_time is None:
            changes.setdefault("start_time", now)
        if target.is_final:
            changes.setdefault("completion_time", now)
    new_attempt = len(changes.get("attempts", task.attempts)) > len(task.attempts)
    if "progress" in changes and not new_attempt:
        changes["progress"] = max(task.progress, min(100, int(changes["progress"])))
    changes = {name: value for name, value in changes.items() if getattr(task, name) != value}
    if not changes:
        return task
    return replace(task, revision=task.revision + 1, **changes)
