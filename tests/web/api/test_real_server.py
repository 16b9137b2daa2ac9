"""What only a real gunicorn shows: slow and cut bodies, a full disk, limits before reading, what the log holds."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.builders import GENOME, make_task_on_disk
from tests.waiting import PATIENCE_S
from tests.web.api.server import Server, start_server

_MB = 1024**2
_HEAD = b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.fna"\r\n\r\n'
_END = b"\r\n--B--\r\n"


def request_head(length: int | None, *more: str) -> bytes:
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    lines = ["POST /api/tasks HTTP/1.1", "Host: portal", "Content-Type: multipart/form-data; boundary=B", size, *more]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def answer_of(connection: object) -> http.client.HTTPResponse:
    answer = http.client.HTTPResponse(connection)  # type: ignore[arg-type]
    answer.begin()
    return answer


def genome(size: int) -> bytes:
    return b">a\n" + b"ACGT" * (size // 4) + b"\n"


def test_a_file_is_checked_while_it_arrives_and_a_cut_one_leaves_nothing(server: Server) -> None:
    before = server.portal.task_ids()
    with server.connect() as connection:
        connection.sendall(request_head(_MB) + _HEAD + genome(_MB // 2))
        (name,) = server.wait_for_incoming(1)
        assert str(server.worker_pid) in name  # so that the janitor can tell a dead upload from a slow one
    server.wait_for_incoming(0)
    assert server.portal.task_ids() == before


def test_a_cut_chunked_body_leaves_nothing(server: Server) -> None:
    before = server.portal.task_ids()
    with server.connect() as connection:
        connection.sendall(request_head(None) + b"90000\r\n" + _HEAD + genome(_MB // 2))
        server.wait_for_incoming(1)
    server.wait_for_incoming(0)
    assert server.portal.task_ids() == before


def test_a_slow_body_is_given_up_with_408_and_keeps_nobody_waiting(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(request_head(_MB) + _HEAD + genome(300_000))
        server.wait_for_incoming(1)
        stop = threading.Event()

        def drip() -> None:
            while not stop.wait(0.1):
                try:
                    connection.sendall(b"A")
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            assert httpx.get(f"{server.url}/api/health/live").status_code == 200
            answer = answer_of(connection)
            assert answer.status == 408
            assert b"too slowly" in answer.read()
        finally:
            stop.set()
            thread.join()
    server.wait_for_incoming(0)


def test_a_body_over_the_limit_is_refused_before_it_comes(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(request_head(500 * _MB))
        answer = answer_of(connection)
        assert answer.status == 413
        assert b'"code":413' in answer.read()
    assert server.incoming() == []


def test_a_chunked_body_over_the_limit_is_refused(server: Server) -> None:
    def pieces() -> Iterator[bytes]:
        yield _HEAD + b">a\n"
        for _ in range(40):
            yield b"ACGT" * 16384
        yield _END

    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    answer = httpx.post(f"{server.url}/api/tasks", content=pieces(), headers=headers)
    assert answer.status_code == 413, answer.text
    assert server.incoming() == []


def test_a_chunked_body_within_the_limit_is_taken(server: Server) -> None:
    data = genome(_MB)
    body = _HEAD + data + _END

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(body), 7919):
            yield body[start : start + 7919]

    headers = {"Content-Type": "multipart/form-data; boundary=B"}
    answer = httpx.post(f"{server.url}/api/tasks", content=pieces(), headers=headers)
    assert answer.status_code == 201, answer.text
    assert server.portal.task(answer.json()["task_id"]).genome.read_bytes() == data


def test_an_empty_body_is_no_form(server: Server) -> None:
    with server.connect() as connection:
        connection.sendall(request_head(0))
        assert answer_of(connection).status == 400


def test_a_disk_that_becomes_full_gives_507_and_works_again_when_there_is_room(server: Server) -> None:
    """F13. A limit on file sizes makes the kernel refuse writes as a quota does: for any user, without a mount."""
    files = {"file": ("a.fna", genome(_MB))}
    server.limit_file_size(200_000)
    try:
        refused = httpx.post(f"{server.url}/api/tasks", files=files)
    finally:
        server.limit_file_size(-1)
    assert refused.status_code == 507, refused.text
    assert refused.json()["code"] == 507
    assert server.incoming() == []
    assert httpx.post(f"{server.url}/api/tasks", files=files).status_code == 201


def test_forty_at_once_with_one_key_make_one_task(server: Server) -> None:
    answers: list[httpx.Response] = []

    def send() -> None:
        answers.append(
            httpx.post(
                f"{server.url}/api/tasks",
                files={"file": ("a.fna", GENOME)},
                headers={"Idempotency-Key": "race"},
                timeout=60,
            )
        )

    before = len(server.portal.task_ids())
    threads = [threading.Thread(target=send) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 39 + [201]
    assert len({answer.json()["token"] for answer in answers}) == 1
    assert len(server.portal.task_ids()) == before + 1
    assert server.incoming() == []


def test_no_token_and_no_query_reach_the_log(server: Server) -> None:
    built = make_task_on_disk(server.portal)
    for address in (f"/api/tasks/{built.task_id}", f"/tasks/{built.task_id}?token={built.token}"):
        httpx.get(
            f"{server.url}{address}",
            headers={**built.bearer, "Referer": f"http://x/?{built.token}", "Cookie": f"bttoxin_token={built.token}"},
        )
    until = time.monotonic() + PATIENCE_S
    while f"GET /tasks/{built.task_id} " not in server.log.read_text():
        assert time.monotonic() < until, server.log.read_text()
        time.sleep(0.05)
    assert built.token not in server.log.read_text()


@pytest.fixture(scope="module")
def large_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with contextlib.closing(start_server(tmp_path_factory.mktemp("large"), MAX_UPLOAD_MB="50")) as running:
        yield running


def test_a_large_upload_takes_little_memory(large_server: Server) -> None:
    """The worker's peak grows by some buffers, not by the file."""
    httpx.post(f"{large_server.url}/api/tasks", files={"file": ("a.fna", GENOME)}).raise_for_status()
    before = large_server.peak_memory()
    answer = httpx.post(f"{large_server.url}/api/tasks", files={"file": ("a.fna", genome(40 * _MB))})
    assert answer.status_code == 201, answer.text
    assert large_server.peak_memory() - before < 20 * _MB


def test_the_answer_to_a_wrong_file_reaches_a_client_that_sends_all_first(large_server: Server) -> None:
    """Browsers and most libraries look for an answer only then, and would show a broken connection instead."""
    wrong = b"<html>" + b"x" * (30 * _MB)
    with large_server.connect() as connection:
        connection.sendall(request_head(len(_HEAD + wrong + _END)) + _HEAD + wrong + _END)
        answer = answer_of(connection)
        assert answer.status == 422
        assert b"HTML" in answer.read()
    assert large_server.incoming() == []


@pytest.mark.parametrize("path", ["/api/queue", "/"])
def test_a_head_request_has_no_body(server: Server, path: str) -> None:
    answer = httpx.head(f"{server.url}{path}")
    assert (answer.status_code, answer.content) == (200, b"")


def test_the_worker_survived_all_of_this(server: Server) -> None:
    assert Path(f"/proc/{server.worker_pid}").exists()
    assert "Booting worker" in server.log.read_text()
    assert server.log.read_text().count("Booting worker") == 1
    assert "Traceback" not in server.log.read_text()
