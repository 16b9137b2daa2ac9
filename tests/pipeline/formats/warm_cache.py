"""Put the context of RO-Crate into the validator's cache, as if it had been fetched.

Run by the Python that has roc-validator: `python warm_cache.py CACHE URL FILE.gz`.
"""

from __future__ import annotations

import gzip
import io
import sys
from pathlib import Path
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests_cache import CachedSession
from urllib3 import HTTPResponse


class OneFile(HTTPAdapter):
    """Answers every request with the content of one file."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._content = content

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Return the file as JSON-LD."""
        headers = {"Content-Type": "application/ld+json"}
        body = io.BytesIO(self._content)
        answer = HTTPResponse(body, headers, 200, preload_content=False, request_url=request.url)
        return self.build_response(request, answer)


def main() -> None:
    """Fetch the URL through a session that keeps what it gets."""
    cache, url, path = sys.argv[1:]
    session = CachedSession(cache_name=cache, backend="sqlite", expire_after=-1)
    session.mount("https://", OneFile(gzip.decompress(Path(path).read_bytes())))
    session.get(url).raise_for_status()


main()
