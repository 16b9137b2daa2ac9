"""A snapshot share, and the ways in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask.testing import FlaskClient

from portal.domain.runs import kept_run
from portal.domain.status import TaskStatus
from portal.web.context import context_of
from tests.builders import BuiltTask, Site, run_again
from tests.web.batch import Batch
from tests.web.guests import bearer, browser, in_days


def share(site: Site, address: str, token: str, *, snapshot: bool = True) -> Any:
    body = {"ends": in_days(9), "label": "Bob", "snapshot": snapshot}
    return site.app.test_client().post(f"{address}/shares", json=body, headers=bearer(token))


def snapshot_token(site: Site, address: str, token: str) -> str:
    made = share(site, address, token)
    assert made.status_code == 201, made.text
    return str(made.get_json()["token"])


def again(site: Site, task_id: str, status: TaskStatus = TaskStatus.COMPLETED, *, kept: bool) -> None:
    """Run a task again, with two toxins; its results of before are kept, or were removed to make room."""
    before = BuiltTask(context_of(site.app).tasks.record(task_id), "")
    gone = () if kept else (replace(kept_run(before.task), removed_at=datetime.now(UTC)),)
    run_again(site.portal, before, status, hits=2, **({} if kept else {"runs": gone}))


def finish(batch: Batch, n: int) -> None:
    """Complete an item that ran."""
    folder = batch.site.portal.task(batch.task_id(n)).path
    if folder.exists():
        folder.rename(folder.with_name(f"{folder.name}~"))
    batch.put(n, hits=3)


def strain_status(client: FlaskClient, batch: Batch, n: int, token: str) -> int:
    return client.get(f"/api/tasks/{batch.task_id(n)}", headers=bearer(token)).status_code


def by_header(site: Site, token: str) -> Callable[[str], Any]:
    return lambda address: site.app.test_client().get(address, headers=bearer(token))


def by_browser(site: Site, unlock: str, token: str) -> Callable[[str], Any]:
    guest = browser(site)
    assert guest.post(unlock, data={"token": token}).status_code == 303
    return guest.get
