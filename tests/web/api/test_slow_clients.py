"""S1: connections that do nothing, or next to nothing, leave everybody else an answer (real gunicorn, no proxy)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import httpx
import pytest

from tests.builders import GENOME, BuiltTask, make_task_on_disk
from tests.web.api.server import Server, start_server
from tests.web.slow_clients import KINDS, slow_clients, slow_reader

_CLIENTS = 300
_WITHIN_S = 2.0
_MEMORY = 300 * 1024**2


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, BuiltTask]]:
    """One worker, so that all connections are its own, and a task with a large bundle."""
    with contextlib.closing(start_server(tmp_path_factory.mktemp("attacked"))) as server:
        built = make_task_on_disk(server.portal)
        (bundle,) = server.portal.task(built.task_id).path.rglob("bundle.zip")
        with bundle.open("r+b") as stream:
            stream.truncate(30_000_000)
        yield server, built


@pytest.mark.parametrize("kind", [*KINDS, "slow reader"])
def test_300_slow_connections_leave_an_answer(attacked: tuple[Server, BuiltTask], kind: str) -> None:
    server, built = attacked
    sends = KINDS.get(kind) or slow_reader(f"/api/tasks/{built.task_id}/bundle", built.bearer)
    with slow_clients(server.port, sends, _CLIENTS):
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            for path in ("/api/health/live", f"/api/tasks/{built.task_id}", "/"):
                answer = httpx.get(f"{server.url}{path}", headers=built.bearer, timeout=_WITHIN_S)
                assert answer.status_code == 200, path
        files = {"file": ("a.fna", GENOME)}
        assert httpx.post(f"{server.url}/api/tasks", files=files, timeout=2 * _WITHIN_S).status_code == 201
    assert server.peak_memory() < _MEMORY
    assert "Traceback" not in server.log.read_text()
