"""Headers of every response: what browsers may do with it, and which other sites may read it.

Flask's responses get them after the view, those of the short path when written; both use the functions here.
"""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, Response, request

from portal.web.errors import is_api_path

PAGE_CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-src 'self'; frame-ancestors 'none'"
)
API_CSP = "default-src 'none'; frame-ancestors 'none'"
# Result files contain user text (names, contig headers): no script runs in them and they have no origin.
RESULT_CSP = (
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-downloads; default-src 'none'; "
    "img-src 'self' data:; style-src 'unsafe-inline'; font-src data:; frame-ancestors 'self'"
)
_EXPOSED = "Content-Disposition, Content-Range, ETag, Location, Queue-Position, Retry-After, X-Request-Id"
_ALLOWED = "Authorization, Content-Type, Idempotency-Key, If-None-Match, If-Range, Range, X-Api-Key, X-Request-Id"
_ALWAYS = (
    ("X-Content-Type-Options", "nosniff"),
    # Not `no-referrer`: it makes browsers send `Origin: null` with our own forms.
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
_TLS_ALONE = ("Strict-Transport-Security", "max-age=31536000")
_API = (*_ALWAYS, ("Content-Security-Policy", API_CSP))
_PAGES = (*_ALWAYS, ("Content-Security-Policy", PAGE_CSP), ("Cross-Origin-Opener-Policy", "same-origin"))


def security_headers(path: str, *, secure: bool = False) -> Sequence[tuple[str, str]]:
    """Return the default headers of responses below this path; `secure`: they are sent over TLS."""
    headers = _API if is_api_path(path) else _PAGES
    return (*headers, _TLS_ALONE) if secure else headers


class CrossOrigin:
    """Which other sites may read the API, never with credentials."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._anybody = "*" in origins
        self._allowed = frozenset(origins)

    @property
    def varies(self) -> bool:
        """Whether responses depend on the requesting origin."""
        return not self._anybody

    def headers(self, origin: str | None) -> list[tuple[str, str]]:
        """Return the headers that let this origin read a response below /api."""
        if origin is None or not (self._anybody or origin in self._allowed):
            return []
        return [
            ("Access-Control-Allow-Origin", "*" if self._anybody else origin),
            ("Access-Control-Expose-Headers", _EXPOSED),
        ]


def register_headers(app: Flask, cross_origin: CrossOrigin) -> None:
    """Set security headers on everything, and CORS headers below /api."""

    def set_security_headers(response: Response) -> Response:
        for name, value in security_headers(request.path, secure=request.is_secure):
            response.headers.setdefault(name, value)
        return response

    def set_cors_headers(response: Response) -> Response:
        if not is_api_path(request.path):
            return response
        if cross_origin.varies:
            response.vary.add("Origin")
        granted = cross_origin.headers(request.headers.get("Origin"))
        response.headers.extend(granted)
        if granted and request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET")
            response.headers["Access-Control-Allow-Headers"] = _ALLOWED
            response.headers["Access-Control-Max-Age"] = "600"
        return response

    app.after_request(set_security_headers)
    app.after_request(set_cors_headers)
