"""TaskMeta to JSON and back, with a schema number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from portal.domain.errors import CorruptRecord
from portal.domain.message import Message
from portal.domain.status import FailureKind, Lang, PipelineStage, TaskStatus
from portal.domain.task import Attempt, JobRecord, StageRecord, TaskMeta

SCHEMA = 1


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def to_json(task: TaskMeta) -> dict[str, Any]:
    """Return the record as JSON types: times ISO 8601 in UTC, enums by value."""
    value: dict[str, Any] = _plain(asdict(task))
    value["schema"] = SCHEMA
    return value


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError(f"{value} has no time zone")
    return time


_TIMES = {
    JobRecord: ("intent_time", "submit_time", "start_time", "end_time", "start_estimate", "absent_since"),
    StageRecord: ("start_time", "end_time"),
    Attempt: ("created_at",),
    TaskMeta: (
        "submission_time",
        "start_time",
        "completion_time",
        "cancel_requested",
        "last_synced",
        "expires_at",
    ),
}


def _known(kind: type, value: Mapping[str, Any]) -> dict[str, Any]:
    """Keep the fields that this version knows, so that a record of a newer one can be read after a step back."""
    names = {item.name for item in fields(kind)}
    kept = {name: item for name, item in value.items() if name in names}
    for name in _TIMES[kind]:
        if name in kept:
            kept[name] = _time(kept[name])
    return kept


def _job(value: Mapping[str, Any]) -> JobRecord:
    kept = _known(JobRecord, value)
    kept["stages"] = tuple(PipelineStage(stage) for stage in kept["stages"])
    return JobRecord(**kept)


def _stage(value: Mapping[str, Any]) -> StageRecord:
    kept = _known(StageRecord, value)
    kept["stage"] = PipelineStage(kept["stage"])
    return StageRecord(**kept)


def _attempt(value: Mapping[str, Any]) -> Attempt:
    kept = _known(Attempt, value)
    kept["jobs"] = tuple(_job(job) for job in kept["jobs"])
    kept["reuse"] = {PipelineStage(stage): int(number) for stage, number in kept["reuse"].items()}
    return Attempt(**kept)


def from_json(value: Mapping[str, Any]) -> TaskMeta:
    """Return the record.

    Raises:
        CorruptRecord: the value does not have the record's form.
    """
    try:
        kept = _known(TaskMeta, value)
        kept["status"] = TaskStatus(kept["status"])
        kept["current_stage"] = PipelineStage(kept["current_stage"]) if kept["current_stage"] else None
        kept["lang"] = Lang(kept["lang"])
        kept["failure_kind"] = FailureKind(kept["failure_kind"]) if kept.get("failure_kind") else None
        kept["stages"] = tuple(_stage(stage) for stage in kept.get("stages", ()))
        kept["attempts"] = tuple(_attempt(attempt) for attempt in kept.get("attempts", ()))
        kept["warnings"] = tuple(kept.get("warnings", ()))
        return TaskMeta(**kept)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise CorruptRecord(Message("record.form", name="task_meta.json", reason=str(error))) from error


def encode(task: TaskMeta) -> bytes:
    """Return the record as compact JSON bytes."""
    return json.dumps(to_json(task), ensure_ascii=False, separators=(",", ":")).encode()


def decode(data: bytes) -> TaskMeta:
    """Return the record from bytes; see `from_json`."""
    try:
        value = json.loads(data)
    except ValueError as error:
        raise CorruptRecord(Message("record.unreadable", name="task_meta.json", reason=str(error))) from error
    if not isinstance(value, dict):
        raise CorruptRecord(Message("record.no_object", name="task_meta.json"))
    return from_json(value)
