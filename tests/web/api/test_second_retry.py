"""A retry that was accepted is run as it was accepted: a second one with other settings gets 409."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.errors import Conflict
from portal.domain.status import TaskStatus
from portal.files.document import encode_object, to_object
from portal.files.wishes import Wish, WishKind, leave_wish, read_wishes
from portal.services.admin import AdminService
from portal.storage.file import FileTaskStore
from portal.web.context import context_of
from tests.builders import BuiltTask, Site, run_again, write_heartbeat


def _retry(client: FlaskClient, built: BuiltTask, body: Any = None) -> TestResponse:
    return client.post(f"/api/tasks/{built.task_id}/retry", headers=built.bearer, json=body)


def _code(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, (answer.json or {}).get("type", "")


def _wishes(site: Site, built: BuiltTask) -> tuple[Wish, ...]:
    return read_wishes(site.portal.task(built.task_id))


WAITING = (409, "/errors/task.retry_waiting")


def test_a_second_retry_never_replaces_one_that_was_accepted(client: FlaskClient, site: Site) -> None:
    built = site.task(TaskStatus.COMPLETED)
    assert _retry(client, built, {"min_coverage": 0.25}).status_code == 202
    accepted = _wishes(site, built)
    for body in ({}, {"min_coverage": 0.3}, {"min_coverage": 0.25, "lang": "zh"}, {"time_limit_hours": 24}):
        assert _code(_retry(client, built, body)) == WAITING, body
    assert _retry(client, built, {"min_coverage": 0.25}).status_code == 202, "the same again"
    assert _wishes(site, built) == accepted


def test_once_the_first_is_withdrawn_another_is_accepted(client: FlaskClient, site: Site) -> None:
    built = site.task(TaskStatus.FAILED)
    assert _retry(client, built, {"min_coverage": 0.25}).status_code == 202
    assert client.post(f"/api/tasks/{built.task_id}/cancel", headers=built.bearer).status_code == 202
    for kind in ("retry", "cancel"):  # as the poller sees to it
        site.portal.task(built.task_id).wish(kind).unlink()
    assert _retry(client, built, {"min_coverage": 0.3}).status_code == 202
    assert [wish.parameters["min_coverage"] for wish in _wishes(site, built)] == [0.3]


def test_of_many_retries_at_once_one_is_accepted_and_run(site: Site) -> None:
    built = site.task(TaskStatus.FAILED)
    start = threading.Barrier(8)

    def ask(percent: int) -> int:
        client = site.app.test_client()
        start.wait(60)
        return _retry(client, built, {"min_coverage": percent / 100}).status_code

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(ask, range(20, 28)))
    assert sorted(codes) == [202] + [409] * 7
    (wish,) = _wishes(site, built)
    assert wish.parameters["min_coverage"] == (20 + codes.index(202)) / 100
    assert [path.name for path in site.portal.task(built.task_id).wishes.iterdir()] == ["retry.json"]


@pytest.mark.parametrize("left", ["damaged", "folder", "late", "other kind"])
def test_a_retry_replaces_a_wish_that_asks_for_nothing(client: FlaskClient, site: Site, left: str) -> None:
    built = site.task(TaskStatus.FAILED)
    path = site.portal.task(built.task_id).wish("retry")
    path.parent.mkdir(exist_ok=True)
    _leave(path, left)
    assert _retry(client, built, {"min_coverage": 0.25}).status_code == 202
    (wish,) = _wishes(site, built)
    assert (wish.attempt, wish.parameters["min_coverage"]) == (len(built.task.attempts), 0.25)
    assert [entry.name for entry in path.parent.iterdir()] == ["retry.json"]


def _leave(path: Path, what: str) -> None:
    if what == "damaged":
        path.write_bytes(b"{")
    elif what == "folder":
        path.mkdir()
    else:
        wish = Wish(WishKind.RETRY, "user", 99) if what == "late" else Wish(WishKind.CANCEL, "user", 1)
        path.write_bytes(encode_object(to_object(wish)))


def test_a_wish_of_a_newer_version_stays(client: FlaskClient, site: Site) -> None:
    built = site.task(TaskStatus.FAILED)
    leave_wish(site.portal, built.task_id, Wish(WishKind.RETRY, "user", 1))
    path = site.portal.task(built.task_id).wish("retry")
    newer = encode_object({**to_object(Wish(WishKind.RETRY, "user", 1)), "format": Wish.FORMAT + 1})
    path.write_bytes(newer)
    assert _retry(client, built, {"min_coverage": 0.25}).status_code == 503
    assert path.read_bytes() == newer
    assert [entry.name for entry in path.parent.iterdir()] == ["retry.json"]


def test_a_retry_that_another_has_overtaken_is_refused(site: Site) -> None:
    """Between reading the record and leaving the wish, the poller began another one."""
    built = site.task(TaskStatus.COMPLETED)
    service = context_of(site.app).tasks
    old = service.record(built.task_id)
    run_again(site.portal, built, TaskStatus.QUEUED, parameters={**old.parameters, "min_coverage": 0.4})
    with pytest.raises(Conflict) as refused:
        service.retry(old, parameters={"min_coverage": 0.25})
    assert refused.value.message.code == "task.cancel_first"


def test_an_operator_does_not_replace_it_either(client: FlaskClient, site: Site) -> None:
    other, same = site.task(TaskStatus.FAILED), site.task(TaskStatus.FAILED)
    assert _retry(client, other, {"min_coverage": 0.25}).status_code == 202
    assert _retry(client, same).status_code == 202
    accepted = _wishes(site, other), _wishes(site, same)
    admin = AdminService(site.portal, FileTaskStore(site.portal), by="operator")
    admin.retry(same.task_id)
    with pytest.raises(Conflict) as refused:
        admin.retry(other.task_id)
    assert refused.value.message.code == "task.retry_waiting"
    assert (_wishes(site, other), _wishes(site, same)) == accepted


@pytest.mark.parametrize(("lang", "words"), [("en", "has not begun yet"), ("zh", "尚未开始")])
def test_the_page_says_so_and_keeps_what_was_entered(client: FlaskClient, site: Site, lang: str, words: str) -> None:
    write_heartbeat(site.portal)
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    built = site.task(TaskStatus.FAILED)
    assert client.post(f"/tasks/{built.task_id}/unlock", data={"token": built.token}).status_code == 303
    assert _retry(client, built, {"min_coverage": 0.25}).status_code == 202
    answer = client.post(f"/tasks/{built.task_id}/again?lang={lang}", data={"min_coverage": "0.31"})
    assert (answer.status_code, words in answer.text, 'value="0.31"' in answer.text) == (409, True, True), answer.text
