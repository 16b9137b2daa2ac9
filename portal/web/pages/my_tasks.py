"""The states of the tasks and submissions that a browser lists, in one answer instead of two requests each."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import msgspec
from flask import Response, request

from portal.domain.errors import InvalidRequest, NotReady, NotShown, Unreadable
from portal.domain.message import Message
from portal.domain.status import FailureKind
from portal.domain.submission import ItemStatus
from portal.domain.task_id import is_task_id
from portal.web.context import web
from portal.web.pages.grid import progress_words
from portal.web.pages.results import outcome_line
from portal.web.security import submission_of_reader, task_of_reader
from portal.web.strains import annotations_of

MOST_ASKED = 200  # as `tasks.js` asks at once


def states() -> Response:
    """Return by id what the list shows; null for what is closed to this browser, whether or not it exists.

    What cannot be read at the moment is left out: the list asks for it again.
    """
    tasks, submissions = _asked("tasks"), _asked("submissions")
    if len(tasks) + len(submissions) > MOST_ASKED:
        raise InvalidRequest(Message("task.too_many_asked", limit=MOST_ASKED))
    body = {
        "tasks": _readable(tasks, _task),
        "submissions": _readable(submissions, _submission),
    }
    return Response(msgspec.json.encode(body), content_type="application/json", headers={"Cache-Control": "no-store"})


def _asked(name: str) -> list[str]:
    return [asked for asked in dict.fromkeys(request.args.get(name, "").split(",")) if is_task_id(asked)]


def _readable(ids: list[str], read: Callable[[str], dict[str, Any] | None]) -> dict[str, dict[str, Any] | None]:
    found = {}
    for each in ids:
        with contextlib.suppress(NotReady, Unreadable, OSError):
            found[each] = _shown(each, read)
    return found


def _shown(opened_id: str, read: Callable[[str], dict[str, Any] | None]) -> dict[str, Any] | None:
    try:
        return read(opened_id)
    except NotShown:
        return None


def _task(task_id: str) -> dict[str, Any] | None:
    task = task_of_reader(task_id)
    if task is None:
        return None
    shown = web().tasks.view(task).task
    cancelled = shown.failure_kind == FailureKind.CANCELLED
    written = annotations_of(task).values
    outcome = outcome_line(shown) if shown.status.is_final and not cancelled else ""
    return {
        "status": shown.status.value,
        "progress": shown.progress,
        "cancelled": cancelled,
        "outcome": outcome,
        "name": written.name,
        "called": written.called(task.filename),
    }


def _submission(submission_id: str) -> dict[str, Any] | None:
    submission = submission_of_reader(submission_id)
    if submission is None:
        return None
    view = web().submissions.look(submission)
    missing = sum(row.status is ItemStatus.AWAITED for row in view.rows)
    return {"said": progress_words(view), "missing": missing, "is_final": view.is_final}
