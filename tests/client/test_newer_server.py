"""This client against a newer server: every object of every answer has members that it does not know."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
from bttoxin import Portal

from tests.builders import make_task_on_disk
from tests.web.api.server import Server

_NEW = {"of_a_newer_server": [{"unit": "furlong"}], "another": None}
_DROPPED = frozenset({"content-length", "content-encoding", "transfer-encoding", "connection", "date", "server"})


def enriched(value: Any) -> Any:
    """Return a JSON value with further members in each of its objects."""
    if isinstance(value, dict):
        return {name: enriched(inner) for name, inner in value.items()} | _NEW
    return [enriched(inner) for inner in value] if isinstance(value, list) else value


@contextlib.contextmanager
def newer(server: Server) -> Iterator[str]:
    """Stand before a portal and make its answers those of a newer one."""

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            """Forward one request, and enrich the answer if it is JSON."""
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            with httpx.Client(trust_env=False, timeout=60) as http:
                answer = http.request(self.command, server.url + self.path, headers=headers, content=body)
            content = answer.content
            if "json" in answer.headers.get("content-type", "") and content:
                content = json.dumps(enriched(json.loads(content))).encode()
            self.send_response_only(answer.status_code)
            for name, value in answer.headers.multi_items():
                if name.lower() not in _DROPPED:
                    self.send_header(name, value)
            length = answer.headers.get("content-length", "0") if self.command == "HEAD" else str(len(content))
            self.send_header("Content-Length", length)
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = True

    front = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=front.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{front.server_address[1]}"
    finally:
        front.shutdown()
        front.server_close()


def test_members_that_this_client_does_not_know_are_ignored(server: Server, genomes: Path, tmp_path: Path) -> None:
    with newer(server) as url, Portal(url, quiet=True) as portal:
        assert "of_a_newer_server" in portal.about()
        run = portal.submit(genomes, into=tmp_path / "run")
        assert [file.line for file in run.refused] == [2]
        submission = run._operations.state.live[0].submission_id
        for state in run.states:
            if state.status != "refused":
                server.portal.task(state.task_id).path.rename(server.portal.trash / state.task_id)
                make_task_on_disk(server.portal, task_id=state.task_id, submission=submission, hits=3)
        run.wait()
        assert run.counts == {"completed": 26, "refused": 1}
        assert (len(run.tasks()), run.toxins()["label"].nunique(), run.scores()["label"].nunique()) == (27, 26, 26)
        assert "of_a_newer_server" not in run.scores().columns
        assert len(run.bundles(tmp_path / "bundles")) == 26
        assert portal.open(tmp_path / "run").status()
