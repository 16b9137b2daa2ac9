"""Determine the client and the requested address, trusting only the configured proxies.

A proxy passes the client's address and scheme (X-Forwarded-For, -Proto), which count only from TRUSTED_PROXIES. Host
and prefix are never taken from a header but from PUBLIC_URL; if it is set, requests to any other host are refused, so
that no link, cookie or redirect of the portal can be diverted.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Flask, request

from portal.domain.address import PublicUrl, TrustedProxies, is_loopback_host
from portal.domain.errors import MalformedRequest
from portal.domain.message import Message

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# Marks the environ of a request to a foreign host.
UNKNOWN_HOST = "portal.unknown_host"


# A host name, IPv4 or IPv6 address, with optional port (RFC 9110, 4.2.1).
_HOST = re.compile(
    r"(?:[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{0,5})?", re.ASCII
)
_LONGEST_HOST = 259  # 253 of a name, and a port


def _is_host(text: str) -> bool:
    return len(text) <= _LONGEST_HOST and _HOST.fullmatch(text) is not None


class PublicAddress:
    """Sets the verified client and address in an environ."""

    def __init__(self, public_url: PublicUrl | None, proxies: TrustedProxies) -> None:
        self._url = public_url
        self._proxies = proxies

    def apply(self, environ: WSGIEnvironment) -> None:
        """Correct REMOTE_ADDR, scheme, host and prefix in place."""
        forwarded = [part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        client = self._proxies.client(environ.get("REMOTE_ADDR") or "", forwarded)
        if client is not None:
            environ["REMOTE_ADDR"] = client
            self._take_scheme(environ)
        if environ.get("HTTP_HOST"):
            if not _is_host(environ["HTTP_HOST"]):
                # Flask builds addresses from it before our code runs, and fails on an invalid one.
                environ[UNKNOWN_HOST] = environ.pop("HTTP_HOST")
        elif "HTTP_HOST" not in environ and environ["SERVER_PROTOCOL"] == "HTTP/1.1":
            environ[UNKNOWN_HOST] = None  # to be refused (RFC 9112, 3.2); an empty one is allowed
        if self._url is not None:
            self._take_public(environ, self._url, proxied=client is not None)

    def _take_scheme(self, environ: WSGIEnvironment) -> None:
        said = [part.strip() for part in environ.get("HTTP_X_FORWARDED_PROTO", "").split(",") if part.strip()]
        place = self._proxies.count or 1
        if len(said) >= place and said[-place] in ("http", "https"):
            environ["wsgi.url_scheme"] = said[-place]

    @staticmethod
    def _take_public(environ: WSGIEnvironment, url: PublicUrl, *, proxied: bool) -> None:
        host = environ.get("HTTP_HOST", "")
        if not url.is_host(host) and not is_loopback_host(host):
            environ.setdefault(UNKNOWN_HOST, host)
        if proxied or url.is_host(host):
            # Also through a proxy that puts its own name into Host.
            environ["wsgi.url_scheme"] = url.scheme
            environ["HTTP_HOST"] = url.host
        path: str = environ["PATH_INFO"]
        if url.prefix:
            environ["SCRIPT_NAME"] = url.prefix
            # The proxy may strip the prefix or keep it.
            if path == url.prefix or path.startswith(f"{url.prefix}/"):
                environ["PATH_INFO"] = path[len(url.prefix) :] or "/"


def register_host_check(app: Flask) -> None:
    """Refuse requests to a host other than the portal's."""

    def refuse_unknown_host() -> None:
        if UNKNOWN_HOST in request.environ:
            if request.environ[UNKNOWN_HOST] is None:
                raise MalformedRequest(Message("access.no_host"))
            raise MalformedRequest(Message("access.unknown_host"))

    app.before_request(refuse_unknown_host)
