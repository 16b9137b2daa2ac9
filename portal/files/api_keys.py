"""API keys on the disk: whose they are, and a keyed hash of each; never the key itself.

<JOBS_DIR>/.portal/keys/<key id>/key.json       made once, never changed
<JOBS_DIR>/.portal/keys/<key id>/used.json      the last day on which it was used

A revoked key's folder is renamed and removed. A use that is noted at that moment finds no folder, and brings nothing
back.
"""

from __future__ import annotations

import logging
import re
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import ClassVar

from portal.domain.errors import CorruptRecord, NewerFormat, PortalError
from portal.files.atomic import storage_error
from portal.files.document import Moment, read_document, write_document
from portal.files.taskdir import PortalDir

log = logging.getLogger(__name__)

_KEY_ID = re.compile(r"[a-z2-7]{12}")


@dataclass(frozen=True)
class KeyRecord:
    """One key: `digest` binds the key's secret part to its id and person (`Keyring.key_digest`)."""

    FORMAT: ClassVar[int] = 1

    person_id: str
    name: str
    digest: str
    created_at: Moment


@dataclass(frozen=True)
class KeyUse:
    """The last day on which a key was used, at midnight UTC."""

    FORMAT: ClassVar[int] = 1

    last_used: Moment


class ApiKeyFiles:
    """All keys of an installation. A key that cannot be read opens nothing."""

    def __init__(self, portal: PortalDir) -> None:
        self._portal = portal
        self._root = portal.keys
        self._noted: dict[str, date] = {}

    def create(self, key_id: str, record: KeyRecord) -> None:
        """Store a key.

        Raises:
            StorageFull: there is no room for it.
        """
        try:
            self._root.mkdir(mode=0o700, exist_ok=True)
            (self._root / key_id).mkdir(mode=0o700)
            write_document(self._root / key_id / "key.json", record)
        except OSError as error:
            raise storage_error(error) from error

    def read(self, key_id: str) -> KeyRecord | None:
        """Return a key; None if there is none or it cannot be read."""
        if not _KEY_ID.fullmatch(key_id):
            return None
        try:
            return read_document(self._root / key_id / "key.json", KeyRecord)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (CorruptRecord, NewerFormat, OSError) as error:
            log.error("key %s cannot be read: %s", key_id, error)
            return None

    def all(self) -> Iterator[tuple[str, KeyRecord]]:
        """Yield all keys with their ids."""
        try:
            names = sorted(entry.name for entry in self._root.iterdir())
        except FileNotFoundError:
            return
        for name in names:
            record = self.read(name)
            if record is not None:
                yield name, record

    def last_used(self, key_id: str) -> date | None:
        """Return the day on which a key was last used; None if it never was."""
        try:
            return read_document(self._root / key_id / "used.json", KeyUse).last_used.date()
        except (CorruptRecord, NewerFormat, OSError):
            return None

    def note_use(self, key_id: str) -> None:
        """Write down that a key is used today, once per day and process; a disk that does not take it is logged."""
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if self._noted.get(key_id) == today.date():
            return
        self._noted[key_id] = today.date()
        if self.last_used(key_id) == today.date():
            return
        try:
            write_document(self._root / key_id / "used.json", KeyUse(today), durable=False)
        except (OSError, PortalError) as error:
            log.error("the use of key %s cannot be noted: %s", key_id, error)

    def remove(self, key_id: str) -> bool:
        """Remove a key for good, in one step; tell whether it was there."""
        if not _KEY_ID.fullmatch(key_id):
            return False
        gone = self._portal.trash / f"key~{key_id}~{secrets.token_hex(4)}"
        try:
            (self._root / key_id).rename(gone)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise storage_error(error) from error
        shutil.rmtree(gone, ignore_errors=True)
        return True
