"""Reading a task among 10,000 on disk, with and without Redis, against a stand-in on FastAPI and Redis (`_standin.py`).

Two workers each, on the same machine in the same run; the servers alternate, so that noise affects all.
Bounds: a median of at most 0.7 ms on one connection, and at 16 at least half of the stand-in's rate.
"""

from __future__ import annotations

import contextlib
import json
import platform
import statistics
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from bench._load import Load, Service, free_port, python, write_script
from portal.domain.status import TaskStatus
from portal.files.document import encode_object
from portal.files.taskdir import PortalDir
from portal.services.secrets import Keyring, token_hash
from portal.storage.codec import to_json
from tests.builders import SECRET, task_meta, write_heartbeat
from tests.servers import RedisServer

TASKS, ASKED, ROUNDS, SECONDS = 10_000, 100, 5, 4
CONNECTIONS = (1, 16)


def fill(portal: PortalDir, redis: RedisServer) -> list[tuple[str, str]]:
    """Put records on the disk, and into Redis for the stand-in; return address and token of what is asked for."""
    keyring, asked = Keyring(SECRET), []
    with redis.client() as client:
        for number in range(TASKS):
            task = task_meta(TaskStatus.COMPLETED)
            token = keyring.token_of(task)
            record = to_json(replace(task, token_hash=token_hash(token)))
            folder = portal.task(task.task_id)
            folder.wishes.mkdir(parents=True)
            folder.meta.write_bytes(encode_object(record))
            client.set(f"standin:{task.task_id}", json.dumps(record))
            if number < ASKED:
                asked.append((f"/api/tasks/{task.task_id}", token))
    write_heartbeat(portal, age_s=-3600, active=("a" * 12,) * 4, mean_duration_s=90.0)
    return asked


@contextlib.contextmanager
def services(folder: Path, portal: PortalDir, redis_url: str) -> Iterator[dict[str, Service]]:
    """Run the servers."""
    ours = {"JOBS_DIR": str(portal.jobs), "MIN_FREE_DISK_GB": "0", "WEB_WORKERS": "2", "PORTAL_SECRET": SECRET.decode()}
    portal_command = ("-m", "portal.cli", "serve")
    standin_command = ("-m", "uvicorn", "bench._standin:app", "--workers", "2", "--no-access-log")
    with contextlib.ExitStack() as stack:
        started = {}
        for name, command, environ in (
            ("portal, file", portal_command, {**ours, "REDIS_URL": ""}),
            ("portal, Redis", portal_command, {**ours, "REDIS_URL": redis_url}),
            ("stand-in", standin_command, {"REDIS_URL": redis_url}),
        ):
            port = free_port()
            log = folder / f"{name}.log"
            started[name] = Service(python(*command, "--port", str(port)), environ, port, log)
            stack.callback(started[name].close)
        yield started


def measure(folder: Path) -> dict[tuple[str, int], list[Load]]:
    """Return what was seen, by server and number of connections."""
    portal = PortalDir(folder / "jobs")
    portal.prepare()
    seen: dict[tuple[str, int], list[Load]] = {}
    with RedisServer(folder) as redis:
        script = write_script(folder / "asked.lua", fill(portal, redis))
        with services(folder, portal, redis.url) as running:
            for service in running.values():
                service.load(script, connections=4, seconds=2)  # the first ones warm up
            for _ in range(ROUNDS):
                for connections in CONNECTIONS:
                    for name, service in running.items():
                        load = service.load(script, connections=connections, seconds=SECONDS)
                        seen.setdefault((name, connections), []).append(load)
    return seen


def middle(loads: list[Load]) -> Load:
    """Return the median of each figure."""
    return Load(*(statistics.median(getattr(load, name) for load in loads) for name in Load.__dataclass_fields__))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        seen = {key: middle(loads) for key, loads in measure(Path(name)).items()}
    print(f"{'':>14} {'conn.':>6} {'median ms':>10} {'99 % ms':>8} {'requests/s':>11} {'CPU us':>7} {'/ stand-in':>11}")
    rows = []
    for (server, connections), load in sorted(seen.items(), key=lambda item: (item[0][1], item[0][0])):
        share = load.rate / seen["stand-in", connections].rate
        rows.append({"server": server, "connections": connections, **asdict(load), "of_standin": share})
        print(
            f"{server:>14} {connections:>6} {load.median_ms:>10.2f} {load.p99_ms:>8.1f} {load.rate:>11.0f} "
            f"{load.cpu_us:>7.0f} {share:>11.2f}"
        )
    target = Path("var/bench/web_look.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"machine": platform.machine(), "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
