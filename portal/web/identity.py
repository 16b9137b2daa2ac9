"""Find out whose request this is, if IDENTITY is on: the person of an API key, or who has signed in.

The answer is worked out once per request, when it is first asked for, and kept in the environ: uploads ask before Flask
sees the request. A browser sends the proof of a sign-in by itself, whichever site made it send the request. So a change
that another site caused counts as nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from werkzeug.http import parse_cookie

from portal.config import Settings
from portal.domain.address import TrustedProxies
from portal.domain.clients import network_of
from portal.domain.errors import InvalidValue, MalformedRequest, Unauthorized
from portal.domain.mail_address import read_mail_address
from portal.domain.message import Message
from portal.domain.person import Person, SignedInBy, read_person_id
from portal.services.api_keys import ApiKeys
from portal.services.parts import WebParts
from portal.services.people import PeopleService
from portal.services.sign_in import SignIns

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_READER = "portal.identity"
_PERSON = "portal.person"
_COOKIE = "bttoxin_person"
_VOUCHED, _VOUCHED_MAIL = "portal.identity_header", "portal.identity_mail_header"
# Anything that begins like an API key is one; a wrong one is told so, and not taken for a task's token.
_BEARER = re.compile(r"bearer +(btk\.\S{0,200})", re.IGNORECASE)
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SignIn(Protocol):
    """What a browser sends by itself with each request, and what of it is believed."""

    by: SignedInBy

    def prepare(self, environ: WSGIEnvironment) -> None:
        """Look at the connection, before the proxy's word on the client's address replaces that of the connection."""

    def person_id(self, environ: WSGIEnvironment) -> str | None:
        """Return the stable id of the person; raise MalformedRequest if it cannot be one."""

    def mail(self, environ: WSGIEnvironment) -> str | None:
        """Return the person's verified mail address, empty for none; None if requests do not say it."""


class HeaderSignIn:
    """Reads IDENTITY_HEADER where the proxy that sent it is trusted."""

    by = SignedInBy.HEADER

    def __init__(self, proxies: TrustedProxies, header: str, mail_header: str = "") -> None:
        self._proxies = proxies
        self._key = _environ_key(header)
        self._mail_key = _environ_key(mail_header) if mail_header else None

    def prepare(self, environ: WSGIEnvironment) -> None:
        """Take the headers out of the environ, and keep them if the connection's other end may vouch for people."""
        said = environ.pop(self._key, "")
        mail = environ.pop(self._mail_key, "") if self._mail_key else ""
        if self._proxies.may_vouch(environ.get("REMOTE_ADDR") or ""):
            environ[_VOUCHED] = said
            environ[_VOUCHED_MAIL] = mail

    def mail(self, environ: WSGIEnvironment) -> str | None:
        """Return the address in the header; see `SignIn`. Anything but one plain address is none."""
        if self._mail_key is None:
            return None
        try:
            return read_mail_address(_utf8(environ.get(_VOUCHED_MAIL, "")))
        except InvalidValue:
            return ""

    def person_id(self, environ: WSGIEnvironment) -> str | None:
        """Return the id in the header; see `SignIn`."""
        try:
            return read_person_id(_utf8(environ.get(_VOUCHED, "")))
        except InvalidValue as error:
            raise MalformedRequest(Message("access.identity", problem=error.message)) from error


class SessionSignIn:
    """Reads the cookie that a sign-in at the provider has left (`portal.web.oidc`)."""

    by = SignedInBy.OIDC

    def __init__(self, sign_ins: SignIns) -> None:
        self._sign_ins = sign_ins

    def prepare(self, environ: WSGIEnvironment) -> None:
        """Nothing of a cookie depends on the connection."""

    def person_id(self, environ: WSGIEnvironment) -> str | None:
        """Return the id in the session; see `SignIn`."""
        cookie = parse_cookie(environ).get(sign_in_cookie(environ))
        return self._sign_ins.person_id(cookie) if cookie else None

    def mail(self, _environ: WSGIEnvironment) -> str | None:
        """Return None: the address was written down when the person signed in."""
        return None


