"""What a user's environment names must not keep commands from working."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from portal.cli.demo import _await_ready
from tests.pipeline.plots.result_files import write_results

NOTEBOOK = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
BTPORTAL = str(Path(sys.executable).with_name("btportal"))


@pytest.mark.parametrize("command", [["plots"], ["compare"]])
def test_pictures_need_no_backend_of_a_notebook(tmp_path: Path, command: list[str]) -> None:
    """deepTools#1416: matplotlib cannot even be imported where MPLBACKEND names a module that is not there."""
    write_results(tmp_path / "task", 2)
    options = ["--out", str(tmp_path / "out")]
    done = subprocess.run(
        [BTPORTAL, *command, str(tmp_path / "task"), *options],
        env={**os.environ, **NOTEBOOK}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "out").glob("*.png"))


def test_doctor_imports_matplotlib_beside_a_notebook(tmp_path: Path) -> None:
    done = subprocess.run(
        [BTPORTAL, "doctor"],
        env={**os.environ, **NOTEBOOK, "JOBS_DIR": str(tmp_path)}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip
    assert "matplotlib cannot" not in done.stdout
    assert "not a valid value for backend" not in done.stdout + done.stderr


@contextlib.contextmanager
def ready_portal() -> Iterator[str]:
    """Serve what a portal that is ready answers."""

    class Ready(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Ready) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_demo_finds_its_portal_where_a_proxy_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setattr("portal.cli.demo._READY_TIMEOUT_S", 5)
    (tmp_path / "log").touch()
    with ready_portal() as url:
        _await_ready(url, tmp_path / "log")
