"""Announcements with a time span, which stand above every page while it lasts.

<JOBS_DIR>/.portal/notices/<id>.json      one per announcement

A file each, so that operators who add and remove at the same time do not undo each other's work.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from portal.domain.errors import NotFound, Unreadable
from portal.domain.message import Message
from portal.domain.status import Lang
from portal.files.document import Moment, read_document, write_document
from portal.files.reports import utc_now
from portal.files.safe_open import discard, is_there
from portal.files.taskdir import PortalDir

MOST_CHARACTERS = 500
MOST_SHOWN = 20
_ID = re.compile(r"[0-9a-f]{8}")
_Words = Annotated[str, Meta(max_length=MOST_CHARACTERS)]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Announcement:
    """One announcement: `begins` and `ends` may be open; a missing language is replaced by the other."""

    FORMAT: ClassVar[int] = 1

    english: _Words
    chinese: _Words = ""
    begins: Moment | None = None
    ends: Moment | None = None
    by: str = ""
    made: Moment = field(default_factory=utc_now)
    extra: Mapping[str, Any] = field(default_factory=dict)

    def is_current(self, now: datetime) -> bool:
        """Tell whether it is to be shown at a time (aware)."""
        return (self.begins is None or self.begins <= now) and (self.ends is None or now < self.ends)

    def text_in(self, lang: Lang) -> str:
        """Return the text in a language, else in the other one."""
        wanted, other = (self.chinese, self.english) if lang is Lang.ZH else (self.english, self.chinese)
        return wanted or other


def read_announcements(portal: PortalDir) -> dict[str, Announcement]:
    """Return all announcements by id, the oldest first; those that cannot be read are left out."""
    found: dict[str, Announcement] = {}
    try:
        names = sorted(path.stem for path in portal.notices.iterdir() if path.suffix == ".json")
    except OSError:
        return {}
    for name in names:
        if not _ID.fullmatch(name):
            continue
        try:
            found[name] = read_document(portal.notice(name), Announcement)
        except (OSError, Unreadable) as error:
            log.debug("the announcement %s is passed over: %s", name, error)
    return dict(sorted(found.items(), key=lambda pair: pair[1].made))


def current_announcements(portal: PortalDir, now: datetime) -> dict[str, Announcement]:
    """Return the announcements that are to be shown at a time (aware), at most MOST_SHOWN, the newest last."""
    shown = {name: each for name, each in read_announcements(portal).items() if each.is_current(now)}
    return dict(list(shown.items())[-MOST_SHOWN:])


def add_announcement(portal: PortalDir, announcement: Announcement, name: str = "") -> str:
    """Write a new announcement and return its id: the given one, if it is one of 8 hex digits, else a new one."""
    portal.notices.mkdir(exist_ok=True)
    if not _ID.fullmatch(name):
        name = secrets.token_hex(4)
    write_document(portal.notice(name), announcement)
    return name


def remove_announcement(portal: PortalDir, name: str) -> None:
    """Remove an announcement; raise NotFound if there is none of this id."""
    if not _ID.fullmatch(name):
        raise NotFound(Message("announcement.unknown", name=name))
    if not is_there(portal.notice(name)):
        raise NotFound(Message("announcement.unknown", name=name))
    discard(portal.notice(name))
