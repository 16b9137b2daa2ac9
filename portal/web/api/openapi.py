"""The API extension: flask-smorest with our error shape, and hand-written parts of the OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from http import HTTPStatus
from typing import Any, TypeVar

from flask import Flask, Response
from flask_smorest import Api, Blueprint
from msgspec import Struct
from werkzeug.exceptions import HTTPException

from portal import __version__
from portal.domain.mail_address import LONGEST_MAIL
from portal.domain.parameters import PARAMETERS, Parameter
from portal.domain.status import Lang
from portal.domain.webhook_rules import LONGEST_WEBHOOK
from portal.web.api.documents import ref
from portal.web.api.finishing import finished
from portal.web.api.notify_fields import NOTIFY_MAIL, NOTIFY_WEBHOOK
from portal.web.api.schemas import TASK_ID_PATTERN, ErrorSchema
from portal.web.browser import NAME
from portal.web.errors import answer, describe_http_error

F = TypeVar("F", bound=Callable[..., Any])

TASK_ID_PARAMETER = {
    "in": "path",
    "name": "task_id",
    "required": True,
    "description": "Id of the task: 12 lower-case base32 characters.",
    "schema": {"type": "string", "pattern": TASK_ID_PATTERN},
    "example": "k3v7q2m5x4ta",
}
SAME_ETAG = {"description": "The ETag that was sent is still right."}
SECURITY: list[dict[str, list[str]]] = [{"token": []}, {"cookie": []}]
IDEMPOTENCY_KEY_PARAMETER = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "1 to 255 visible ASCII characters. The same key with the same content finds the same task again.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
RETRY_AFTER = {"schema": {"type": "integer"}, "description": "Seconds after which it makes sense to ask again."}
_MAY_PASS = {
    "schema": {"type": "integer"},
    "description": "Present only if the state is temporary: seconds after which it makes sense to ask again.",
}
_RETRY_HEADERS = {409: _MAY_PASS, 429: RETRY_AFTER, 503: RETRY_AFTER, 507: RETRY_AFTER}
_INTRODUCTION = """\
Finds toxin genes in *Bacillus thuringiensis* genomes and says which insects the strain is likely to act on.

`POST /api/tasks` takes a genome and answers with a task and its token. Everything below `/api/tasks/{task_id}` asks
for that token as `Authorization: Bearer <token>`. A wrong token and an unknown task answer alike.
Every error has the shape of `Error`. Times are ISO 8601 in UTC, sizes bytes.
"""
_ERRORS = {
    400: "The request is cut or malformed.",
    401: "No token came with the request; or an API key that is not valid.",
    403: "A change asked for with a cookie must come from a page of this portal.",
    404: "No such task, or the token is wrong; or no such file.",
    405: "This address does not take the method.",
    408: "The body came too slowly.",
    409: "Not possible in the state of the task.",
    412: "It has been changed since the revision that `If-Match` names.",
    413: "The body is over the limit; it is refused before it is read where its length is told.",
    415: "Not multipart/form-data, or not a .fna, .fa or .fasta file.",
    416: "The range lies outside the file.",
    422: "A field or the FASTA file is wrong; `errors` names each field, FASTA errors their line.",
    428: "`If-Match` is missing: it says which revision was seen.",
    429: "Too much of it lately or at once; `Retry-After` says when to come back.",
    503: "Something that is needed is missing at the moment.",
    507: "The disk is full.",
}


class PortalApi(Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest's extension with the portal's errors; outside /api its handler leaves the response to the pages."""

    ERROR_SCHEMA = ErrorSchema
    # Each operation lists its errors; a catch-all would make every response count as documented.
    DEFAULT_ERROR_RESPONSE_NAME = None

    @cached_property
    def document(self) -> bytes:
        """Return the document, built on first use, when all operations are registered."""
        return json.dumps(finished(self.spec.to_dict()), ensure_ascii=False, indent=1).encode()

    def _openapi_json(self) -> Response:
        return Response(self.document, mimetype="application/json")

    def handle_http_exception(self, error: HTTPException) -> Response:
        return answer(describe_http_error(error))


