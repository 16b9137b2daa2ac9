"""The cost of 200 open task pages to the server, each on its own connection and polling like `task.js`.

Two runs: the default, with 4 running tasks and a queue that moves up by one every 30 s; and all 200 tasks running at
once. Running tasks change their progress every 2 s, the poller runs every 5 s. The CPU time is gunicorn's (all its
processes, from /proc). SLURM commands at the front of its PATH record each call: there must be none.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import platform
import random
import re
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bench.unlocking import unlock
from portal.domain.status import TaskStatus
from portal.files.atomic import write_json
from portal.files.taskdir import PortalDir
from portal.storage.codec import to_json
from portal.web.gunicorn_conf import keepalive
from tests.builders import BuiltTask, make_task_on_disk, write_heartbeat
from tests.web.api.server import Server, start_server

PAGES = 200
RUNNING = (4, 200)
MEASURED_S = 60.0
WARM_UP_S = 30.0  # until polling is steady
BOUND = 0.05
_COMMANDS = ("squeue", "sacct", "sbatch", "scancel", "scontrol", "sinfo", "srun")
# As in task.js.
_SLOWEST_S, _SLOWER = 10.0, 1.3
_PAUSE = re.compile(rb'data-pause="(\d+)"')


@contextlib.contextmanager
def watched_commands(folder: Path) -> Iterator[Path]:
    """Put SLURM commands that log each call at the front of the PATH; yield the log file."""
    calls = folder / "calls"
    calls.touch()
    programs = folder / "bin"
    programs.mkdir()
    for name in _COMMANDS:
        (programs / name).write_text(f'#!/bin/sh\necho "$0 $*" >> {calls}\n')
        (programs / name).chmod(0o755)
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{programs}:{before}"
    try:
        yield calls
    finally:
        os.environ["PATH"] = before


def cpu_s(server: Server) -> float:
    """Return the CPU time (user and system, s) of gunicorn and its worker."""
    ticks = 0
    for pid in (server.process.pid, server.worker_pid):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


async def open_page(port: int, built: BuiltTask, seen: Counter[int], times: list[float], first_s: float) -> None:
    """Act like a visible page: request the panel, sooner after a change, later without one."""
    await asyncio.sleep(first_s)
    cookie = await asyncio.to_thread(unlock, port, built)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    etag, pause = "", 0.0
    wait = pause
    while True:
        request = f"GET /tasks/{built.task_id}/panel HTTP/1.1\r\nHost: portal\r\nCookie: {cookie}\r\n"
        begin = time.perf_counter()
        writer.write(f"{request}{f'If-None-Match: {etag}' + chr(13) + chr(10) if etag else ''}\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(head.split(" ", 2)[1])
        fields = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        page = await reader.readexactly(0 if status == 304 else int(fields["Content-Length"]))
        times.append((time.perf_counter() - begin) * 1000)
        seen[status] += 1
        etag = fields.get("ETag", etag)
        if told := _PAUSE.search(page):
            wait = pause = float(told[1])
        else:
            wait = min(max(_SLOWEST_S, pause), wait * _SLOWER)
        await asyncio.sleep(wait)
        if wait >= keepalive or fields.get("Connection", "").lower() == "close":
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)


async def poller(portal: PortalDir, tasks: list[BuiltTask]) -> None:
    """Write the files of a poller: progress every 2 s, a heartbeat every 5 s, a queue that moves every 30 s."""
    running = [built for built in tasks if built.task.status is TaskStatus.RUNNING]
    active = tuple(built.task_id for built in running)
    waiting = [built.task_id for built in tasks if built.task.status is not TaskStatus.RUNNING]
    for second in itertools.count():
        if second % 30 == 29 and waiting:
            waiting.append(waiting.pop(0))
        if second % 5 == 0:
            write_heartbeat(portal, age_s=0.0, active=active, waiting=tuple(waiting), mean_duration_s=95.0)
        if second % 2 == 0:
            for built in running:
                task = replace(built.task, progress=second % 95, revision=built.task.revision + second)
                write_json(portal.task(task.task_id).meta, to_json(task), durable=False)
        await asyncio.sleep(1)


async def watch(server: Server, tasks: list[BuiltTask]) -> dict[str, float]:
    """Open all pages, wait until polling is steady, and measure."""
    seen: Counter[int] = Counter()
    times: list[float] = []
    starts = random.Random(1)
    async with asyncio.TaskGroup() as group:
        work = [group.create_task(poller(server.portal, tasks))]
        work += [
            group.create_task(open_page(server.port, built, seen, times, starts.uniform(0, 10))) for built in tasks
        ]
        await asyncio.sleep(WARM_UP_S)
        seen.clear()
        times.clear()
        begin, spent = time.monotonic(), cpu_s(server)
        await asyncio.sleep(MEASURED_S)
        spent, took = cpu_s(server) - spent, time.monotonic() - begin
        for job in work:
            job.cancel()
    total = seen.total()
    return {
        "share_of_a_core": spent / took,
        "requests_per_s": total / took,
        "unchanged_share": seen[304] / total,
        "cpu_ms_per_request": 1000 * spent / total,
        "median_ms": statistics.median(times),
        "p95_ms": statistics.quantiles(times, n=20)[-1],
    }


def measure(running: int) -> dict[str, float]:
    """Return the figures with this many of the tasks running, the others waiting."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        portal = PortalDir(folder / "jobs")
        portal.prepare()
        tasks = [make_task_on_disk(portal, TaskStatus.RUNNING) for _ in range(running)]
        tasks += [make_task_on_disk(portal, TaskStatus.QUEUED) for _ in range(PAGES - running)]
        with watched_commands(folder) as calls, contextlib.closing(start_server(folder)) as server:
            facts = asyncio.run(watch(server, tasks))
            return {"running": running, **facts, "calls_of_slurm": len(calls.read_text().splitlines())}


def main() -> None:
    rows = [measure(running) for running in RUNNING]
    print(f"{PAGES} open task pages, {MEASURED_S:.0f} s; bound: {BOUND:.0%} of a core, no call of SLURM")
    print("running of a core requests/s   304 CPU ms     ms   95 % calls")
    for row in rows:
        print(
            f"{row['running']:>7} {row['share_of_a_core']:>9.1%} {row['requests_per_s']:>10.1f} "
            f"{row['unchanged_share']:>5.0%} {row['cpu_ms_per_request']:>6.2f} {row['median_ms']:>6.1f} "
            f"{row['p95_ms']:>6.1f} {row['calls_of_slurm']:>5}"
        )
    target = Path("var/bench/pages_open.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    machine = platform.processor() or platform.machine()
    target.write_text(json.dumps({"machine": machine, "pages": PAGES, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
