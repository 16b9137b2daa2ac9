"""What this browser has deleted: receipts in a cookie, which undo it for ten minutes, and tell of it for a day.

The portal itself keeps nothing of what was deleted, not even who deleted it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import Response, request

from portal.domain.errors import NotFound, PortalError
from portal.domain.submission import MOST_ITEMS
from portal.domain.task_id import is_task_id
from portal.services.undo import Deletion
from portal.web.browser import cookie_name
from portal.web.context import web

_COOKIE = "bttoxin_deleted"
_TOLD_FOR = timedelta(days=1)
# What is told who would change it then.
DELETED_CODES = frozenset({"task.deleted_here", "submission.deleted_here"})
# A cookie holds 4 kB.
_MOST, _BETWEEN = 5, "~"


@dataclass(frozen=True)
class Deleted:
    """What was deleted, and whether this browser can still bring it back."""

    deletion: Deletion
    can_undo: bool


def known_deletions() -> list[Deletion]:
    """Return what this browser has deleted, the last deletion first."""
    texts = request.cookies.get(cookie_name(request.environ, _COOKIE), "").split(_BETWEEN)[:_MOST]
    return [found for text in dict.fromkeys(texts) if (found := web().parts.undo.recognise(text))]


def deletions() -> list[Deletion]:
    """Return what this browser can bring back, the last deletion first."""
    return [deletion for deletion in known_deletions() if web().parts.undo.can_undo(deletion)]


def deleted_here(opened_id: str) -> Deleted | None:
    """Return by which deletion of this browser a task or submission has gone; a task also goes with its submission."""
    known = known_deletions()
    found = next((each for each in known if each.deleted_id == opened_id), None)
    if found is None:
        found = next((each for each in known if not each.is_task and _holds(each.deleted_id, opened_id)), None)
    return None if found is None else Deleted(found, web().parts.undo.can_undo(found))


def is_gone(find: Callable[[str], object], opened_id: str) -> bool:
    """Tell whether there is no such task or submission, such as one that was sent again under the id of another."""
    try:
        find(opened_id)
    except NotFound:
        return True
    except (PortalError, OSError):
        return False
    return False


def deleted_as_asked() -> Deleted | None:
    """Return the same for the task or submission in the address of this request."""
    asked = [value for value in (request.view_args or {}).values() if isinstance(value, str) and is_task_id(value)]
    return deleted_here(asked[0]) if asked else None


def _holds(submission_id: str, task_id: str) -> bool:
    # Only their ids are left of a submission that was deleted, so all that it may have had are computed.
    return any(web().submissions.item_task_id(submission_id, n) == task_id for n in range(1, MOST_ITEMS + 1))


def keep_deletions(response: Response, held: list[Deletion]) -> None:
    """Let the browser keep these receipts, and no others."""
    response.set_cookie(
        cookie_name(request.environ, _COOKIE),
        _BETWEEN.join(deletion.receipt for deletion in held[:_MOST]),
        path=request.script_root or "/",
        max_age=int(_TOLD_FOR.total_seconds()) if held else 0,
        secure=request.is_secure,
        httponly=True,
        samesite="Strict",
    )
