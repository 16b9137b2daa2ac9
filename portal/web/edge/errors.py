"""Errors outside the application: malformed and aborted requests. Responses have the shape of the API's errors."""

from __future__ import annotations

import json

from portal.domain.status import Lang
from portal.web.answer import Answer
from portal.web.errors import Problem, http_message
from portal.web.headers import security_headers


def edge_error(status: int) -> Answer:
    """Return the response for a status, in English: the header that names a language may be the malformed one."""
    problem = Problem(status, http_message(status))
    body = json.dumps(problem.body(Lang.EN), separators=(",", ":")).encode() + b"\n"
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        *security_headers("/api"),
    ]
    return Answer(status, headers, body)
