"""Headers that every answer carries: what browsers may do with it, and which other sites may read it."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask, Response, request

from portal.web.errors import is_api_request

PAGE_CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-src 'self'; frame-ancestors 'none'"
)
API_CSP = "default-src 'none'; frame-ancestors 'none'"
# Result files carry user text (names, headers of contigs): no script runs in them and they have no origin.
RESULT_CSP = (
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-downloads; default-src 'none'; "
    "img-src 'self' data:; style-src 'unsafe-inline'; font-src data:; frame-ancestors 'self'"
)
_EXPOSED = "Content-Disposition, Content-Range, ETag, Location, Retry-After"
_ALLOWED = "Authorization, Content-Type, Idempotency-Key, If-None-Match, If-Range, Range"


def _set_security_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("X-Content-Type-Options", "nosniff")
    # Not `no-referrer`: with it browsers send `Origin: null` with our own forms.
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Content-Security-Policy", API_CSP if is_api_request() else PAGE_CSP)
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if not is_api_request():
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    return response


def register_headers(app: Flask, cors_origins: Sequence[str]) -> None:
    """Set security headers on everything, and CORS headers (never with credentials) below /api."""
    anybody = "*" in cors_origins
    allowed = frozenset(cors_origins)

    def set_cors_headers(response: Response) -> Response:
        origin = request.headers.get("Origin")
        if not is_api_request():
            return response
        if not anybody:
            response.vary.add("Origin")
        if origin is None or not (anybody or origin in allowed):
            return response
        response.headers["Access-Control-Allow-Origin"] = "*" if anybody else origin
        response.headers["Access-Control-Expose-Headers"] = _EXPOSED
        if request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET")
            response.headers["Access-Control-Allow-Headers"] = _ALLOWED
            response.headers["Access-Control-Max-Age"] = "600"
        return response

    app.after_request(_set_security_headers)
    app.after_request(set_cors_headers)
