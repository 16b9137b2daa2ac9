"""The id of a request: in its answer, in every line that is logged meanwhile, in what comes of it.

A browser, a notebook or a proxy may bring one; whoever sends none, or one of another form, is given one. It tells
requests apart for whoever reads the log and opens nothing, so a sender who reuses one confuses only their own lines.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from portal.domain.logs import REQUEST_ID

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

KEY = "portal.request_id"  # of an environ
HEADER = "X-Request-Id"


def request_id_of(environ: WSGIEnvironment) -> str:
    """Return the id of a request, made where it has none yet."""
    known: str | None = environ.get(KEY)
    if known is None:
        given = environ.get("HTTP_X_REQUEST_ID", "")
        known = environ[KEY] = given if REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
    return known
