"""Bodies of uploads as they go over the wire."""

from __future__ import annotations

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

BOUNDARY = "----boundary"


def part(name: str, content: bytes, filename: str | None = None) -> bytes:
    """Return one part of a form as raw bytes."""
    label = f'; filename="{filename}"' if filename is not None else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{label}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def send(client: FlaskClient, *parts: bytes, end: bytes = f"--{BOUNDARY}--\r\n".encode()) -> TestResponse:
    body = b"".join(parts) + end
    return client.post("/api/tasks", data=body, content_type=f"multipart/form-data; boundary={BOUNDARY}")
