"""Maintenance: while its file exists, the web process answers everybody but operators with 503.

The file alone decides, so that a damaged one, or one of a newer version, closes the portal too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from portal.domain.errors import Unreadable
from portal.domain.message import Message
from portal.domain.status import Lang
from portal.files.document import Moment, read_document, write_document
from portal.files.notices import MOST_CHARACTERS
from portal.files.reports import utc_now
from portal.files.safe_open import discard
from portal.files.taskdir import PortalDir

_Words = Annotated[str, Meta(max_length=MOST_CHARACTERS)]
# What a client is told to wait (s): usual, and the bounds where the end is known.
_USUAL_S, _LEAST_S, _MOST_S = 300, 30, 3600


@dataclass(frozen=True)
class Maintenance:
    """The maintenance under way: its expected end, and what is said about it in each language."""

    FORMAT: ClassVar[int] = 1

    until: Moment | None = None
    english: _Words = ""
    chinese: _Words = ""
    since: Moment = field(default_factory=utc_now)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, portal: PortalDir) -> Maintenance | None:
        """Return the maintenance under way; None if there is none. Costs one failed `stat` in the usual case."""
        try:
            portal.maintenance.lstat()
            return read_document(portal.maintenance, cls)
        except FileNotFoundError:
            return None
        except Unreadable:
            return cls()
        except OSError:  # the disk does not answer, or denies access: whether the file exists decides
            return cls() if _is_there(portal) else None

    def write(self, portal: PortalDir) -> None:
        """Begin the maintenance, or change what is said of the one under way, which keeps its beginning."""
        under_way = Maintenance.read(portal)
        write_document(portal.maintenance, replace(self, since=under_way.since) if under_way else self)

    def message(self, lang: Lang) -> Message:
        """Return what to tell a reader of a language."""
        said = (self.chinese or self.english) if lang is Lang.ZH else (self.english or self.chinese)
        if said:
            return Message("maintenance.said", text=said)
        if self.until is not None:
            return Message("maintenance.until", until=f"{self.until:%Y-%m-%d %H:%M} UTC")
        return Message("maintenance.on")

    def retry_after_s(self, now: datetime) -> int:
        """Return after how long (s) it makes sense to ask again."""
        if self.until is None or self.until <= now:
            return _USUAL_S
        return int(min(_MOST_S, max(_LEAST_S, (self.until - now).total_seconds())))


def end_maintenance(portal: PortalDir) -> bool:
    """End the maintenance; return whether there was any."""
    if not _is_there(portal):
        return False
    discard(portal.maintenance)
    return True


def _is_there(portal: PortalDir) -> bool:
    try:
        portal.maintenance.lstat()
    except OSError:
        return False
    return True
