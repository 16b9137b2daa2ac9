"""The cost of reading one task: GET /api/tasks/{id} against /api/health/live of the same gunicorn, with and without
Redis, and whether record and queue stay flat from 100 to 10,000 tasks on disk.

Calls of each kind alternate over one keep-alive connection, so that noise affects all.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import platform
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from portal.domain.status import TaskStatus
from portal.files.atomic import encode_json
from portal.files.taskdir import PortalDir
from portal.services.secrets import Keyring
from portal.storage.codec import to_json
from tests.builders import SECRET, BuiltTask, make_task_on_disk, task_meta, write_heartbeat
from tests.servers import RedisServer

SIZES = (100, 10_000)
ROUNDS = 400
ASKED = 50  # different tasks that are asked for


@contextlib.contextmanager
def serving(jobs: Path, redis_url: str) -> Iterator[http.client.HTTPConnection]:
    """Run `btportal serve` with one worker and yield a connection to it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    variables = {"JOBS_DIR": str(jobs), "REDIS_URL": redis_url, "MIN_FREE_DISK_GB": "0", "WEB_WORKERS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-m", "portal.cli", "serve", "--port", str(port)],
        env={**os.environ, **variables, "PORTAL_SECRET": SECRET.decode()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        until = time.monotonic() + 20
        while True:
            with contextlib.suppress(OSError):
                call(connection, "/api/health/live")
                break
            connection.close()
            if time.monotonic() > until:
                raise SystemExit("the server did not start")
            time.sleep(0.1)
        yield connection
    finally:
        connection.close()
        process.terminate()
        process.wait(20)


def call(connection: http.client.HTTPConnection, address: str, headers: dict[str, str] | None = None) -> float:
    """Return the milliseconds of one GET."""
    begin = time.perf_counter()
    connection.request("GET", address, headers=headers or {})
    answer = connection.getresponse()
    answer.read()
    spent = (time.perf_counter() - begin) * 1000
    if answer.status not in (200, 304):
        raise SystemExit(f"{address}: {answer.status}")
    return spent


def fill(portal: PortalDir, number: int, asked: list[BuiltTask]) -> None:
    """Bring the folder to this many tasks: ASKED completed ones with all their files, and waiting ones."""
    keyring = Keyring(SECRET)
    while len(asked) < ASKED:
        asked.append(make_task_on_disk(portal, TaskStatus.COMPLETED, keyring=keyring))
    waiting = []
    for _ in range(number - len(portal.task_ids())):
        task = task_meta(TaskStatus.PENDING)
        folder = portal.task(task.task_id)
        folder.wishes.mkdir(parents=True)
        folder.meta.write_bytes(encode_json(to_json(task)))
        waiting.append(task.task_id)
    write_heartbeat(portal, age_s=-600, waiting=tuple(waiting), active=("a" * 12,) * 4, mean_duration_s=90.0)


def measure(connection: http.client.HTTPConnection, asked: list[BuiltTask]) -> dict[str, float]:
    """Return the median milliseconds of each call."""
    spent: dict[str, list[float]] = {"live": [], "record": [], "queue": []}
    chooser = random.Random(1)
    for turn in range(ROUNDS + 50):
        built = chooser.choice(asked)
        times = {
            "live": call(connection, "/api/health/live"),
            "record": call(connection, f"/api/tasks/{built.task_id}", built.bearer),
            "queue": call(connection, "/api/queue"),
        }
        if turn >= 50:  # the first ones warm up
            for name, value in times.items():
                spent[name].append(value)
    return {name: statistics.median(values) for name, values in spent.items()}


def main() -> None:
    rows = []
    asked: list[BuiltTask] = []
    with tempfile.TemporaryDirectory() as folder, RedisServer(Path(folder)) as redis:
        portal = PortalDir(Path(folder) / "jobs")
        portal.prepare()
        for size in SIZES:
            fill(portal, size, asked)
            for store, url in (("file", ""), ("redis", redis.url)):
                with serving(portal.jobs, url) as connection:
                    median = measure(connection, asked)
                rows.append({"tasks": size, "store": store, **median, "ratio": median["record"] / median["live"]})
    print(f"{'tasks':>6} {'store':>6} {'live ms':>8} {'record ms':>10} {'queue ms':>9} {'record / live':>14}")
    for row in rows:
        print(
            f"{row['tasks']:>6} {row['store']:>6} {row['live']:>8.2f} {row['record']:>10.2f} {row['queue']:>9.2f} "
            f"{row['ratio']:>14.2f}"
        )
    target = Path("var/bench/web_record.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(
        json.dumps({"machine": platform.processor() or platform.machine(), "rows": rows}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
