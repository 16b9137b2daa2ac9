"""The mail server: SMTP_URL, checked at the start."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from portal.domain.errors import InvalidValue
from portal.domain.message import Message

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+", re.IGNORECASE)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class SmtpSecurity(StrEnum):
    """How a connection to the mail server is encrypted; the values are the schemes of SMTP_URL."""

    TLS = "smtps"
    STARTTLS = "smtp"
    NONE = "smtp+plain"


_PORTS = {SmtpSecurity.TLS: 465, SmtpSecurity.STARTTLS: 587, SmtpSecurity.NONE: 25}


@dataclass(frozen=True)
class SmtpServer:
    """Where and how mail is handed over; without `user` nobody signs in."""

    host: str
    port: int
    security: SmtpSecurity
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def parse(cls, value: str) -> SmtpServer:
        """Return the server of `smtp://`, `smtps://` or `smtp+plain://[user:password@]host[:port]`.

        Raises:
            InvalidValue: it is none of them, or a password would travel without encryption.
        """
        try:
            parts = urlsplit(value)
            security = SmtpSecurity(parts.scheme)
            port = parts.port
        except ValueError as error:
            raise InvalidValue(Message("notify.smtp_url")) from error
        host = parts.hostname or ""
        if not _HOST.fullmatch(host) or parts.path not in ("", "/") or parts.query or parts.fragment or port == 0:
            raise InvalidValue(Message("notify.smtp_url"))
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if bool(user) != bool(password):
            raise InvalidValue(Message("notify.smtp_url"))
        if user and security is SmtpSecurity.NONE and host not in _LOOPBACK:
            raise InvalidValue(Message("notify.smtp_plain"))
        return cls(host, port or _PORTS[security], security, user, password)
