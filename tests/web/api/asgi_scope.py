"""Requests as a server hands them to the edge (ASGI)."""

from __future__ import annotations

from typing import Any


def scope(path: bytes = b"/", **headers: str) -> dict[str, Any]:
    return {
        "method": "GET",
        "raw_path": path,
        "query_string": b"a=%20",
        "http_version": "1.1",
        "scheme": "http",
        "client": ("9.9.9.9", 7),
        "server": ("127.0.0.1", 8000),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()],
    }
