"""Error responses: one JSON shape below /api, the error page elsewhere.

`{"type": "/errors/fasta.gap", "code": 422, "status": "Unprocessable Entity", "message": "line 3: ...",
"errors": {"file": ["line 3: ..."]}, "details": [{"field": "file", "type": ..., "message": ..., "params": {...}}]}`

`type` (as in RFC 9457) and `params` are for programs and never change with the language; the sentences are in the
language that the request accepts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, has_request_context, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from portal.domain import errors as domain
from portal.domain.message import Message, params_to_json
from portal.domain.os_errors import os_reason
from portal.domain.status import Lang
from portal.web.texts.i18n import current_lang, html_lang

log = logging.getLogger(__name__)

API_PREFIX = "/api"
TYPE_PREFIX = "/errors/"
_PAGE_KEY = "portal-error-page"
_STATUS: tuple[tuple[type[domain.PortalError], HTTPStatus], ...] = (
    (domain.MalformedRequest, HTTPStatus.BAD_REQUEST),
    (domain.Unauthorized, HTTPStatus.UNAUTHORIZED),
    (domain.Forbidden, HTTPStatus.FORBIDDEN),
    (domain.TooSlow, HTTPStatus.REQUEST_TIMEOUT),
    (domain.InvalidRequest, HTTPStatus.UNPROCESSABLE_ENTITY),
    (domain.KeyReused, HTTPStatus.UNPROCESSABLE_ENTITY),
    (domain.PayloadTooLarge, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (domain.UnsupportedFile, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
    (domain.NotFound, HTTPStatus.NOT_FOUND),
    (domain.NotShown, HTTPStatus.NOT_FOUND),
    (domain.Conflict, HTTPStatus.CONFLICT),
    (domain.ChangedMeanwhile, HTTPStatus.PRECONDITION_FAILED),
    (domain.NoCondition, HTTPStatus.PRECONDITION_REQUIRED),
    (domain.TooManyRequests, HTTPStatus.TOO_MANY_REQUESTS),
    (domain.NotReady, HTTPStatus.SERVICE_UNAVAILABLE),
    (domain.Unreadable, HTTPStatus.SERVICE_UNAVAILABLE),
    (domain.StorageFull, HTTPStatus.INSUFFICIENT_STORAGE),
)
# The codes that have a text of their own.
HTTP_CODES = frozenset((*range(400, 402), *range(403, 407), *range(408, 417), 422, 428, 429, 431, *range(500, 505)))
_RETRY_AFTER_S = {HTTPStatus.SERVICE_UNAVAILABLE: 30, HTTPStatus.INSUFFICIENT_STORAGE: 300}
_TIMED = (domain.TooManyRequests, domain.Conflict, domain.UnderMaintenance)  # they know when to come back
_INTERNAL = Message("http.500")


@dataclass(frozen=True)
class Problem:
    """An error as reported to the client: HTTP code, message, and problems by field."""

    code: int
    message: Message
    errors: Mapping[str, Sequence[Message]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> str:
        return HTTPStatus(self.code).phrase

    def fields(self, lang: Lang) -> dict[str, list[str]]:
        """Return the problems by field, in a language."""
        return {field: [message.word(lang) for message in messages] for field, messages in self.errors.items()}

    def body(self, lang: Lang) -> dict[str, Any]:
        """Return the JSON of the API's errors."""
        named = [(field, message) for field, messages in self.errors.items() for message in messages]
        return {
            **_described(self.message, lang),
            "code": self.code,
            "status": self.status,
            "errors": self.fields(lang),
            "details": [{"field": field, **_described(message, lang)} for field, message in named],
        }


def _described(message: Message, lang: Lang) -> dict[str, Any]:
    """Return the RFC 9457 members for one message; `line`, or `n` and `label`, are added to its other parameters.

    `type` is the address of a page on this portal (`portal.web.pages.error_codes`).
    """
    cause = message.cause
    root = request.script_root if has_request_context() else ""
    return {
        "type": f"{root}{TYPE_PREFIX}{cause.code}",
        "message": message.word(lang),
        "params": params_to_json({**cause.params, **message.place}),
    }


ErrorPage = Callable[[Problem], ResponseReturnValue]


