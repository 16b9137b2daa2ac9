"""Errors that no application sees: malformed requests, and those that were given up. The shape is the API's."""

from __future__ import annotations

import json

from portal.domain.status import Lang
from portal.web.answer import Answer
from portal.web.errors import Problem, http_message
from portal.web.headers import security_headers


def edge_error(status: int) -> Answer:
    """Return the answer with this status; in English, since the headers that name a language may be what is wrong."""
    problem = Problem(status, http_message(status))
    body = json.dumps(problem.body(Lang.EN), separators=(",", ":")).encode() + b"\n"
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        *security_headers("/api"),
    ]
    return Answer(status, headers, body)