def sign_in_cookie(environ: WSGIEnvironment) -> str:
    """Return the name of the cookie; with TLS it has the prefix that fits its path."""
    if environ["wsgi.url_scheme"] != "https":
        return _COOKIE
    return f"__Secure-{_COOKIE}" if environ.get("SCRIPT_NAME") else f"__Host-{_COOKIE}"


class Identity:
    """Reads API keys and sign-ins.

    `count_wrong` counts a wrong key of a client's network, and raises TooManyRequests beyond the limit.
    """

    def __init__(
        self, people: PeopleService, keys: ApiKeys, sign_in: SignIn, count_wrong: Callable[[str], None]
    ) -> None:
        self._people = people
        self._keys = keys
        self._sign_in = sign_in
        self._count_wrong = count_wrong

    def prepare(self, environ: WSGIEnvironment) -> None:
        """Look at the connection; see `SignIn.prepare`."""
        self._sign_in.prepare(environ)
        environ[_READER] = self

    def read(self, environ: WSGIEnvironment) -> Person | None:
        """Return who sent the request; see `person_of`. A key goes before a sign-in."""
        key = api_key_of(environ)
        if key is not None:
            person = self._keys.person(key)
            if person is None:
                self._count_wrong(network_of(environ.get("REMOTE_ADDR") or ""))
                raise Unauthorized(Message("access.key"))
            return person
        person_id = self._sign_in.person_id(environ)
        if person_id is None or not _is_own_request(environ):
            return None
        return self._people.person(person_id, self._sign_in.by, self._sign_in.mail(environ))


def make_identity(settings: Settings, parts: WebParts) -> Identity | None:
    """Return what the settings ask for; None with IDENTITY=none."""
    if parts.people is None or parts.api_keys is None:
        return None

    def count_wrong(network: str) -> None:
        parts.wrong_tokens.count(parts.keyring.pseudonym(network))

    sign_in: SignIn = HeaderSignIn(settings.trusted_proxies, settings.IDENTITY_HEADER, settings.IDENTITY_MAIL_HEADER)
    if parts.sign_ins is not None:
        sign_in = SessionSignIn(parts.sign_ins)
    return Identity(parts.people, parts.api_keys, sign_in, count_wrong)


def api_key_of(environ: WSGIEnvironment) -> str | None:
    """Return the API key of a request: from X-Api-Key, which leaves room for a task's token, else the bearer token."""
    key: str = environ.get("HTTP_X_API_KEY", "").strip()
    if key:
        return key
    bearer = _BEARER.fullmatch(environ.get("HTTP_AUTHORIZATION", ""))
    return bearer[1] if bearer else None


def person_of(environ: WSGIEnvironment) -> Person | None:
    """Return the signed-in person of a request; None without one, and with IDENTITY=none.

    Raises:
        Unauthorized, TooManyRequests: there is an API key, and it is not valid.
        MalformedRequest: the proxy sent something that cannot be an id. Asked again, the request is nobody's, so that
            an error page can be made.
    """
    reader: Identity | None = environ.get(_READER)
    if reader is None:
        return None
    if _PERSON not in environ:
        environ[_PERSON] = None
        environ[_PERSON] = reader.read(environ)
    person: Person | None = environ[_PERSON]
    return person


def _environ_key(header: str) -> str:
    return f"HTTP_{header.upper().replace('-', '_')}"


def _utf8(value: str) -> str:
    """Return a header's text: WSGI hands over each byte as a character, proxies send UTF-8."""
    raw = value.encode("latin-1", "replace")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return value


def _is_own_request(environ: WSGIEnvironment) -> bool:
    """Return whether no other site caused this request, or it cannot change anything.

    Browsers say which site caused it (`Sec-Fetch-Site`, older ones `Origin`); other programs say neither.
    """
    if environ["REQUEST_METHOD"] in _SAFE_METHODS:
        return True
    site: str | None = environ.get("HTTP_SEC_FETCH_SITE")
    origin: str | None = environ.get("HTTP_ORIGIN")
    if site is not None:
        return site == "same-origin"
    if origin is None:
        return True
    return origin == f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST')}"
