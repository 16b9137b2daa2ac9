"""The access log: one line per request with method, path, status, bytes and time; no query or referrer (secrets)."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from portal.domain.logs import FIELDS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

log = logging.getLogger("portal.access")


def note_request(environ: WSGIEnvironment, status: int, size: int, began: float) -> None:
    """Write the line; `began` is `time.perf_counter()` at the end of the headers, `size` the body's length in bytes."""
    path = environ["PATH_INFO"]
    if not path.isascii():
        path = path.encode("latin-1").decode("utf-8", "backslashreplace")
    spent_ms = round((time.perf_counter() - began) * 1000, 1)
    fields = {"client": environ["REMOTE_ADDR"], "bytes": size, "ms": spent_ms}
    log.info("%s %s %d", environ["REQUEST_METHOD"], path, status, extra={FIELDS: fields})
