"""What the portal says of itself at /api/portal."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.builders import make_site


def test_the_portal_says_what_it_is_and_takes(client: FlaskClient) -> None:
    body = client.get("/api/portal").get_json()
    assert body["name"] == "bttoxin-portal"
    assert body["limits"]["max_items"] == 1000
    assert body["reference"] is None


@pytest.mark.parametrize(
    ("settings", "offered"),
    [
        ({}, {"mail": False, "own_mail_only": False, "webhook": False}),
        (
            {
                "SMTP_URL": "smtp+plain://127.0.0.1:25",
                "MAIL_FROM": "portal@example.org",
                "PUBLIC_URL": "https://bt.example.org",
                "WEBHOOK_ALLOW": "hooks.example.org",
            },
            {"mail": True, "own_mail_only": False, "webhook": True},
        ),
    ],
)
def test_the_portal_says_which_notifications_may_be_asked_for(
    tmp_path: Path, settings: dict[str, str], offered: dict[str, bool]
) -> None:
    client = make_site(tmp_path / "jobs", checks=(), floor_bytes=None, **settings).app.test_client()
    base = settings.get("PUBLIC_URL", "http://localhost")
    assert client.get("/api/portal", base_url=base).get_json()["notify"] == offered
