"""The operator's switches: a small file that operators' actions write and the poller reads each cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from portal.domain.errors import CorruptRecord, NewerFormat
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.domain.status import Lang
from portal.files.document import Moment, read_document, write_document
from portal.files.taskdir import PortalDir


@dataclass(frozen=True)
class Control:
    """The switches. `draining`: running tasks continue, no new ones start. `notice` is shown above every page.

    `notice_zh` is the notice in Chinese; if one is empty the other is shown. `slots` limits the tasks on the cluster,
    in place of MAX_ACTIVE_PIPELINES, until `slots_until` (None: until it is changed).
    All tasks that had expired at `expire_until` may be removed, however many they are; those that ended before
    `expire_ended_before` count as expired.
    """

    FORMAT: ClassVar[int] = 1

    draining: bool = False
    notice: str = ""
    notice_zh: str = ""
    slots: Annotated[int, Meta(ge=0, le=10_000)] | None = None
    slots_until: Moment | None = None
    expire_until: Moment | None = None
    expire_ended_before: Moment | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, portal: PortalDir) -> Control:
        """Return the present switches; a damaged file counts as none.

        Raises:
            NewerFormat: a newer version set them.
        """
        try:
            return read_document(portal.control, cls)
        except (FileNotFoundError, CorruptRecord):
            return cls()

    @classmethod
    def read_or_hold(cls, portal: PortalDir) -> tuple[Control, Message | None]:
        """Return the switches and None; if they cannot be read, switches that start nothing new, and the reason."""
        try:
            return cls.read(portal), None
        except NewerFormat as error:
            return cls(draining=True), Message("control.unreadable", reason=error.message)
        except OSError as error:
            return cls(draining=True), Message("control.unreadable", reason=os_reason(error))

    def slots_at(self, now: datetime, usual: int) -> int:
        """Return how many tasks may be on the cluster at a time (aware); `usual` is MAX_ACTIVE_PIPELINES."""
        over = self.slots_until is not None and self.slots_until <= now
        return usual if self.slots is None or over else self.slots

    def notice_in(self, lang: Lang) -> str:
        """Return the notice in a language, else in the other one."""
        wanted, other = (self.notice_zh, self.notice) if lang is Lang.ZH else (self.notice, self.notice_zh)
        return wanted or other

    def write(self, portal: PortalDir) -> None:
        """Set the switches."""
        write_document(portal.control, self)
