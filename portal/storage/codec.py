"""Convert TaskMeta to JSON and back: typed, with a format number, keeping fields that a newer version added."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from portal.domain.errors import CorruptRecord
from portal.domain.logs import REQUEST_ID
from portal.domain.message import Message
from portal.domain.task import TaskMeta
from portal.domain.task_id import is_task_id
from portal.files.document import parse_object, to_object, typed
from portal.files.taskdir import is_safe_name

MOST_ATTEMPTS = 10_000
_KEPT = 512  # records, some 10 kB each
_LAST_REVISION = 2**53  # the largest integer that all JSON readers, including Redis's, represent exactly


def to_json(task: TaskMeta) -> dict[str, Any]:
    """Return the record as JSON types: times in ISO 8601 (UTC), enums by value."""
    return to_object(task)


def from_json(value: Mapping[str, Any], *, name: str = "task_meta.json") -> TaskMeta:
    """Return the record.

    Raises:
        CorruptRecord: the value does not have the record's form.
        NewerFormat: a newer version wrote it.
    """
    task = typed(value, TaskMeta, name=name)
    wrong = _impossible(task)
    if wrong:
        raise CorruptRecord(Message("record.form", name=name, reason=wrong))
    return task


def _impossible(task: TaskMeta) -> str:
    """Name an impossible value, beyond its type: these values become parts of paths or are compared as numbers."""
    if not is_task_id(task.task_id):
        return "task_id"
    if not is_safe_name(task.strain):
        return "strain"
    if task.request_id and not REQUEST_ID.fullmatch(task.request_id):
        return "request_id"
    if not 1 <= task.revision <= _LAST_REVISION:
        return "revision"
    if not 0 <= task.progress <= 100:
        return "progress"
    if len(task.attempts) > MOST_ATTEMPTS:
        return "attempts"
    for place, attempt in enumerate(task.attempts, start=1):
        if attempt.number != place or not all(1 <= number < place for number in attempt.reuse.values()):
            return f"attempts[{place}]"
        if any(not job.stages for job in attempt.jobs):
            return f"attempts[{place}].jobs"
    return _impossible_runs(task)


def _impossible_runs(task: TaskMeta) -> str:
    """Name an earlier run that is not of an attempt before the current one, or not after the run before it."""
    number = attempt = 0
    for place, run in enumerate(task.runs, start=1):
        if not (number < run.number and attempt < run.attempt < len(task.attempts)):
            return f"runs[{place}]"
        number, attempt = run.number, run.attempt
    return ""


def encode(task: TaskMeta) -> bytes:
    """Return the record as compact JSON bytes."""
    return msgspec.json.encode(to_json(task))


@lru_cache(maxsize=_KEPT)
def decode(data: bytes) -> TaskMeta:
    """Return the record from bytes; see `from_json`.

    Equal bytes return the same cached value, because most reads of a task find it unchanged.
    """
    return from_json(parse_object(data, name="task_meta.json"))