def use_error_page(app: Flask, render: ErrorPage) -> None:
    """Use `render` for errors outside /api; it returns the body, the code and headers are set here."""
    app.extensions[_PAGE_KEY] = render


def is_api_path(path: str) -> bool:
    """Return whether a path is below /api, where all errors are JSON."""
    return path == API_PREFIX or path.startswith(f"{API_PREFIX}/")


def is_api_request() -> bool:
    """Return whether the request is below /api."""
    return is_api_path(request.path)


def answer(problem: Problem) -> Response:
    """Return the response for a problem, in the form of the requested part of the site."""
    page: ErrorPage | None = None if is_api_request() else current_app.extensions.get(_PAGE_KEY)
    if is_api_request():
        response = jsonify(problem.body(current_lang()))
        response.vary.add("Accept-Language")
        response.content_language.add(html_lang())
    elif page is not None:
        response = current_app.make_response(page(problem))
    else:
        response = Response(f"{problem.code} {problem.status}\n{problem.message}\n", mimetype="text/plain")
    response.status_code = problem.code
    response.headers.update(dict(problem.headers))
    response.headers["Cache-Control"] = "no-store"
    return response


def describe_portal_error(error: domain.PortalError) -> Problem:
    """Return the problem to report for a domain error."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("unexpected %s: %s", type(error).__name__, error, exc_info=error)
        return Problem(status, _INTERNAL)
    headers = {}
    if isinstance(error, _TIMED) and error.retry_after_s is not None:
        headers["Retry-After"] = str(error.retry_after_s)
    elif isinstance(error, domain.Unauthorized):
        headers["WWW-Authenticate"] = 'Bearer realm="task"'
    elif status in _RETRY_AFTER_S:
        headers["Retry-After"] = str(_RETRY_AFTER_S[status])
    return Problem(status, error.message, error.errors, headers)


def describe_http_error(error: HTTPException) -> Problem:
    """Return the problem to report for an error of Flask, Werkzeug or webargs."""
    code = error.code or HTTPStatus.INTERNAL_SERVER_ERROR
    data: Mapping[str, Any] = getattr(error, "data", None) or {}
    headers = {name: value for name, value in error.get_headers() if name.lower() != "content-type"}
    headers.update(data.get("headers") or {})
    return Problem(code, http_message(code), _flatten(data.get("messages") or {}), headers)


def http_message(code: int) -> Message:
    """Return the message for an HTTP code; for a rare code, that of its class."""
    if code not in HTTP_CODES:
        code = HTTPStatus.INTERNAL_SERVER_ERROR if code >= HTTPStatus.INTERNAL_SERVER_ERROR else HTTPStatus.BAD_REQUEST
    return Message(f"http.{HTTPStatus(code).value}")


def _flatten(messages: Mapping[str, Any]) -> dict[str, list[Message]]:
    """Flatten webargs' `{location: {field: [message]}}` to `{field: [message]}`, with nested fields as `a.b`.

    A library's own sentence is replaced by "not valid".
    """
    flat: dict[str, list[Message]] = {}

    def walk(path: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for name, inner in value.items():
                walk(f"{path}.{name}" if path else str(name), inner)
        else:
            found = value if isinstance(value, list) else [value]
            named = (text if isinstance(text, Message) else Message("value.invalid") for text in found)
            flat.setdefault(path.removesuffix("_schema").removesuffix(".") or "body", []).extend(named)

    for location, fields in messages.items():
        walk("" if isinstance(fields, Mapping) else str(location), fields)
    return flat


def register_error_handlers(app: Flask) -> None:
    """Handle every error in the right form; `portal.web.api.openapi` handles HTTPExceptions."""
    app.register_error_handler(domain.PortalError, lambda error: answer(describe_portal_error(error)))
    app.register_error_handler(OSError, lambda error: answer(_describe_os_error(error)))


def _describe_os_error(error: OSError) -> Problem:
    """Return the problem to report for a disk that does not answer, or denies access: nobody can tell what is there."""
    log.error("the disk: %s", error, exc_info=error)
    return describe_portal_error(domain.NotReady(Message("health.disk_unreachable", reason=os_reason(error))))
