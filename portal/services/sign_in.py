"""Who has signed in at the institute's provider, for some hours, from one browser.

A session is a signed cookie with the person's id, a random name and the time, and an empty file named by the name's
hash. The signature fits this portal alone; removing the file, by signing out, ends the session at once everywhere.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path

from itsdangerous import BadData, URLSafeSerializer

from portal.files.atomic import storage_error
from portal.files.instant import Instant
from portal.files.safe_open import discard
from portal.files.taskdir import PortalDir

SESSION_S = 12 * 3600
_MOST_SESSIONS = 10_000


class SignIns:
    """The sessions of all people. `key` signs the cookies."""

    def __init__(self, portal: PortalDir, *, key: str) -> None:
        self._folder = portal.sign_ins
        self._signer = URLSafeSerializer(key, salt="sign-in", signer_kwargs={"digest_method": hashlib.sha256})

    def begin(self, person_id: str) -> str:
        """Return the content of the cookie for a person who has just signed in.

        Raises:
            StorageFull: there is no room for the session.
        """
        name = secrets.token_urlsafe(32)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._file(name).touch(mode=0o600)
            self._drop_oldest()
        except OSError as error:
            raise storage_error(error) from error
        return str(self._signer.dumps([name, person_id, str(Instant.now())]))

    def person_id(self, cookie: str) -> str | None:
        """Return who has signed in with this browser; None if the session has ended or is not one of this portal."""
        found = self._read(cookie)
        return found[1] if found is not None and self._file(found[0]).exists() else None

    def end(self, cookie: str) -> None:
        """End a session; an ended one is no error."""
        found = self._read(cookie)
        if found is not None:
            discard(self._file(found[0]))

    def _read(self, cookie: str) -> tuple[str, str] | None:
        try:
            name, person_id, at = self._signer.loads(cookie)
        except (BadData, ValueError, TypeError):
            return None
        begun = Instant.parse(str(at))
        return (str(name), str(person_id)) if begun is not None and begun.is_within(SESSION_S) else None

    def _file(self, name: str) -> Path:
        return self._folder / hashlib.sha256(name.encode()).hexdigest()

    def _drop_oldest(self) -> None:
        """Keep the newest sessions: their number is bounded without asking the clock."""
        entries = sorted(self._folder.iterdir(), key=lambda entry: entry.lstat().st_mtime_ns)
        for entry in entries[:-_MOST_SESSIONS]:
            discard(entry)
