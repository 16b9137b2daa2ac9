"""Browsers as the pages see them, and the links that they open."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from flask.testing import FlaskClient

from portal.services.submission_keys import Access
from portal.web.context import context_of
from tests.builders import BuiltTask, Site


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def browser(site: Site) -> FlaskClient:
    client = site.app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return client


def unlock(client: FlaskClient, built: BuiltTask, token: str = "") -> None:
    answer = client.post(f"/tasks/{built.task_id}/unlock", data={"token": token or built.token})
    assert answer.status_code == 303, answer.text


def view_token(site: Site, built: BuiltTask) -> str:
    return context_of(site.app).tasks.token(built.task, Access.VIEW)


def in_days(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def make_link(owner: FlaskClient, page: str, label: str = "Bob", **more: str) -> str:
    """Make a share on the page as a form without scripts does, and return its token."""
    answer = owner.post(f"{page}/shares", data={"label": label, "ends": in_days(9), **more})
    assert answer.status_code == 201, answer.text
    found = re.search(r'id="made-link"[^>]*value="[^"]*#token=([\w-]{43})"', answer.text)
    assert found, answer.text
    return found[1]


def opened(site: Site, built: BuiltTask) -> FlaskClient:
    owner = browser(site)
    unlock(owner, built)
    return owner
