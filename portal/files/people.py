"""The people who have signed in and used the portal: whose pseudonym is which.

<JOBS_DIR>/.portal/people/<pseudonym>.json      one per person: id, and the last day of use

Pseudonyms are keyed hashes; without this register nobody could tell the cluster's admin whose jobs they are. Only the
web process writes it, at most once a day per person and process.
"""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta

from portal.domain.errors import CorruptRecord, NewerFormat, PortalError
from portal.domain.mail_address import LONGEST_MAIL
from portal.files.document import Moment, read_document, write_document
from portal.files.taskdir import PortalDir

log = logging.getLogger(__name__)

_PSEUDONYM = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class PersonRecord:
    """One person; `last_used` is the day of the last submission or change, at midnight UTC.

    `mail` is the address that the provider has verified, kept where the portal sends mail.
    """

    FORMAT: ClassVar[int] = 1

    person_id: str
    last_used: Moment
    mail: Annotated[str, Meta(max_length=LONGEST_MAIL)] = ""


class PeopleRegister:
    """Reads and writes the register; an unreadable entry is none."""

    def __init__(self, portal: PortalDir) -> None:
        self._folder = portal.people
        self._noted: dict[str, tuple[date, str | None]] = {}

    def note(self, pseudonym: str, person_id: str, mail: str | None = None) -> None:
        """Write down that a person uses the portal today; the day is all that is kept of when.

        `mail` replaces the address, None leaves it as it is. A disk that does not take it is logged: nobody's work
        waits for this file.
        """
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if self._noted.get(pseudonym) == (today.date(), mail):
            return
        try:
            self._write(self._path(pseudonym), PersonRecord(person_id, today), mail)
        except (OSError, PortalError) as error:
            log.error("the register of people cannot be written at the moment: %s", error)
        self._noted[pseudonym] = (today.date(), mail)

    def _write(self, path: Path, record: PersonRecord, mail: str | None) -> None:
        known = None
        with contextlib.suppress(FileNotFoundError, CorruptRecord):  # made anew; what a newer version wrote is not
            known = read_document(path, PersonRecord)
        if mail is None and known is not None:
            mail = known.mail
        record = replace(record, mail=mail or "")
        if record == known:
            return
        self._folder.mkdir(mode=0o700, exist_ok=True)
        write_document(path, record)

    def person_id(self, pseudonym: str) -> str | None:
        """Return whose pseudonym this is; None if it is nobody's who signed in."""
        if not _PSEUDONYM.fullmatch(pseudonym):
            return None
        try:
            return read_document(self._path(pseudonym), PersonRecord).person_id
        except (FileNotFoundError, CorruptRecord, NewerFormat):
            return None

    def mail(self, pseudonym: str) -> str:
        """Return a person's verified mail address; empty if none is known."""
        try:
            return read_document(self._path(pseudonym), PersonRecord).mail
        except (OSError, CorruptRecord, NewerFormat):
            return ""

    def all(self) -> Iterator[tuple[str, str]]:
        """Yield the pseudonym and the id of all people in the register."""
        try:
            names = sorted(path.stem for path in self._folder.iterdir())
        except FileNotFoundError:
            return
        for name in names:
            person_id = self.person_id(name)
            if person_id is not None:
                yield name, person_id

    def _path(self, pseudonym: str) -> Path:
        return self._folder / f"{pseudonym}.json"
