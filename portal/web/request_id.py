"""The id of a request, included in its response, in its log lines and in the records it creates.

A browser, a notebook or a proxy may send one; a request without a valid id is given one. It only tells requests apart
in the log and grants no access, so a sender who reuses an id confuses only their own lines.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from portal.domain.logs import REQUEST_ID

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

KEY = "portal.request_id"  # key in an environ
HEADER = "X-Request-Id"


def request_id_of(environ: WSGIEnvironment) -> str:
    """Return the id of a request; create one if it has none."""
    known: str | None = environ.get(KEY)
    if known is None:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        known = environ[KEY] = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    return known
