"""Compress text responses with gzip for clients that accept it.

A response may hold a token next to text that the URL controls. Who can make a browser send requests, and sees their
lengths on the wire, could guess the token letter by letter (BREACH). So what another site has made the browser ask for
is not compressed; browsers say so in `Sec-Fetch-Site`, which no page can change. Static files are the same for all.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

_LEAST_BYTES = 1024
# A larger file is sent from the disk piece by piece, and never held in memory.
_LARGEST_FILE_BYTES = 4 * 1024 * 1024
_TYPES = frozenset(("application/json", "application/javascript", "application/x-ndjson", "image/svg+xml"))
# The short path before Flask answers most requests for a record (`portal.web.front`); they are small.
_RECORD = "tasks.Task"
_WITHOUT_OR_IN_PART = frozenset((204, 206, 304))


@lru_cache(maxsize=256)
def _packed_file(path: Path, _changed_ns: int, _size: int) -> bytes:
    """Return a compressed static file; it is the same for everyone, so it is compressed once."""
    return gzip.compress(path.read_bytes(), 9, mtime=0)


def _is_text(mimetype: str) -> bool:
    return mimetype.startswith("text/") or mimetype in _TYPES or mimetype.endswith("+json")


def _is_large_file(response: Response) -> bool:
    return response.direct_passthrough and (response.content_length or 0) > _LARGEST_FILE_BYTES


def _packed_pieces(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Compress what is made while it is sent."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def _pack(response: Response) -> bool:
    """Compress the body, and return whether that was worth it."""
    if response.direct_passthrough:
        response.direct_passthrough = False
        response.make_sequence()
    if response.is_streamed:
        response.response = _packed_pieces(response.iter_encoded())
        response.headers.pop("Content-Length", None)
        return True
    data = response.get_data()
    if len(data) >= _LEAST_BYTES:
        response.set_data(gzip.compress(data, 6, mtime=0))
    return len(data) >= _LEAST_BYTES


def _is_asked_by_others() -> bool:
    """Return whether another site may have made the browser send this request, where its length is all one can see.

    Browsers before 2023 do not say; without TLS none does, and then there is nothing left to guess.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is None:
        return request.is_secure and "Cookie" in request.headers
    return site not in ("same-origin", "none")


def register_compression(app: Flask, static_folder: Path) -> None:
    """Compress responses where it pays, after all other processing."""

    def compress(response: Response) -> Response:
        is_record = request.endpoint == _RECORD and response.status_code == 200
        if is_record or not _is_text(response.mimetype or "") or response.status_code in _WITHOUT_OR_IN_PART:
            return response
        is_static = request.endpoint == "static" and response.status_code == 200
        response.vary.add("Accept-Encoding")
        takes_gzip = request.accept_encodings.quality("gzip") > 0
        # A HEAD has the length and the tag of the file as it is, from which a download is resumed and verified.
        if not takes_gzip or request.method == "HEAD" or "Range" in request.headers or response.content_encoding:
            return response
        if is_static:
            path = static_folder / (request.view_args or {})["filename"]
            facts = path.stat()
            response.close()  # close the open file, which the compressed data replaces
            response.direct_passthrough = False
            response.set_data(_packed_file(path, facts.st_mtime_ns, facts.st_size))
        elif _is_asked_by_others() or _is_large_file(response) or not _pack(response):
            return response
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("Accept-Ranges", None)  # ranges are those of the file as it is
        etag, _ = response.get_etag()
        if etag:
            response.set_etag(etag, weak=True)  # the same content, not the same bytes
        return response

    app.after_request(compress)
