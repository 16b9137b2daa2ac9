"""What the sender of a task or a submission wants to be told, in the folder of that task or submission.

    notify/request.json     the recipient (web, at creation)
    notify/<event>          empty; an event that is still to be told (web, at creation; the poller removes it)

All of it appears and goes with the folder: a deleted task leaves no address behind. The poller removes an event's
file after its notification is in the outbox, and sends nothing before.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from portal.domain.notification import SENDER_EVENTS, NotificationEvent, Recipient
from portal.domain.status import Lang
from portal.files.atomic import fsync_folder
from portal.files.document import read_document, write_document
from portal.files.safe_open import discard, is_there

NOTIFY = "notify"
_Text = Annotated[str, Meta(max_length=1000)]


@dataclass(frozen=True)
class NotificationRequest:
    """Who is to be told, and in which language."""

    FORMAT: ClassVar[int] = 1

    mail: _Text = ""
    webhook: _Text = ""
    lang: Lang = Lang.EN
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def recipient(self) -> Recipient:
        return Recipient(self.mail, self.webhook)


class NotifyFolder:
    """The folder `notify` of a task or a submission."""

    def __init__(self, owner: Path) -> None:
        self.owner = owner
        self.path = owner / NOTIFY

    def create(self, request: NotificationRequest) -> None:
        """Write the request; the folder of the task or submission is not in its place yet.

        Raises:
            StorageFull, OSError: there is no room.
        """
        self.path.mkdir()
        write_document(self.path / "request.json", request)
        for event in SENDER_EVENTS:
            (self.path / event).touch()
        fsync_folder(self.path)

    def request(self) -> NotificationRequest:
        """Return the request; see `read_document` for what it raises."""
        return read_document(self.path / "request.json", NotificationRequest)

    def awaited(self) -> tuple[NotificationEvent, ...]:
        """Return the events that are still to be told; raise OSError if the disk does not answer."""
        try:
            names = frozenset(os.listdir(self.path))  # noqa: PTH208 - a call, where nearly always there is no folder
        except (FileNotFoundError, NotADirectoryError):
            return ()
        if not names or self.path.is_symlink():
            return ()
        return tuple(event for event in SENDER_EVENTS if event in names)

    def awaits(self, event: NotificationEvent) -> bool:
        """Tell whether an event is still to be told; raise OSError if the disk does not answer."""
        return is_there(self.path / event)

    def told(self, event: NotificationEvent) -> None:
        """Note for good that an event needs no notification any more; raise OSError if that fails."""
        if not is_there(self.path / event):
            return
        discard(self.path / event)
        fsync_folder(self.path)
