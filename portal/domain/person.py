"""A signed-in person: how the portal knows them, and how it writes of them.

The provider's stable id appears in the register of people and in the audit log only. Everywhere else stands a
pseudonym, which also is what the queue and the limits count (`Keyring.pseudonym` of `account_of`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from portal.domain.errors import InvalidValue
from portal.domain.message import Message
from portal.domain.normal_form import composed

LONGEST_ID = 200
# What proxies send for nobody.
_NOBODY = frozenset({"", "-", "(null)"})
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")


class SignedInBy(StrEnum):
    """How a request proves whose it is. A browser sends proofs other than a key by itself, with every request."""

    HEADER = "header"
    OIDC = "oidc"
    KEY = "key"


@dataclass(frozen=True)
class Person:
    """Who sends a request: `person_id` as the provider knows them, `owner` the pseudonym that records carry.

    `mail` is the address that came with the request, which the provider has verified; empty for none, None if the
    request says nothing of it.
    """

    person_id: str
    owner: str
    by: SignedInBy
    mail: str | None = None

    @property
    def is_present(self) -> bool:
        """Whether the person has signed in; a key may be in anyone's hands, and makes no keys and no operators."""
        return self.by is not SignedInBy.KEY

    def owns(self, owner: str) -> bool:
        """Tell whether this is the owner that a record names; a record without one is nobody's."""
        return bool(owner) and owner == self.owner


def read_person_id(text: str) -> str | None:
    """Return the stable id in a text of the provider, in NFC; None if it stands for nobody.

    Raises:
        InvalidValue: the text is too long, or holds a comma (two headers of one name), a space or a control character.
    """
    person_id = composed(text.strip(" \t"), LONGEST_ID)
    if person_id in _NOBODY:
        return None
    if len(person_id) > LONGEST_ID or "," in person_id or " " in person_id or not person_id.isprintable():
        raise InvalidValue(Message("value.person", longest=LONGEST_ID))
    return person_id


def read_people(text: str) -> frozenset[str]:
    """Return the ids in a comma-separated list.

    Raises:
        InvalidValue: one of them cannot be an id.
    """
    found = (read_person_id(part) for part in text.split(","))
    return frozenset(person_id for person_id in found if person_id is not None)


def check_header_name(text: str) -> None:
    """Raise InvalidValue if a text is not the name of a header: letters, digits and hyphens."""
    if not _HEADER.fullmatch(text):
        raise InvalidValue(Message("value.header_name"))


def check_issuer(text: str) -> None:
    """Raise InvalidValue if a text is no address of a provider: https, or http on this machine, without a query."""
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise InvalidValue(Message("value.issuer")) from error
    secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1"))
    if not secure or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise InvalidValue(Message("value.issuer"))


def check_scopes(text: str) -> None:
    """Raise InvalidValue if a text is not a list of scopes with `openid` among them."""
    if "openid" not in text.split() or not re.fullmatch(r"[A-Za-z0-9._:/ -]+", text):
        raise InvalidValue(Message("value.scopes"))


def account_of(person_id: str) -> str:
    """Return what counts as the client of a signed-in person; no address has this form."""
    return f"person\0{person_id}"
