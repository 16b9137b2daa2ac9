"""Mail addresses that the portal sends to: plain ones in ASCII, so that nothing in them can mean something else."""

from __future__ import annotations

import re
from email.utils import parseaddr

from portal.domain.errors import InvalidValue
from portal.domain.message import Message

LONGEST_MAIL = 254
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")
_NAME = re.compile(r"[^\x00-\x1f\x7f<>\"\\,;:@()\[\]]{0,100}")


def read_mail_address(text: str) -> str:
    """Return a mail address without surrounding spaces, its domain in lower case.

    Raises:
        InvalidValue: it is not of the form name@example.org.
    """
    text = text.strip()
    if len(text) > LONGEST_MAIL or not _ADDRESS.fullmatch(text):
        raise InvalidValue(Message("notify.address"))
    name, _, domain = text.rpartition("@")
    return f"{name}@{domain.lower()}"


def read_mail_addresses(text: str) -> tuple[str, ...]:
    """Return the addresses in a comma-separated list; raise InvalidValue if one of them is none."""
    return tuple(read_mail_address(part) for part in text.split(",") if part.strip())


def read_sender(text: str) -> tuple[str, str]:
    """Return name and address of `name@example.org` or `Some Name <name@example.org>`.

    Raises:
        InvalidValue: it is neither.
    """
    if "<" not in text:
        return "", read_mail_address(text)
    name, address = parseaddr(text)
    if not _NAME.fullmatch(name) or text.count("<") != 1 or not text.rstrip().endswith(">"):
        raise InvalidValue(Message("notify.sender"))
    return name, read_mail_address(address)
