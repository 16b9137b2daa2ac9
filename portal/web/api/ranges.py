"""Send content of known length that is generated while it is sent, or a range of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import Response, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.http import parse_range_header

RANGE_PARAMETER = {
    "in": "header",
    "name": "Range",
    "schema": {"type": "string"},
    "description": "Part of the file.",
    "example": "bytes=0-1023",
}

Read = Callable[[int, int], Iterator[bytes]]


def ranged_response(read: Read, size: int, *, etag: str, media_type: str, download_name: str) -> Response:
    """Return all content (200), one range (206) or not modified (304).

    `read(start, stop)` yields those bytes. Several ranges at once, units other than bytes, and an `If-Range` that does
    not match get the whole, as RFC 9110 allows.

    Raises:
        RequestedRangeNotSatisfiable: the range lies outside; answered with 416.
    """
    if request.if_none_match.contains(etag):
        return _with_headers(Response(status=304), etag, download_name)
    wanted = parse_range_header(request.headers.get("Range"))
    if_range = request.if_range
    if (
        wanted is None
        or wanted.units != "bytes"
        or len(wanted.ranges) != 1
        or ("If-Range" in request.headers and if_range.etag != etag)
    ):
        wanted = None
    if wanted is None:
        response = Response(read(0, size), mimetype=media_type)
        response.content_length = size
        return _with_headers(response, etag, download_name)
    first, _ = wanted.ranges[0]
    # The last 500 bytes of 100 are all 100.
    span = (0, size) if first < 0 <= size <= -first else wanted.range_for_length(size)
    if span is None:
        raise RequestedRangeNotSatisfiable(size)
    start, stop = span
    response = Response(read(start, stop), status=206, mimetype=media_type)
    response.content_length = stop - start
    response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return _with_headers(response, etag, download_name)


def _with_headers(response: Response, etag: str, download_name: str) -> Response:
    response.set_etag(etag)
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Disposition"] = f"attachment; filename={download_name}"
    return response
