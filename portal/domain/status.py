"""The states of a task, and the allowed changes between them."""

from __future__ import annotations

from enum import StrEnum


class TaskStatus(StrEnum):
    """State of a task; the values are the wire values."""

    PENDING = "pending"  # accepted
    QUEUED = "queued"  # waiting for a slot, or for the cluster
    RUNNING = "running"  # a stage runs, or the next one waits
    COMPLETED = "completed"
    FAILED = "failed"  # ended without a result; failure_kind says why

    @property
    def is_final(self) -> bool:
        return self in (TaskStatus.COMPLETED, TaskStatus.FAILED)


class PipelineStage(StrEnum):
    """The stages of a task, in order."""

    DIGGER = "digger"
    SHOTER = "shoter"
    PLOTS = "plots"
    BUNDLE = "bundle"


STAGE_ORDER: tuple[PipelineStage, ...] = tuple(PipelineStage)


class FailureKind(StrEnum):
    """Why a task failed, for machines."""

    CANCELLED = "cancelled"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    NODE_FAILURE = "node_failure"
    PREEMPTED = "preempted"
    TOOL_ERROR = "tool_error"
    INVALID_INPUT = "invalid_input"
    SUBMIT_REJECTED = "submit_rejected"
    DISK_FULL = "disk_full"
    OUTPUT_MISSING = "output_missing"
    NOT_CONFIGURED = "not_configured"
    RECORD_DAMAGED = "record_damaged"
    LOST = "lost"
    NOT_STARTED = "not_started"  # the job ended before it had begun any work

    @property
    def is_infrastructure(self) -> bool:
        """Tell whether the machine, not the task, is at fault, so that a new attempt makes sense."""
        return self in (
            FailureKind.NODE_FAILURE,
            FailureKind.PREEMPTED,
            FailureKind.LOST,
            FailureKind.NOT_STARTED,
        )


class Lang(StrEnum):
    """Languages of reports and pages."""

    EN = "en"
    ZH = "zh"


# The states that may follow each state. A retry leads back to `queued` in a new attempt.
TRANSITIONS: dict[TaskStatus, frozenset[TaskStatus]] = {
    TaskStatus.PENDING: frozenset({TaskStatus.QUEUED, TaskStatus.FAILED}),
    TaskStatus.QUEUED: frozenset({TaskStatus.RUNNING, TaskStatus.COMPLETED, TaskStatus.FAILED}),
    TaskStatus.RUNNING: frozenset({TaskStatus.QUEUED, TaskStatus.COMPLETED, TaskStatus.FAILED}),
    TaskStatus.COMPLETED: frozenset({TaskStatus.QUEUED}),
    TaskStatus.FAILED: frozenset({TaskStatus.QUEUED}),
}
