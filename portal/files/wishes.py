"""Wishes: requests of the web process to act on a task; the poller acts and removes the wish."""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from portal.domain.errors import CorruptRecord, NewerFormat
from portal.domain.logs import REQUEST_ID, request_id
from portal.domain.status import Lang
from portal.files.atomic import fsync_folder, storage_error
from portal.files.bells import ring
from portal.files.document import Moment, read_document, write_document
from portal.files.reports import utc_now
from portal.files.safe_open import discard, is_there, names_in
from portal.files.taskdir import PortalDir, TaskDir

log = logging.getLogger(__name__)

# The longest that a deletion may wait, whatever its file says.
MOST_UNDO = timedelta(hours=1)


class WishKind(StrEnum):
    """The kinds of wishes."""

    CANCEL = "cancel"
    RETRY = "retry"
    DELETE = "delete"


def can_undo(due: datetime, now: datetime) -> bool:
    """Tell whether a deletion that is due then can be undone now; where the clock was set far back, it is final."""
    return timedelta(0) < due - now <= MOST_UNDO


@dataclass(frozen=True)
class Wish:
    """One wish. `attempt` is the attempt that it is for, so that a late cancel never hits a later attempt.

    A cancel for the attempt that a retry would begin withdraws that retry, or cancels it if it has begun meanwhile.
    A delete with `due` can be undone until then; the task is unknown to clients from the start.
    """

    FORMAT: ClassVar[int] = 1

    kind: WishKind
    by: str  # user or admin
    attempt: Annotated[int, Meta(ge=0, le=10**6)]
    at: Moment = field(default_factory=utc_now)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    lang: Lang | None = None
    limits: Mapping[str, float] | None = None  # None: as they were
    due: Moment | None = None
    request_id: Annotated[str, Meta(pattern=rf"^({REQUEST_ID.pattern})?\Z")] = field(default_factory=request_id.get)

    def is_due(self, now: datetime) -> bool:
        """Tell whether a deletion has waited as long as it can be undone."""
        return not (self.due and can_undo(self.due, now))


def leave_wish(portal: PortalDir, task_id: str, wish: Wish) -> None:
    """Write a wish into the task's folder and notify the poller."""
    task = portal.task(task_id)
    task.wishes.mkdir(exist_ok=True)
    write_document(task.wish(wish.kind.value), wish)
    ring(portal, task_id)


def leave_first_wish(portal: PortalDir, task_id: str, wish: Wish) -> Wish | None:
    """Leave a wish unless there is one of its kind for the same attempt; return that one, None if this one was left.

    Of several processes at once, one leaves its wish. What is damaged or for another attempt is replaced.

    Raises:
        NewerFormat: a newer version of the portal has left one.
        StorageFull, OSError: it cannot be written.
    """
    task = portal.task(task_id)
    task.wishes.mkdir(exist_ok=True)
    path = task.wish(wish.kind.value)
    begun = _beside(path)
    write_document(begun, wish)
    try:
        while True:
            try:
                os.link(begun, path)
                break
            except FileExistsError:
                present = _for_same_attempt(path, wish)
                if present is not None:
                    return present
                _take_away(path, wish)
    except OSError as error:
        raise storage_error(error) from error
    finally:
        discard(begun)
    fsync_folder(task.wishes)
    ring(portal, task_id)
    return None


def _beside(path: Path) -> Path:
    """Return a name that no wish has: what a killed process leaves there is taken for none."""
    return path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.tmp")


def _for_same_attempt(path: Path, wish: Wish) -> Wish | None:
    try:
        present = read_document(path, Wish)
    except (FileNotFoundError, CorruptRecord):
        return None
    return present if (present.kind, present.attempt) == (wish.kind, wish.attempt) else None


def _take_away(path: Path, wish: Wish) -> None:
    """Remove what is no wish for the same attempt; it is looked at once more where nobody replaces it."""
    taken = _beside(path)
    try:
        path.rename(taken)
    except FileNotFoundError:
        return
    if _for_same_attempt(taken, wish) is not None:  # another process was faster, and left this one
        with contextlib.suppress(FileExistsError):
            os.link(taken, path)
    discard(taken)


def read_wishes(task: TaskDir) -> tuple[Wish, ...]:
    """Return the wishes of a task, delete first, then cancel; a damaged one is dropped, and the user must ask again.

    A wish of a newer version is kept until a newer poller handles it.
    """
    wishes: list[Wish] = []
    names = names_in(task.wishes)
    if names is not None and not names:
        return ()
    for kind in (WishKind.DELETE, WishKind.CANCEL, WishKind.RETRY):
        path = task.wish(kind.value)
        try:
            wish = read_document(path, Wish)
        except (FileNotFoundError, NewerFormat):
            continue
        except CorruptRecord:
            discard(path)
            continue
        except OSError as error:
            log.error("%s cannot be read: %s", path, error)  # kept, because its meaning is unknown
            continue
        if wish.kind is kind:
            wishes.append(wish)
        else:
            discard(path)
    return tuple(wishes)


def is_withdrawn(wishes: Collection[Wish]) -> bool:
    """Tell whether a cancel is there for the attempt that a retry beside it would begin."""
    asked = {wish.kind: wish.attempt for wish in wishes}
    return WishKind.RETRY in asked and asked.get(WishKind.CANCEL) == asked[WishKind.RETRY] + 1


def drop_wish(task: TaskDir, kind: WishKind) -> None:
    """Remove a handled wish."""
    discard(task.wish(kind.value))


def is_being_deleted(task: TaskDir) -> bool:
    """Tell whether somebody has asked to delete a task, whether or not that can still be undone."""
    return task.wish(WishKind.DELETE.value).exists()


def finish_deletion(portal: PortalDir, task_id: str) -> None:
    """Let a deletion that could still be undone happen now, since the task's id is wanted again."""
    for wish in read_wishes(portal.task(task_id)):
        if wish.kind is WishKind.DELETE and wish.due is not None:
            leave_wish(portal, task_id, replace(wish, due=None))


def withdraw_deletion(portal: PortalDir, task_id: str, due: datetime) -> bool:
    """Take back the wish to delete a task that is due then; tell whether the task is there without such a wish."""
    folder = portal.task(task_id)
    for wish in read_wishes(folder):
        if wish.kind is WishKind.DELETE:
            if wish.due != due:
                return False
            drop_wish(folder, wish.kind)
            ring(portal, task_id)
    return is_there(folder.path)