def make_api(app: Flask, server: str) -> PortalApi:
    """Add the API extension; the document is served at /api/openapi.json with `server` as its base."""
    app.config.update(
        API_TITLE="Bttoxin Portal",
        API_VERSION=__version__,
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        OPENAPI_JSON_PATH="openapi.json",
    )
    api = PortalApi(
        app,
        spec_kwargs={
            "info": {
                "description": _INTRODUCTION,
                "license": {"name": "GPL-3.0-or-later", "identifier": "GPL-3.0-or-later"},
            },
            "servers": [{"url": server, "description": "this portal"}],
        },
    )
    schemes = api.spec.components
    schemes.security_scheme("token", {"type": "http", "scheme": "bearer", "description": "The task's token."})
    schemes.security_scheme(
        "cookie",
        {
            "type": "apiKey",
            "in": "cookie",
            "name": NAME,
            "description": (
                "What the pages use: a session of the browser, not a token; HttpOnly. Over TLS its name begins with "
                "`__Host-`, or with `__Secure-` if the portal is below a path."
            ),
        },
    )
    return api


def errors(blueprint: Blueprint, *codes: int) -> Callable[[F], F]:
    """Document the errors that an operation may return."""

    # An operation that needs a token may reject too many wrong ones.
    all_codes = {*codes, 429} if 401 in codes else set(codes)

    def decorate(view: F) -> F:
        for code in sorted(all_codes, reverse=True):
            text = f"{HTTPStatus(code).phrase}. {_ERRORS[code]}"
            headers = {"Retry-After": _RETRY_HEADERS[code]} if code in _RETRY_HEADERS else None
            view = blueprint.alt_response(code, schema=ErrorSchema, description=text, headers=headers)(view)
        return view

    return decorate


def file_answer(description: str, *media_types: str, document: type[Struct] | str | None = None) -> dict[str, Any]:
    """Return the OpenAPI response for a file of several possible types; `document` is the schema for JSON."""
    content = {kind: {"schema": _file_schema(kind, document)} for kind in sorted(media_types, key=_is_text)}
    return {"description": description, "content": content}


def part_answer(description: str, *media_types: str) -> dict[str, Any]:
    """Return the OpenAPI response for a part of a file: bytes, whatever its type."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in sorted(media_types, key=_is_text)}
    return {"description": description, "content": content}


def _is_text(media_type: str) -> bool:
    """Return whether a type is text; generated clients use the first type they know, and bytes suit all of them."""
    return media_type.startswith("text/") or media_type in ("application/json", "image/svg+xml")


# A publication as CSL-JSON has it; https://github.com/citation-style-language/schema describes the other members.
CSL_JSON = "application/vnd.citationstyles.csl+json"
_PUBLICATIONS: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"id": {"type": "string"}, "type": {"type": "string"}, "title": {"type": "string"}},
        "required": ["id", "type"],
    },
}


def _file_schema(media_type: str, document: type[Struct] | str | None) -> dict[str, Any]:
    if document is not None and media_type == "application/json":
        return ref(document)
    if media_type == CSL_JSON:
        return _PUBLICATIONS
    return {"type": "string"} if _is_text(media_type) else {"type": "string", "format": "binary"}


def _property(parameter: Parameter) -> dict[str, Any]:
    told = {"description": parameter.description, "default": parameter.default}
    if parameter.kind == "flag":
        return {"type": "boolean", **told}
    if parameter.kind == "fraction":
        return {"type": "number", "minimum": 0, "maximum": 1, **told}
    return {"type": "string", "enum": list(parameter.choices), **told}


def upload_body() -> dict[str, Any]:
    """Return the multipart body of a submission, which the library cannot derive since the file is not a field."""
    properties: dict[str, Any] = {
        "file": {
            "type": "string",
            "format": "binary",
            "description": "The genome as FASTA; its name ends in .fna, .fa or .fasta.",
        },
        "lang": {"type": "string", "enum": list(Lang), "default": "en", "description": "Language of the report."},
        **{parameter.name: _property(parameter) for parameter in PARAMETERS},
        "submission": {
            "type": "string",
            "pattern": r"^[A-Za-z0-9_.:@-]{1,100}$",
            "description": "A name that tasks submitted together share; the queue takes turns between submissions.",
        },
        "notify_mail": {"type": "string", "maxLength": LONGEST_MAIL, "description": NOTIFY_MAIL},
        "notify_webhook": {"type": "string", "maxLength": LONGEST_WEBHOOK, "description": NOTIFY_WEBHOOK},
        "idempotency_key": {
            "type": "string",
            "pattern": "^[!-~]{1,255}$",
            "description": "As the header Idempotency-Key, for forms that cannot send one; the header wins.",
        },
    }
    schema = {"type": "object", "required": ["file"], "properties": properties, "additionalProperties": False}
    content = {
        "schema": schema,
        "encoding": {"file": {"contentType": "text/x-fasta, text/plain, application/octet-stream"}},
    }
    return {"required": True, "content": {"multipart/form-data": content}}
