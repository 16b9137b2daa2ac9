"""Genomes that go in by the API."""

from __future__ import annotations

import io

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import GENOME


def submit(client: FlaskClient, data: bytes = GENOME, name: str = "C15.fna", **fields: str) -> TestResponse:
    headers = {"Idempotency-Key": fields.pop("key")} if "key" in fields else {}
    return client.post("/api/tasks", data={"file": (io.BytesIO(data), name), **fields}, headers=headers)
