"""Access to the admin pages: for the holder of ADMIN_SECRET, for some hours, from one browser.

A session is a random name in a signed cookie with a timestamp, and an empty file named by the name's hash. The
signature makes it expire; removing the file, by a log-out or `rm .portal/sessions/*`, ends it at once. Refused log-ins
are counted in the audit log itself, so that all worker processes count together and a restart forgets nothing.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import ipaddress
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from itsdangerous import BadSignature, TimestampSigner

from portal.domain.errors import TooManyRequests
from portal.domain.message import Message
from portal.files.audit import last_acts, note_act
from portal.files.taskdir import PortalDir

SESSION_S = 8 * 3600
REFUSED = "log-in refused"
_WINDOW = timedelta(minutes=15)
_TRIES = 5  # per address within the window
_LOOK_BACK = 5000  # log lines: to push one's own refused log-ins out of this range takes a thousand addresses


class AdminAccess:
    """Log-ins and sessions. `key` signs the cookies; a new secret ends all sessions, an empty one opens none."""

    def __init__(self, portal: PortalDir, *, secret: str, key: str) -> None:
        self._portal = portal
        self.has_secret = bool(secret)
        self._secret = hashlib.sha256(secret.encode()).digest()
        self._signer = TimestampSigner(f"{key}{secret}", salt="admin-session", digest_method=hashlib.sha256)

    def log_in(self, secret: str, *, address: str) -> str | None:
        """Return the content of a session's cookie, or None if the secret is wrong.

        Raises:
            TooManyRequests: too many wrong secrets recently; then even the right one is refused.
        """
        if not self.has_secret:
            return None
        with self._one_at_a_time():
            self._limit(address)
            # Hashed first: the comparison takes the same time for texts of any length.
            if not hmac.compare_digest(hashlib.sha256(secret.encode()).digest(), self._secret):
                note_act(self._portal, by="somebody", action=REFUSED, address=address)
                return None
            note_act(self._portal, by="admin pages", action="log-in", address=address)
        name = secrets.token_urlsafe(32)
        self._portal.sessions.mkdir(exist_ok=True)
        self._drop_expired()
        self._file(name).touch(mode=0o600)
        return self._signer.sign(name).decode()

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """Serialise log-ins of all processes, so that none slips between counting and logging."""
        handle = os.open(self._portal.own / "log-in.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _limit(self, address: str) -> None:
        since = (datetime.now(UTC) - _WINDOW).isoformat()
        acts, _ = last_acts(self._portal, limit=_LOOK_BACK)
        refused = [act for act in acts if act["action"] == REFUSED and str(act["at"]) > since]
        mine = [act for act in refused if _network(str(act.get("address"))) == _network(address)]
        # Per address only: a common limit would let anyone lock the operator out.
        if len(mine) >= _TRIES:
            raise TooManyRequests(Message("access.wrong_secrets"), retry_after_s=int(_WINDOW.total_seconds()))

    def is_open(self, cookie: str) -> bool:
        """Tell whether a cookie belongs to a session that has neither expired nor been ended."""
        name = self._name(cookie)
        return self.has_secret and name is not None and self._file(name).exists()

    def log_out(self, cookie: str, *, address: str) -> None:
        """End a session; an ended one is no error."""
        name = self._name(cookie)
        if name is not None:
            note_act(self._portal, by="admin pages", action="log-out", address=address)
            self._file(name).unlink(missing_ok=True)

    def _name(self, cookie: str) -> str | None:
        try:
            return self._signer.unsign(cookie, max_age=SESSION_S).decode()
        except BadSignature:
            return None

    def _file(self, name: str) -> Path:
        return self._portal.sessions / hashlib.sha256(name.encode()).hexdigest()

    def _drop_expired(self) -> None:
        for entry in self._portal.sessions.iterdir():
            if time.time() - entry.stat().st_mtime > SESSION_S:
                entry.unlink(missing_ok=True)


def _network(address: str) -> str:
    """Return what counts as one client: an IPv4 address, or the /64 of an IPv6 customer."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((known, 64 if known.version == 6 else 32), strict=False))
