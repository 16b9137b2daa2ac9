"""What the web process wants done with a task; the poller does it and removes the wish."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from portal.domain.errors import CorruptRecord
from portal.files.atomic import read_json, write_json
from portal.files.reports import now_text
from portal.files.taskdir import PortalDir, TaskDir


class WishKind(StrEnum):
    """What can be wished for."""

    CANCEL = "cancel"
    RETRY = "retry"
    DELETE = "delete"


@dataclass(frozen=True)
class Wish:
    """One wish. `attempt` is the attempt it was made for: a late cancel never hits a later attempt."""

    kind: WishKind
    by: str  # user or admin
    attempt: int
    at: str = field(default_factory=now_text)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    lang: str | None = None
    limits: Mapping[str, float] | None = None  # None: as they were


def leave_wish(portal: PortalDir, task_id: str, wish: Wish) -> None:
    """Put a wish into the task's folder and ring for the poller."""
    task = portal.task(task_id)
    task.wishes.mkdir(exist_ok=True)
    write_json(task.wish(wish.kind.value), asdict(wish))
    ring(portal, task_id)


def read_wishes(task: TaskDir) -> tuple[Wish, ...]:
    """Return the wishes of a task, delete first, then cancel; a damaged one is dropped: its user asks again."""
    wishes = []
    for kind in (WishKind.DELETE, WishKind.CANCEL, WishKind.RETRY):
        path = task.wish(kind.value)
        try:
            value = read_json(path)
            wishes.append(
                Wish(
                    kind,
                    str(value["by"]),
                    int(value["attempt"]),
                    str(value["at"]),
                    dict(value["parameters"]),
                    value["lang"],
                    value.get("limits"),
                )
            )
        except FileNotFoundError:
            continue
        except (CorruptRecord, KeyError, TypeError, ValueError):
            path.unlink(missing_ok=True)
    return tuple(wishes)


def drop_wish(task: TaskDir, kind: WishKind) -> None:
    """Remove a wish that was seen to."""
    task.wish(kind.value).unlink(missing_ok=True)


def ring(portal: PortalDir, task_id: str) -> None:
    """Tell the poller that a task has news. Losing the bell costs a cycle, never the news."""
    (portal.inbox / task_id).touch()


def answer_bells(portal: PortalDir) -> list[str]:
    """Return the tasks that rang, and silence them; what rings from now on is heard next time."""
    rang = []
    try:
        entries = list(portal.inbox.iterdir())
    except FileNotFoundError:
        return []
    for entry in entries:
        entry.unlink(missing_ok=True)
        rang.append(entry.name)
    return rang
