"""What operators are told of by mail: one file for each condition that holds, or has held a while ago.

<JOBS_DIR>/.portal/alarms/<event>.json
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from portal.domain.errors import CorruptRecord
from portal.domain.notification import NotificationEvent
from portal.files.document import Moment, read_document, write_document
from portal.files.outbox import make_folder
from portal.files.safe_open import discard
from portal.files.taskdir import PortalDir


@dataclass(frozen=True)
class Alarm:
    """Since when a condition holds, when operators were told of it, and since when it does not hold any more."""

    FORMAT: ClassVar[int] = 1

    since: Moment
    told: Moment | None = None
    over: Moment | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class AlarmFiles:
    """The alarms of a portal."""

    def __init__(self, portal: PortalDir) -> None:
        self._folder = portal.own / "alarms"

    def read(self, event: NotificationEvent) -> Alarm | None:
        """Return an alarm; None if there is none, or it is damaged: then it begins anew.

        Raises:
            NewerFormat, OSError: it cannot be read.
        """
        try:
            return read_document(self._path(event), Alarm)
        except (FileNotFoundError, CorruptRecord):
            return None

    def write(self, event: NotificationEvent, alarm: Alarm) -> None:
        """Write an alarm; see `write_document` for errors."""
        make_folder(self._folder)
        write_document(self._path(event), alarm)

    def remove(self, event: NotificationEvent) -> None:
        """Remove an alarm that is over and may be told of again; raise OSError if that fails."""
        discard(self._path(event))

    def _path(self, event: NotificationEvent) -> Path:
        return self._folder / f"{event}.json"
