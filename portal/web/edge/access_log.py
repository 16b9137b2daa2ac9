"""One line for each request: method, path, status, bytes, time. No query and no referrer: nothing secret is in it."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from portal.domain.logs import FIELDS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

log = logging.getLogger("portal.access")


def note_request(environ: WSGIEnvironment, status: int, size: int, began: float) -> None:
    """Write the line; `began` is `time.perf_counter()` at the end of the headers, `size` the bytes of the body."""
    path = environ["PATH_INFO"]
    if not path.isascii():
        path = path.encode("latin-1").decode("utf-8", "backslashreplace")
    spent_ms = round((time.perf_counter() - began) * 1000, 1)
    fields = {"client": environ["REMOTE_ADDR"], "bytes": size, "ms": spent_ms}
    log.info("%s %s %d", environ["REQUEST_METHOD"], path, status, extra={FIELDS: fields})
