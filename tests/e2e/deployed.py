"""A deployment as its files describe it, run without systemd: the socket is held here, as systemd would hold it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx

from portal.deploy.write import Deployment, write_deployment
from portal.domain.address import PublicUrl
from tests.ports import free_port
from tests.samples import NO_SAMPLES
from tests.waiting import PATIENCE_S

# Listens on one of the two; what stands in Debian's own configuration is left alone.
_NGINX = """
user root;
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
events {{ worker_connections 2048; }}
http {{
    include /etc/nginx/mime.types;
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {conf};
}}
"""
_MODULES = "mpm_event authz_core proxy proxy_http headers reqtimeout alias"


class Deployed:
    """Web process and proxy; `url` is the public address."""

    def __init__(self, folder: Path, *, prefix: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}{prefix}"
        # A socket's path must stay below 108 bytes, which pytest's folders do not promise.
        self._short = Path(tempfile.mkdtemp(prefix="bt-deploy-"))
        self.deployment = Deployment(
            public_url=PublicUrl.parse(self.url),
            jobs_dir=folder / "jobs",
            install_dir=Path(sys.prefix),
            socket=self._short / "web.sock",
            max_upload_mb=2,
        )
        self.files = folder / "files"
        write_deployment(replace(self.deployment), self.files)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(str(self.deployment.socket))
        self._socket.listen(2048)
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(self._short / "notify"))
        self.manager.settimeout(PATIENCE_S)
        self._processes: list[subprocess.Popen[bytes]] = []
        self.web: subprocess.Popen[bytes] | None = None

    def environment(self, watchdog_s: float = 0) -> dict[str, str]:
        """Return the environment of a service: what the unit's file of settings says, and systemd's own."""
        lines = (self.files / "portal.env").read_text().splitlines()
        settings = dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
        more = {
            "NOTIFY_SOCKET": str(self._short / "notify"),
            "MIN_FREE_DISK_GB": "0",
            "MAX_UPLOAD_MB": "2",
            **NO_SAMPLES,
        }
        if watchdog_s:
            more["WATCHDOG_USEC"] = str(int(watchdog_s * 1e6))
        keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {**keep, **settings, **more}

    def start_web(self, watchdog_s: float = 0) -> subprocess.Popen[bytes]:
        """Start the web process with the socket as its third file."""
        script = 'exec 3<&"$1"; shift; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"'
        handle = self._socket.fileno()
        command = ["bash", "-c", script, "bash", str(handle), sys.executable, "-m", "portal.cli", "serve"]
        with (self.folder / "web.log").open("ab") as log:
            self.web = subprocess.Popen(
                command, env=self.environment(watchdog_s), pass_fds=[handle], stdout=log, stderr=log
            )
        self._processes.append(self.web)
        self.hear("READY=1")
        return self.web

    def start(self, *command: str, log: str, watchdog_s: float = 0) -> subprocess.Popen[bytes]:
        """Start another process of the deployment."""
        with (self.folder / log).open("ab") as output:
            process = subprocess.Popen(command, env=self.environment(watchdog_s), stdout=output, stderr=output)
        self._processes.append(process)
        return process

    def start_nginx(self) -> None:
        """Start nginx with the file of the deployment."""
        conf = self.folder / "nginx.conf"
        conf.write_text(_NGINX.format(folder=self.folder, conf=self.files / "nginx" / "bttoxin.conf"))
        self.start("/usr/sbin/nginx", "-c", str(conf), "-e", str(self.folder / "nginx.log"), log="nginx.out")
        self.await_answer()

    def start_apache(self) -> None:
        """Start Apache with the file of the deployment."""
        modules = Path("/usr/lib/apache2/modules")
        lines = [f"LoadModule {name}_module {modules}/mod_{name}.so" for name in _MODULES.split()]
        lines += [f"Listen 127.0.0.1:{self.port}", f"PidFile {self.folder}/apache.pid", f"ServerRoot {self.folder}"]
        lines += [f"ErrorLog {self.folder}/apache.log", "ServerName 127.0.0.1"]
        lines += [f"Include {self.files / 'apache' / 'bttoxin.conf'}", ""]
        conf = self.folder / "apache.conf"
        conf.write_text("\n".join(lines))
        self.start("/usr/sbin/apache2", "-f", str(conf), "-D", "FOREGROUND", log="apache.out")
        self.await_answer()

    def await_answer(self) -> None:
        """Wait until the proxy answers."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.url}/api/health/live", timeout=5, trust_env=False).status_code == 200:
                    return
            assert time.monotonic() < deadline, [path.read_text() for path in self.folder.glob("*.log")]
            time.sleep(0.05)

    def hear(self, wanted: str) -> None:
        """Wait until a process tells the service manager something."""
        deadline = time.monotonic() + PATIENCE_S
        while wanted not in self.manager.recv(4096).decode():
            assert time.monotonic() < deadline

    def is_silent(self, seconds: float) -> bool:
        """Tell whether no process gives a sign of life for a while."""
        self.manager.settimeout(seconds)
        try:
            return not self.manager.recv(4096)
        except TimeoutError:
            return True
        finally:
            self.manager.settimeout(PATIENCE_S)

    def stop(self, process: subprocess.Popen[bytes]) -> None:
        """End a process as systemd does: asked, and made to after a while."""
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(90)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def close(self) -> None:
        """End everything."""
        for process in reversed(self._processes):
            self.stop(process)
        self._socket.close()
        self.manager.close()
        shutil.rmtree(self._short)


class Visitors:
    """Threads that look at a page again and again; `failures` are the answers that were none."""

    def __init__(self, url: str, number: int = 4) -> None:
        self._url = url
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._visit, daemon=True) for _ in range(number)]
        self.answers = 0
        self.failures: list[str] = []

    def _visit(self) -> None:
        while not self._stopped.is_set():
            try:
                # A connection each: what is in the socket's queue while nobody accepts must be answered too.
                status = httpx.get(self._url, timeout=PATIENCE_S, trust_env=False).status_code
            except httpx.HTTPError as error:
                self.failures.append(repr(error))
            else:
                if status == 200:
                    self.answers += 1
                else:
                    self.failures.append(str(status))

    @contextlib.contextmanager
    def visiting(self) -> Iterator[None]:
        """Visit while the body runs."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stopped.set()
            for thread in self._threads:
                thread.join()
