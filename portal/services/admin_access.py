"""Access to the admin pages: for the holder of ADMIN_SECRET, for some hours, from one browser.

A session is a random name with its beginning in a signed cookie, and an empty file named by the name's hash. It
expires by the time since the machine's boot, so that setting the clock ends and prolongs none; removing the file, by a
log-out or `rm .portal/sessions/*`, ends it at once. Refused log-ins are in the audit log and counted on the disk, so
that all worker processes count together and a restart of the portal forgets nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from itsdangerous import BadSignature, Signer

from portal.domain.errors import TooManyRequests
from portal.files.audit import note_act
from portal.files.instant import Instant
from portal.files.locks import locked
from portal.files.safe_open import discard
from portal.files.taskdir import PortalDir
from portal.services.rates import wrong_secret_rate

SESSION_S = 8 * 3600
REFUSED = "log-in refused"
_MOST_SESSIONS = 200


class AdminAccess:
    """Log-ins and sessions. `key` signs the cookies; a new secret ends all sessions, an empty one opens none."""

    def __init__(self, portal: PortalDir, *, secret: str, key: str) -> None:
        self._portal = portal
        self.has_secret = bool(secret)
        self._secret = hashlib.sha256(secret.encode()).digest()
        self._signer = Signer(f"{key}{secret}", salt="admin-session", digest_method=hashlib.sha256)
        self._wrong = wrong_secret_rate(portal)

    def log_in(self, secret: str, *, address: str) -> str | None:
        """Return the content of a session's cookie, or None if the secret is wrong.

        Raises:
            TooManyRequests: too many wrong secrets recently; then even the right one is refused.
        """
        if not self.has_secret:
            return None
        with self._one_at_a_time():
            client = _client(address)
            self._wrong.require_room(client)
            # Hashed first: the comparison takes the same time for texts of any length.
            if not hmac.compare_digest(hashlib.sha256(secret.encode()).digest(), self._secret):
                note_act(self._portal, by="somebody", action=REFUSED, address=address)
                with contextlib.suppress(TooManyRequests):
                    self._wrong.count(client)
                return None
            note_act(self._portal, by="admin pages", action="log-in", address=address)
        name = f"{secrets.token_urlsafe(32)}.{Instant.now()}"
        self._portal.sessions.mkdir(exist_ok=True)
        self._file(name).touch(mode=0o600)
        self._drop_oldest()
        return self._signer.sign(name).decode()

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """Serialise log-ins of all processes, so that none slips between counting and logging."""
        with locked(self._portal.own / "log-in.lock", "log-in.lock"):
            yield

    def is_open(self, cookie: str) -> bool:
        """Tell whether a cookie belongs to a session that has neither expired nor been ended."""
        name = self._name(cookie)
        return self.has_secret and name is not None and self._file(name).exists()

    def log_out(self, cookie: str, *, address: str) -> None:
        """End a session; an ended one is no error."""
        name = self._name(cookie)
        if name is not None:
            note_act(self._portal, by="admin pages", action="log-out", address=address)
            discard(self._file(name))

    def _name(self, cookie: str) -> str | None:
        try:
            name = self._signer.unsign(cookie).decode()
        except (BadSignature, UnicodeError):
            return None
        begun = Instant.parse(name.partition(".")[2])
        return name if begun is not None and begun.is_within(SESSION_S) else None

    def _file(self, name: str) -> Path:
        return self._portal.sessions / hashlib.sha256(name.encode()).hexdigest()

    def _drop_oldest(self) -> None:
        """Keep the newest sessions: their number is bounded without asking the clock."""
        entries = sorted(self._portal.sessions.iterdir(), key=lambda entry: entry.stat().st_mtime_ns)
        for entry in entries[:-_MOST_SESSIONS]:
            discard(entry)


def _client(address: str) -> str:
    """Return a file name for what counts as one client: an IPv4 address, or the /64 of an IPv6 customer."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        network = address
    else:
        network = str(ipaddress.ip_network((known, 64 if known.version == 6 else 32), strict=False))
    return hashlib.sha256(network.encode()).hexdigest()[:16]
