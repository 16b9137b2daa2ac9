"""Read the body of an upload under a WSGI server that has not read it: in pieces, with a limit.

The portal's own server reads bodies at its edge (`portal.web.edge`), which also limits the time.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from portal.domain.errors import MalformedRequest
from portal.domain.message import Message
from portal.web.sizes import FEED_BYTES
from portal.web.upload.intake import FORM_BYTES


def read_pieces(request: Request, max_upload_bytes: int) -> Iterator[bytes]:
    """Yield the body of a request in pieces of at most FEED_BYTES.

    Raises:
        MalformedRequest: it ended before it was complete.
    """
    # One byte more than the intake accepts: the intake decides what is too large.
    request.max_content_length = max_upload_bytes + FORM_BYTES + 1
    while True:
        try:
            piece = request.stream.read(FEED_BYTES)
        except RequestEntityTooLarge:
            return
        except Exception as error:  # what a cut or malformed chunked body raises depends on the server
            raise MalformedRequest(Message("upload.cut")) from error
        if not piece:
            return
        yield piece
