"""Undo of a deletion: for ten minutes, My tasks offers to bring back what this browser has deleted.

The receipts are in a cookie (`portal.web.deleted`).
"""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, make_response, redirect, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import NotFound
from portal.domain.message import Message
from portal.services.submission_keys import Access
from portal.services.undo import Deletion
from portal.web.browser import drop_old_cookie
from portal.web.context import web
from portal.web.deleted import deletions, keep_deletions, known_deletions
from portal.web.security import authorized_submission, authorized_task, require_same_origin


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


def _deleted(deletion: Deletion) -> Response:
    address = url_for("pages.my_tasks", deleted=deletion.deleted_id)
    response = make_response(redirect(address, HTTPStatus.SEE_OTHER))
    drop_old_cookie(response, deletion.deleted_id)
    keep_deletions(response, [deletion, *known_deletions()])
    return response


def _restored(deleted_id: str, address: str) -> Response:
    require_same_origin()
    wanted = [deletion for deletion in deletions() if deletion.deleted_id == deleted_id]
    if not wanted:
        raise NotFound(Message("task.undo_unknown"))
    web().parts.undo.bring_back(wanted[0])
    response = make_response(redirect(address, HTTPStatus.SEE_OTHER))
    keep_deletions(response, [each for each in known_deletions() if each.deleted_id != deleted_id])
    return response
