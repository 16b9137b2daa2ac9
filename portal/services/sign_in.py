"""Who has signed in at the institute's provider, for some hours, from one browser.

A session is a signed cookie with the person's id and a random name, and an empty file named by the name's hash. The
signature makes it expire and fits this portal alone; removing the file, by signing out, ends it at once everywhere.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
import time
from pathlib import Path

from itsdangerous import BadData, URLSafeTimedSerializer

from portal.files.atomic import storage_error
from portal.files.taskdir import PortalDir

SESSION_S = 12 * 3600


class SignIns:
    """The sessions of all people. `key` signs the cookies."""

    def __init__(self, portal: PortalDir, *, key: str) -> None:
        self._folder = portal.sign_ins
        self._signer = URLSafeTimedSerializer(key, salt="sign-in", signer_kwargs={"digest_method": hashlib.sha256})

    def begin(self, person_id: str) -> str:
        """Return the content of the cookie for a person who has just signed in.

        Raises:
            StorageFull: there is no room for the session.
        """
        name = secrets.token_urlsafe(32)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._drop_expired()
            self._file(name).touch(mode=0o600)
        except OSError as error:
            raise storage_error(error) from error
        return str(self._signer.dumps([name, person_id]))

    def person_id(self, cookie: str) -> str | None:
        """Return who has signed in with this browser; None if the session has ended or is not one of this portal."""
        found = self._read(cookie)
        return found[1] if found is not None and self._file(found[0]).exists() else None

    def end(self, cookie: str) -> None:
        """End a session; an ended one is no error."""
        found = self._read(cookie)
        if found is not None:
            self._file(found[0]).unlink(missing_ok=True)

    def _read(self, cookie: str) -> tuple[str, str] | None:
        try:
            name, person_id = self._signer.loads(cookie, max_age=SESSION_S)
        except (BadData, ValueError, TypeError):
            return None
        return str(name), str(person_id)

    def _file(self, name: str) -> Path:
        return self._folder / hashlib.sha256(name.encode()).hexdigest()

    def _drop_expired(self) -> None:
        for entry in self._folder.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if time.time() - entry.stat().st_mtime > SESSION_S:
                    entry.unlink()
