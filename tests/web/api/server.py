"""gunicorn with the portal's own settings for it, over a folder of the test's."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import httpx

from portal.asgi import make_edge
from portal.files.taskdir import PortalDir
from portal.web.edge.app import Edge
from portal.web.edge.bounds import Bounds, Pace
from portal.wsgi import warm_up
from tests.builders import make_site

_ROOT = Path(__file__).parents[3]
_DEADLINE_S = 60.0
FAULT = "/accident"  # what fails in a way that nobody expected


def application() -> Edge:
    """Return the application; gunicorn calls this in its worker."""
    variables: dict[str, Any] = {name[5:]: value for name, value in os.environ.items() if name.startswith("SITE_")}
    jobs = Path(variables.pop("JOBS"))
    app = make_site(jobs, **variables).app
    app.add_url_rule(FAULT, "accident", _fail)
    warm_up(app)
    return make_edge(app, Bounds(pace=Pace(window_s=0.5, least_bytes=1000)))


def _fail() -> NoReturn:
    raise RuntimeError("an accident of the tests")


@dataclass
class Server:
    """A running gunicorn with one worker."""

    process: subprocess.Popen[bytes]
    port: int
    portal: PortalDir
    log: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def worker_pid(self) -> int:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def peak_memory(self) -> int:
        """Return the worker's largest resident size so far, in bytes."""
        lines = Path(f"/proc/{self.worker_pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

    def incoming(self) -> list[str]:
        return sorted(entry.name for entry in self.portal.incoming.iterdir())

    def wait_for_incoming(self, number: int) -> list[str]:
        """Wait until that many half-made uploads lie there."""
        until = time.monotonic() + _DEADLINE_S
        while len(self.incoming()) != number:
            assert time.monotonic() < until, f"{self.incoming()} instead of {number} uploads"
            time.sleep(0.02)
        return self.incoming()

    def connect(self) -> socket.socket:
        """Open a bare connection, for what no HTTP client would send."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=_DEADLINE_S)

    def limit_file_size(self, size: int) -> None:
        """Let the worker's writes fail (EFBIG) beyond this size, as a quota does."""
        hard = resource.prlimit(self.worker_pid, resource.RLIMIT_FSIZE)[1]
        resource.prlimit(self.worker_pid, resource.RLIMIT_FSIZE, (size, hard))

    def close(self) -> None:
        """End gunicorn; a worker whose threads still wait for a client is not waited for."""
        worker = self.worker_pid
        self.process.send_signal(signal.SIGINT)  # gunicorn's quick shutdown
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.kill(worker, signal.SIGKILL)
            self.process.wait(_DEADLINE_S)


def start_server(
    folder: Path, *, workers: int = 1, application: str = "tests.web.api.server:application()", **settings: str
) -> Server:
    """Start gunicorn; `settings` are variables of the portal."""
    jobs, log = folder / "jobs", folder / "gunicorn.log"
    environment = {**os.environ, "SITE_JOBS": str(jobs), **{f"SITE_{name}": text for name, text in settings.items()}}
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("wb") as output:
        port = listener.getsockname()[1]
        command = [sys.executable, "-m", "gunicorn", "-c", "python:portal.web.gunicorn_conf", "--workers", str(workers)]
        command += ["--bind", f"fd://{listener.fileno()}", application]
        process = subprocess.Popen(
            command, cwd=_ROOT, env=environment, stdout=output, stderr=output, pass_fds=[listener.fileno()]
        )
    server = Server(process, port, PortalDir(jobs), log)
    until = time.monotonic() + _DEADLINE_S
    while True:
        try:
            httpx.get(f"{server.url}/api/health/live", timeout=_DEADLINE_S).raise_for_status()
            return server
        except httpx.HTTPError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.05)
