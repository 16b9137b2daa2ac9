"""The outbox: notifications that are still to be sent, and those that could not be.

<JOBS_DIR>/.portal/outbox/<name>.json     one per notification
<JOBS_DIR>/.portal/outbox/lock            held while one is sent or changed

The name is a digest of what is told to whom, so that an event that is decided twice is written once. Nobody's address
is in it: that stays in the task's folder and is read when the notification is sent.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from portal.domain.errors import CorruptRecord, NewerFormat, StorageFull
from portal.domain.message import Message
from portal.domain.notification import NotificationChannel, NotificationEvent, SubjectKind
from portal.files.atomic import create_bytes, storage_error
from portal.files.document import Moment, encode_object, read_document, to_object, write_document
from portal.files.locks import locked, open_lock
from portal.files.reserve import with_reserve
from portal.files.safe_open import discard
from portal.files.taskdir import PortalDir

log = logging.getLogger(__name__)

TRIES = 5
MOST_NOTIFICATIONS = 10_000
_MOST_BYTES = 16 * 1024
_LONGEST_DELIVERY_S = 120.0
_NAME = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Notification:
    """One notification. `subject` is an id, or when an operator's event began; `about` is what the operator is told.

    `tries` is how often it was tried in vain, `tried` when for the last time, `problem` why it failed then.
    """

    FORMAT: ClassVar[int] = 1

    event: NotificationEvent
    kind: SubjectKind
    subject: Annotated[str, Meta(pattern=r"^[0-9A-Za-z.:+-]{1,64}\Z")]
    channel: NotificationChannel
    made: Moment
    about: Message | None = None
    tries: Annotated[int, Meta(ge=0, le=1000)] = 0
    tried: Moment | None = None
    problem: Message | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def has_failed(self) -> bool:
        """Tell whether it is not tried any more."""
        return self.tries >= TRIES


class Outbox:
    """The notifications of a portal by name; `site` is the id of the installation."""

    def __init__(self, portal: PortalDir) -> None:
        self._folder = portal.own / "outbox"

    @staticmethod
    def name_of(site: str, notification: Notification) -> str:
        """Return the name: the same for the same event of the same subject through the same channel."""
        told = (site, notification.event, notification.kind, notification.subject, notification.channel)
        return hashlib.sha256("\0".join(told).encode()).hexdigest()[:32]

    def names(self) -> list[str]:
        """Return the names of all notifications, sorted."""
        try:
            found = [path.stem for path in self._folder.iterdir() if path.suffix == ".json"]
        except FileNotFoundError:
            return []
        return sorted(name for name in found if _NAME.fullmatch(name))

    def add(self, name: str, notification: Notification) -> None:
        """Write a notification, unless it is there already.

        Raises:
            StorageFull: there is no room on the disk, or the outbox is full.
        """
        if len(self.names()) >= MOST_NOTIFICATIONS:
            raise StorageFull(Message("notify.outbox_full", limit=MOST_NOTIFICATIONS))
        make_folder(self._folder)
        path, data = self._path(name), encode_object(to_object(notification))
        with_reserve(path, lambda: create_bytes(path, data))

    def read(self, name: str) -> Notification | None:
        """Return a notification; None if it is gone or cannot be read. A damaged one is removed."""
        if not _NAME.fullmatch(name):
            return None
        try:
            return read_document(self._path(name), Notification, limit_bytes=_MOST_BYTES)
        except FileNotFoundError:
            return None
        except CorruptRecord as error:
            log.error("notification %s is damaged and was removed: %s", name, error.message)
            with contextlib.suppress(OSError):
                discard(self._path(name))
        except (NewerFormat, OSError) as error:
            log.warning("notification %s cannot be read: %s", name, error)
        return None

    def all(self) -> dict[str, Notification]:
        """Return all notifications that can be read, the oldest first."""
        found = {name: notification for name in self.names() if (notification := self.read(name)) is not None}
        return dict(sorted(found.items(), key=lambda pair: pair[1].made))

    def replace(self, name: str, notification: Notification) -> None:
        """Write a changed notification; see `write_document` for errors."""
        write_document(self._path(name), notification)

    def remove(self, name: str) -> None:
        """Remove a notification; raise OSError if that fails."""
        discard(self._path(name))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other process from sending and changing notifications.

        Raises:
            StorageFull, OSError: the lock cannot be made.
            CorruptRecord: something else has taken the place of the outbox.
            NotReady: another process has held it for longer than a delivery takes.
        """
        make_folder(self._folder)
        os.close(with_reserve(self._folder / "lock", self._make_lock))
        with locked(self._folder / "lock", "outbox/lock", wait_s=_LONGEST_DELIVERY_S):
            yield

    def require_lock(self) -> None:
        """Check that notifications can be sent and changed; raise OSError or PortalError if not."""
        if os.path.lexists(self._folder):
            os.close(self._make_lock())

    def _make_lock(self) -> int:
        try:
            return open_lock(self._folder / "lock")
        except OSError as error:
            raise storage_error(error) from error

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def make_folder(folder: Path) -> None:
    """Make a folder of `.portal` if there is none, on a full disk too; raise StorageFull or OSError."""

    def make() -> None:
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise storage_error(error) from error

    with_reserve(folder / "lock", make)
