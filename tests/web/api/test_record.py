"""The record of a task: written as its schema says, and the same by the short path and by Flask."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder, TestResponse

from portal.domain.runs import good_run, latest_run
from portal.domain.status import PipelineStage, TaskStatus
from portal.domain.task import TaskMeta
from portal.files.maintenance import Maintenance
from portal.services.answers import TaskView
from portal.web.answer import Answer
from portal.web.api.record import explained, record_json
from portal.web.api.schemas import TaskSchema
from portal.web.context import context_of
from portal.web.edge import app
from portal.web.edge.threads import in_thread
from portal.web.request_id import KEY
from tests.builders import SUBMITTED, BuiltTask, Site, make_site, task_meta, write_heartbeat
from tests.web.api.asgi_scope import scope


def by_schema(view: TaskView) -> Any:
    """Return what marshmallow makes of a view."""
    more = {"queue_position": view.queue_position, "estimated_start": view.estimated_start, "wishes": view.wishes}
    runs = {"run": latest_run(view.task), "good_run": good_run(view.task)}
    return TaskSchema().dump(
        {**vars(view.task), **more, **runs, "pending_explained": explained(view.task.pending_reason)}
    )


def views() -> list[TaskView]:
    plain = [TaskView(task_meta(status)) for status in TaskStatus]
    task = task_meta(TaskStatus.RUNNING)
    attempt = replace(task.attempts[0], reuse={PipelineStage.DIGGER: 1}, number=2)
    odd: TaskMeta = replace(
        task,
        filename='"名\u2028.fna',
        limits={"memory_gb": 8},
        pending_reason="Priority",
        cancel_requested=SUBMITTED,
        warnings=("w",),
        attempts=(*task.attempts, attempt),
    )
    return [*plain, TaskView(odd, 3, SUBMITTED, ("cancel",))]


@pytest.mark.parametrize("view", views(), ids=lambda view: view.task.status.value)
def test_the_record_is_written_as_its_schema_says(view: TaskView) -> None:
    written, expected = json.loads(record_json(view)), json.loads(json.dumps(by_schema(view)))
    assert written == expected
    assert list(written) == list(expected)


def both_ways(site: Site, path: str, headers: dict[str, str]) -> tuple[TestResponse, TestResponse]:
    """Return the answers by way of the short path, and by Flask alone."""
    behind = context_of(site.app).front.behind
    return site.app.test_client().get(path, headers=headers), Client(behind).get(path, headers=headers)


def _own(answer: TestResponse) -> list[tuple[str, str]]:
    """Return the headers without the one that the front gives to every answer, whichever way it took."""
    return sorted((name, value) for name, value in answer.headers if name != "X-Request-Id")


def same(one: TestResponse, other: TestResponse) -> None:
    assert (one.status_code, one.data) == (other.status_code, other.data)
    assert _own(one) == _own(other)


@pytest.mark.parametrize("origins", ["*", "https://lab.example"])
@pytest.mark.parametrize("status", list(TaskStatus))
def test_both_ways_answer_alike(tmp_path: Path, status: TaskStatus, origins: str) -> None:
    site = make_site(tmp_path / "jobs", CORS_ORIGINS=origins)
    built = site.task(status)
    write_heartbeat(site.portal, waiting=("a" * 12, built.task_id) if status is TaskStatus.PENDING else ())
    path = f"/api/tasks/{built.task_id}"
    for more in ({}, {"Origin": "https://lab.example"}, {"Origin": "https://evil.example"}):
        headers = {**built.bearer, **more}
        first, _ = both_ways(site, path, headers)
        assert first.status_code == 200
        same(*both_ways(site, path, headers))
        for etag in (first.headers["ETag"], "*", '"other"', f'"x", {first.headers["ETag"]}', "garbage,,"):
            same(*both_ways(site, path, {**headers, "If-None-Match": etag}))


def strange_tokens(built: BuiltTask, other: BuiltTask) -> list[dict[str, str]]:
    texts = [other.token, built.token[:-1], built.token + "x", "", "é" * 43, "x" * 43, f"{built.token} "]
    told = [f"Bearer {text}" for text in texts] + [
        f"bearer {built.token}",
        f"Basic {built.token}",
        built.token,
        "Bearer",
    ]
    return [{"Authorization": text} for text in told]


def test_both_ways_refuse_alike(tmp_path: Path) -> None:
    site = make_site(tmp_path / "jobs")
    built, other = site.task(), site.task()
    for headers in strange_tokens(built, other):
        same(*both_ways(site, f"/api/tasks/{built.task_id}", headers))
    for path in ("/api/tasks/aaaaaaaaaaaa", "/api/tasks/AAAA", f"/api/tasks/{built.task_id}/", "/api/tasks/%00"):
        same(*both_ways(site, path, built.bearer))
    site.portal.task(built.task_id).meta.write_bytes(b"{")
    same(*both_ways(site, f"/api/tasks/{built.task_id}", built.bearer))
    site.tasks.delete(other.task)
    gone = both_ways(site, f"/api/tasks/{other.task_id}", other.bearer)
    same(*gone)
    assert gone[0].status_code == 404


def test_a_place_in_the_queue_changes_no_etag_and_stands_in_a_header(site: Site) -> None:
    built = site.task(TaskStatus.PENDING)
    client = site.app.test_client()
    path = f"/api/tasks/{built.task_id}"
    write_heartbeat(site.portal, waiting=("a" * 12, "b" * 12, built.task_id))
    first = client.get(path, headers=built.bearer)
    assert (first.headers["Queue-Position"], (first.json or {})["queue_position"]) == ("3", 3)
    write_heartbeat(site.portal, waiting=("b" * 12, built.task_id))
    moved = client.get(path, headers={**built.bearer, "If-None-Match": first.headers["ETag"]})
    assert (moved.status_code, moved.headers["Queue-Position"]) == (304, "2")
    write_heartbeat(site.portal)
    begun = client.get(path, headers={**built.bearer, "If-None-Match": first.headers["ETag"]})
    assert begun.status_code == 200
    assert "Queue-Position" not in begun.headers


# -- answered from memory


def environ_of(path: str, headers: dict[str, str]) -> dict[str, Any]:
    environ = EnvironBuilder(path, headers=list(headers.items())).get_environ()
    environ[KEY] = "a" * 16
    return environ


def from_memory(site: Site, path: str, headers: dict[str, str]) -> Answer | None:
    """Return the answer that needs no thread; it must be the same as the usual one."""
    front = context_of(site.app).front
    at_once = front.at_once(environ_of(path, headers))
    if at_once is not None:
        assert at_once == front.short(environ_of(path, headers))
    return at_once


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remember files at any age: those of a test are always new."""
    monkeypatch.setattr("portal.storage.remembered._SETTLED_S", -3600.0)


