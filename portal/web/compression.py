"""Compress long responses without secrets with gzip, for clients that accept it.

Pages contain tokens next to text that a URL can control, and an eavesdropper sees lengths (BREACH), so pages are not
compressed. Static files, tables over many genomes, and the grid rows that a page requests are.
"""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, request

_LEAST_BYTES = 1024
_TYPES = frozenset(("text/css", "text/javascript", "application/javascript", "image/svg+xml", "text/plain"))
_ENDPOINTS = frozenset(
    ("pages.states", "pages.submission_changes", "pages.submission_rows", "pages.compare_rows",
     "pages.submission_compare_rows", "submissions.TasksTable", "submissions.ToxinsTable",
     "submissions.ScoresTable", "submissions.SpeciesTable")
)  # fmt: skip


@lru_cache(maxsize=256)
def _packed_file(path: Path, _changed_ns: int, _size: int) -> bytes:
    """Return a compressed static file; it is the same for everyone, so it is compressed once."""
    return gzip.compress(path.read_bytes(), 9, mtime=0)


def register_compression(app: Flask, static_folder: Path) -> None:
    """Compress responses where it pays, after all other processing."""

    def compress(response: Response) -> Response:
        is_static = request.endpoint == "static" and response.mimetype in _TYPES
        if not is_static and request.endpoint not in _ENDPOINTS:
            return response
        response.vary.add("Accept-Encoding")
        takes_gzip = request.accept_encodings.quality("gzip") > 0
        if response.status_code != 200 or not takes_gzip or "Content-Range" in response.headers:
            return response
        if is_static:
            path = static_folder / (request.view_args or {})["filename"]
            facts = path.stat()
            data = _packed_file(path, facts.st_mtime_ns, facts.st_size)
            response.close()  # close the open file, which the compressed data replaces
            response.direct_passthrough = False
        else:
            data = response.get_data()
            data = gzip.compress(data, 6, mtime=0) if len(data) >= _LEAST_BYTES else b""
        if data:
            response.set_data(data)
            response.headers["Content-Encoding"] = "gzip"
            etag, _ = response.get_etag()
            if etag:
                response.set_etag(etag, weak=True)  # the same content, not the same bytes
        return response

    app.after_request(compress)
