"""Serialise a task's record without a schema: it is requested more often than everything else together.

`TaskSchema` documents the fields, in the OpenAPI document and in the code; a test compares the two. The rules for
reading a record (fields, ETag, headers) are defined here once, for Flask's view and for the short path in front of it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from werkzeug.http import parse_etags

from portal.domain.complaint import reason_message
from portal.domain.runs import good_run, latest_run
from portal.domain.stage_record import StageRecord
from portal.domain.status import Lang
from portal.domain.task import Attempt, JobRecord
from portal.services.answers import TaskView
from portal.web.answer import Answer

_KEPT = 512  # bodies, some 2 kB each


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _stage(stage: StageRecord) -> dict[str, Any]:
    return {
        "stage": stage.stage,
        "state": stage.state,
        "start_time": _time(stage.start_time),
        "end_time": _time(stage.end_time),
        "message": stage.message,
        "code": stage.code,
        "params": stage.params,
        "summary": stage.summary,
    }


def _job(job: JobRecord) -> dict[str, Any]:
    return {
        "name": job.name,
        "stages": job.stages,
        "job_id": job.job_id,
        "state": job.state,
        "raw_state": job.raw_state,
        "reason": job.reason,
        "submit_time": _time(job.submit_time),
        "start_time": _time(job.start_time),
        "end_time": _time(job.end_time),
        "exit_code": job.exit_code,
        "cancelled_by": job.cancelled_by,
        "node": job.node,
        "cpus": job.cpus,
        "elapsed_s": job.elapsed_s,
        "cpu_time_s": job.cpu_time_s,
        "max_rss_bytes": job.max_rss_bytes,
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "reason": attempt.reason,
        "created_at": _time(attempt.created_at),
        "jobs": [_job(job) for job in attempt.jobs],
        "reuse": attempt.reuse,
    }


def explained(reason: str | None) -> dict[str, str] | None:
    """Return the scheduler's reason in plain words, by language."""
    if reason is None:
        return None
    message = reason_message(reason)
    return {lang.value: message.word(lang) for lang in Lang}


def record_fields(view: TaskView) -> dict[str, Any]:
    """Return the record as JSON values, in the order of `TaskSchema`."""
    task = view.task
    return {
        "task_id": task.task_id,
        "status": task.status,
        "current_stage": task.current_stage,
        "progress": task.progress,
        "submission_time": _time(task.submission_time),
        "start_time": _time(task.start_time),
        "completion_time": _time(task.completion_time),
        "filename": task.filename,
        "file_size": task.file_size,
        "lang": task.lang,
        "error_message": task.error_message,
        "revision": task.revision,
        "strain": task.strain,
        "input_sha256": task.input_sha256,
        "input_facts": task.input_facts,
        "parameters": task.parameters,
        "limits": {name: float(value) for name, value in task.limits.items()},
        "submission": task.submission,
        "failure_kind": task.failure_kind,
        "error_code": task.error_code,
        "error_params": task.error_params,
        "advice": task.advice,
        "stages": [_stage(stage) for stage in task.stages],
        "attempts": [_attempt(attempt) for attempt in task.attempts],
        "run": latest_run(task),
        "good_run": good_run(task),
        "cancel_requested": _time(task.cancel_requested),
        "cancelled_by": task.cancelled_by,
        "pending_reason": task.pending_reason,
        "pending_explained": explained(task.pending_reason),
        "last_synced": _time(task.last_synced),
        "expires_at": _time(task.expires_at),
        "warnings": task.warnings,
        "queue_position": view.queue_position,
        "estimated_start": _time(view.estimated_start),
        "wishes": view.wishes,
    }


def record_json(view: TaskView, **more: Any) -> bytes:
    """Return a response body with the record, followed by the fields of `more`."""
    fields: Mapping[str, Any] = {**record_fields(view), **more}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


@dataclass(frozen=True, eq=False)
class _Written:
    """A view compared by identity: the same immutable record at the same place in the queue."""

    view: TaskView

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Written) and self.view.task is other.view.task and self._place == other._place

    def __hash__(self) -> int:
        return hash((id(self.view.task), self._place))

    @property
    def _place(self) -> tuple[object, ...]:
        return self.view.queue_position, self.view.estimated_start, self.view.wishes


@lru_cache(maxsize=_KEPT)
def _written(key: _Written) -> bytes:
    """Return the response body of a view, cached until something changes."""
    return record_json(key.view)


def record_etag(view: TaskView) -> str:
    """Return an ETag that changes with the response, except for place and estimate, which move with the queue."""
    waits = view.queue_position is not None
    # Earlier runs, which snapshots show, have one revision and differ in their attempts.
    state = f"{view.task.revision}|{len(view.task.attempts)}|{waits}|{','.join(view.wishes)}"
    return hashlib.sha256(state.encode()).hexdigest()[:16]


def view_headers(view: TaskView) -> list[tuple[str, str]]:
    """Return the headers of every response with a record."""
    headers = [("Cache-Control", "private, no-cache")]
    if view.retry_after_s:
        headers.append(("Retry-After", str(view.retry_after_s)))
    if view.queue_position is not None:
        headers.append(("Queue-Position", str(view.queue_position)))
    return headers


def answer_look(view: TaskView, if_none_match: str | None) -> Answer:
    """Return the response to `GET /api/tasks/{task_id}`; 304 if the caller already has this state."""
    etag = record_etag(view)
    headers = [*view_headers(view), ("ETag", f'W/"{etag}"')]
    if if_none_match and parse_etags(if_none_match).contains_weak(etag):
        return Answer(304, headers)
    return Answer(200, [*headers, ("Content-Type", "application/json")], _written(_Written(view)))