@pytest.mark.parametrize("status", list(TaskStatus))
def test_memory_answers_as_the_disk(tmp_path: Path, settled: None, status: TaskStatus) -> None:
    site = make_site(tmp_path / "jobs")
    built = site.task(status)
    path = f"/api/tasks/{built.task_id}"
    assert from_memory(site, path, built.bearer) is None  # nobody has read it yet
    etag = site.app.test_client().get(path, headers=built.bearer).headers["ETag"]
    found = from_memory(site, path, built.bearer)
    assert found is not None
    assert found.status == 200
    same_state = from_memory(site, path, {**built.bearer, "If-None-Match": etag})
    assert same_state is not None
    assert same_state.status == 304
    for headers in strange_tokens(built, site.task()):
        assert from_memory(site, path, headers) is None
    write_heartbeat(site.portal, waiting=("a" * 12, built.task_id))
    assert from_memory(site, path, built.bearer) is not None


def test_memory_knows_wishes_and_what_is_gone(tmp_path: Path, settled: None) -> None:
    site = make_site(tmp_path / "jobs")
    built = site.task(TaskStatus.RUNNING)
    path = f"/api/tasks/{built.task_id}"
    site.app.test_client().get(path, headers=built.bearer)
    site.tasks.cancel(built.task)
    found = from_memory(site, path, built.bearer)
    assert found is not None
    assert json.loads(found.body)["wishes"] == ["cancel"]
    site.tasks.delete(built.task)
    assert from_memory(site, path, built.bearer) is None


def test_memory_does_not_answer_during_maintenance(tmp_path: Path, settled: None) -> None:
    site = make_site(tmp_path / "jobs")
    built = site.task()
    path = f"/api/tasks/{built.task_id}"
    site.app.test_client().get(path, headers=built.bearer)
    Maintenance().write(site.portal)
    assert from_memory(site, path, built.bearer) is None


@pytest.mark.parametrize("local_disk", [True, False])
def test_the_edge_needs_a_thread_for_a_network_disk_alone(
    tmp_path: Path, settled: None, monkeypatch: pytest.MonkeyPatch, local_disk: bool
) -> None:
    site = make_site(tmp_path / "jobs")
    built = site.task()
    path = f"/api/tasks/{built.task_id}"
    site.app.test_client().get(path, headers=built.bearer)
    threads: list[str] = []
    run = in_thread

    async def seen(*arguments: Any) -> Any:
        threads.append(path)
        return await run(*arguments)

    monkeypatch.setattr(app, "in_thread", seen)
    sent: list[dict[str, Any]] = []

    async def ask() -> None:
        async def receive() -> dict[str, Any]:
            raise AssertionError("there is no body to read")

        async def send(event: Any) -> None:
            sent.append(event)

        edge = app.Edge(context_of(site.app).front, lambda _: pytest.fail("no upload"), local_disk=local_disk)
        sent_headers = {"Host": "localhost", **built.bearer}
        headers = [(name.lower().encode(), value.encode()) for name, value in sent_headers.items()]
        await edge({**scope(path.encode()), "type": "http", "headers": headers}, receive, send)

    asyncio.run(ask())
    assert sent[0]["status"] == 200
    assert threads == ([] if local_disk else [path])
