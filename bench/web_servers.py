"""Comparison of servers: each candidate under slow clients, bare and behind nginx, and its speed.

WSGI servers run `portal.wsgi`, ASGI servers the edge over it (`portal.asgi`). For each kind of slow client: the longest
time that somebody else waited for an answer within some seconds (`-`: none came), and how many of those who asked got
one. "checks early": an upload is looked at while it arrives, as it must be.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from bench._load import Service, free_port, python, write_script
from portal.files.taskdir import PortalDir
from tests.builders import SECRET, BuiltTask, make_task_on_disk, write_heartbeat
from tests.web.slow_clients import KINDS, slow_clients, slow_reader

CLIENTS = (100, 300)
SECONDS = 6.0
PATIENCE_S = 5.0
_CONF = "python:portal.web.gunicorn_conf"

Command = Callable[[int], list[str]]
CANDIDATES: Mapping[str, Command] = {
    "gunicorn gthread": lambda port: python(
        *("-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "-w", "2", "-k", "gthread", "--threads", "24"),
        *("--keep-alive", "15", "portal.wsgi:application()"),
    ),
    "waitress": lambda port: python(
        *(
            "-m",
            "waitress",
            f"--listen=127.0.0.1:{port}",
            "--threads=48",
            "--connection-limit=2000",
            "--call",
            "portal.wsgi:application",
        )
    ),
    "granian wsgi": lambda port: python(
        *("-m", "granian", "--interface", "wsgi", "--factory", "--no-ws", "--port", str(port)),
        *("--workers", "2", "--blocking-threads", "24", "portal.wsgi:application"),
    ),
    "uvicorn, edge": lambda port: python(
        *("-m", "uvicorn", "--factory", "--workers", "2", "--no-access-log", "--port", str(port)),
        "portal.asgi:application",
    ),
    "granian, edge": lambda port: python(
        *("-m", "granian", "--interface", "asgi", "--factory", "--no-ws", "--port", str(port), "--workers", "2"),
        "portal.asgi:application",
    ),
    "gunicorn, edge": lambda port: python(
        *("-m", "gunicorn", "-c", _CONF, "--bind", f"127.0.0.1:{port}", "-w", "2", "portal.asgi:application()")
    ),
}
_NGINX = """\
daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes 2;
events {{ worker_connections 2048; }}
http {{
  access_log off; client_max_body_size 60m; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  client_header_timeout 10s; client_body_timeout 30s; send_timeout 60s;
  upstream portal {{ server 127.0.0.1:{behind}; keepalive 32; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://portal; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $http_host;
    }}
  }}
}}
"""


@contextlib.contextmanager
def running(name: str, folder: Path, portal: PortalDir, *, proxied: bool) -> Iterator[tuple[Service, int]]:
    """Run a candidate; yield it and the port that clients use."""
    environ = {"JOBS_DIR": str(portal.jobs), "MIN_FREE_DISK_GB": "0", "REDIS_URL": "", "PORTAL_SECRET": SECRET.decode()}
    port = free_port()
    service = Service(CANDIDATES[name](port), environ, port, folder / "server.log")
    with contextlib.closing(service):
        if not proxied:
            yield service, port
            return
        front = free_port()
        configuration = folder / "nginx.conf"
        configuration.write_text(_NGINX.format(folder=folder, behind=port, port=front))
        with contextlib.closing(Service(["nginx", "-c", str(configuration)], {}, front, folder / "nginx.out")):
            yield service, front


def wait_until_ready(port: int) -> None:
    """Wait for the first answer."""
    until = time.monotonic() + 60
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/api/health/live", timeout=5).raise_for_status()
            return
        except httpx.HTTPError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def ask(port: int, built: BuiltTask) -> tuple[float, bool]:
    """Return how long a look took, and whether it was answered."""
    begin = time.monotonic()
    try:
        answer = httpx.get(
            f"http://127.0.0.1:{port}/api/tasks/{built.task_id}", headers=built.bearer, timeout=PATIENCE_S
        )
        answered = answer.status_code == 200
    except httpx.HTTPError:
        answered = False
    return time.monotonic() - begin, answered


def attack(port: int, kind: tuple[bytes, bytes], number: int, built: BuiltTask) -> dict[str, Any]:
    """Return what others see while so many slow clients are there."""
    seen = []
    with slow_clients(port, kind, number):
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            seen.append(ask(port, built))
            time.sleep(0.1)
    answered = [spent for spent, good in seen if good]
    return {"asked": len(seen), "answered": len(answered), "worst_s": max(answered, default=None)}


def checks_early(port: int, portal: PortalDir) -> bool:
    """Tell whether half of an upload is looked at before the other half comes."""
    stop = threading.Event()

    def half() -> Iterator[bytes]:
        yield b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.fna"\r\n\r\n>a\n' + b"ACGT" * 100_000
        stop.wait(3)
        yield b"\r\n--B--\r\n"

    def send() -> None:
        with contextlib.suppress(httpx.HTTPError):
            headers = {"Content-Type": "multipart/form-data; boundary=B"}
            httpx.post(f"http://127.0.0.1:{port}/api/tasks", content=half(), headers=headers, timeout=20)

    thread = threading.Thread(target=send)
    thread.start()
    try:
        until = time.monotonic() + 2
        while time.monotonic() < until:
            if any(portal.incoming.iterdir()):
                return True
            time.sleep(0.05)
        return False
    finally:
        stop.set()
        thread.join()


def examine(name: str, *, proxied: bool) -> dict[str, Any]:
    """Return all figures of one candidate."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        portal = PortalDir(folder / "jobs")
        portal.prepare()
        built = make_task_on_disk(portal)
        write_heartbeat(portal, age_s=-3600)
        (bundle,) = portal.task(built.task_id).path.rglob("bundle.zip")
        os.truncate(bundle, 30_000_000)
        kinds = {**KINDS, "slow reader": slow_reader(f"/api/tasks/{built.task_id}/bundle", built.bearer)}
        script = write_script(folder / "asked.lua", [(f"/api/tasks/{built.task_id}", built.token)])
        found: dict[str, Any] = {"server": name, "proxied": proxied}
        with running(name, folder, portal, proxied=proxied) as (service, port):
            wait_until_ready(port)
            found["checks_early"] = checks_early(port, portal)
            if not proxied:
                one, many = (service.load(script, connections=number, seconds=4) for number in (1, 16))
                found |= {"median_ms": one.median_ms, "rate": many.rate}
            for number in CLIENTS:
                for kind, sends in kinds.items():
                    found[f"{number} {kind}"] = attack(port, sends, number, built)
            found["memory_mb"] = service.memory_mb()
    return found


def _told(outcome: dict[str, Any]) -> str:
    worst = "-" if outcome["worst_s"] is None else f"{outcome['worst_s']:.2f}"
    return f"{worst} ({outcome['answered']}/{outcome['asked']})"


def main() -> None:
    rows = []
    for proxied in (False, True):
        for name in CANDIDATES:
            found = examine(name, proxied=proxied)
            rows.append(found)
            speed = f", {found['median_ms']:.2f} ms, {found['rate']:.0f}/s" if "rate" in found else ""
            print(f"\n{name}{' behind nginx' if proxied else ''}: checks early: {found['checks_early']}{speed}", end="")
            print(f", {found['memory_mb']:.0f} MB")
            for key, outcome in found.items():
                if isinstance(outcome, dict):
                    print(f"  {key:<18} {_told(outcome)}", flush=True)
    target = Path("var/bench/web_servers.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
