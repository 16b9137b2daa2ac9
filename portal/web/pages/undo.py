"""Undo of a deletion: for ten minutes, My tasks offers to bring back what this browser has deleted.

The receipts are in a cookie, because the portal keeps nothing of what was deleted, not even who deleted it.
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import NotFound
from portal.domain.message import Message
from portal.services.submission_keys import Access
from portal.services.undo import UNDO_FOR, Deletion
from portal.web.browser import cookie_name, drop_old_cookie
from portal.web.context import web
from portal.web.security import authorized_submission, authorized_task, require_same_origin

_COOKIE = "bttoxin_deleted"
# A cookie holds 4 kB.
_MOST, _BETWEEN = 5, "~"


def delete_task(task_id: str) -> ResponseReturnValue:
    """Delete a task, so that it can be undone."""
    return _deleted(web().parts.undo.delete_task(authorized_task(task_id)))


def delete_submission(submission_id: str) -> ResponseReturnValue:
    """Delete a submission with all its tasks, so that it can be undone."""
    return _deleted(web().parts.undo.delete_submission(authorized_submission(submission_id, Access.OWNER)))


def restore_task(task_id: str) -> ResponseReturnValue:
    """Bring back a task that this browser has deleted."""
    return _restored(task_id, url_for("pages.task", task_id=task_id))


def restore_submission(submission_id: str) -> ResponseReturnValue:
    """Bring back a submission that this browser has deleted."""
    return _restored(submission_id, url_for("pages.submission", submission_id=submission_id))


def deletions() -> list[Deletion]:
    """Return what this browser can bring back, the last deletion first."""
    texts = request.cookies.get(cookie_name(request.environ, _COOKIE), "").split(_BETWEEN)[:_MOST]
    return [found for text in dict.fromkeys(texts) if (found := web().parts.undo.read(text))]


def _deleted(deletion: Deletion) -> Response:
    address = url_for("pages.my_tasks", deleted=deletion.deleted_id)
    response = make_response(redirect(address, HTTPStatus.SEE_OTHER))
    drop_old_cookie(response, deletion.deleted_id)
    _keep(response, [deletion, *deletions()])
    return response


def _restored(deleted_id: str, address: str) -> Response:
    require_same_origin()
    held = deletions()
    wanted = [deletion for deletion in held if deletion.deleted_id == deleted_id]
    if not wanted:
        raise NotFound(Message("task.undo_unknown"))
    web().parts.undo.bring_back(wanted[0])
    response = make_response(redirect(address, HTTPStatus.SEE_OTHER))
    _keep(response, [deletion for deletion in held if deletion.deleted_id != deleted_id])
    return response


def _keep(response: Response, held: list[Deletion]) -> None:
    response.set_cookie(
        cookie_name(request.environ, _COOKIE),
        _BETWEEN.join(deletion.receipt for deletion in held[:_MOST]),
        path=request.script_root or "/",
        max_age=int(UNDO_FOR.total_seconds()) if held else 0,
        secure=request.is_secure,
        httponly=True,
        samesite="Strict",
    )
