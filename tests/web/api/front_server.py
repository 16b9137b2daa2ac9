"""People as the institute's front server names them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.builders import GENOME, Site

PROXY, ELSEWHERE = "10.1.2.3", "192.0.2.7"

OURS = {"Sec-Fetch-Site": "same-origin"}

SETTINGS: dict[str, Any] = {
    "IDENTITY": "header",
    "TRUSTED_PROXIES": "10.0.0.0/8",
    "OPERATORS": "olga@inst.example, otto",
}


def device(site: Site, person: str = "", *, peer: str = PROXY, **headers: str) -> FlaskClient:
    """Return a browser or program behind the proxy, of its own and without cookies."""
    client = site.app.test_client()
    client.environ_base.update({"REMOTE_ADDR": peer, **({"HTTP_X_REMOTE_USER": person} if person else {})})
    client.environ_base.update({f"HTTP_{name.upper()}": value for name, value in headers.items()})
    return client


def submit(client: FlaskClient, name: str = "a.fna", **headers: str) -> TestResponse:
    return client.post("/api/tasks", data={"file": (io.BytesIO(GENOME), name)}, headers=headers)


def told(answer: TestResponse) -> Mapping[str, Any]:
    assert answer.json is not None, answer.text
    return answer.json  # type: ignore[no-any-return]
