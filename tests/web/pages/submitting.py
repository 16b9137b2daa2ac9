"""Genomes that go in by the form."""

from __future__ import annotations

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import GENOME


def submit(
    client: FlaskClient,
    data: bytes = GENOME,
    name: str = "HD-1.fna",
    headers: dict[str, str] | None = None,
    **fields: Any,
) -> TestResponse:
    """Send the form byte for byte as browsers do (HTML standard, multipart/form-data encoding)."""
    escaped = name.replace('"', "%22").replace("\n", "%0A").replace("\r", "%0D")
    parts = [f'name="{field}"\r\n\r\n{value}\r\n'.encode() for field, value in {"lang": "en", **fields}.items()]
    head = f'name="file"; filename="{escaped}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    parts.append(head.encode() + data + b"\r\n")
    body = b"".join(b"--edge\r\nContent-Disposition: form-data; " + part for part in parts) + b"--edge--\r\n"
    return client.post("/", data=body, content_type="multipart/form-data; boundary=edge", headers=headers)
