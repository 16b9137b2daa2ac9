"""Many small genomes on this checkout against another one, on one private cluster, in one run.

    python -m bench.many_before OTHER_CHECKOUT [COUNT]

COUNT genomes of 0.6 Mb (default 100) with the real stages in 4 slots, sent over HTTP before the poller starts; the wall
time is from its start until all have completed. Both checkouts need their environment (`.venv`) and a reference in
`var/references`. Exit code 1 if this checkout takes more than half of the other's time.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

from bench._load import free_port
from bench.against import environment
from bench.many_genomes import SLOTS, genomes
from tests.cluster import PrivateCluster

HERE = Path(__file__).parents[1]
GOAL = 0.5
_LOOK_EVERY_S = 1.0


@contextlib.contextmanager
def running(checkout: Path, settings: dict[str, str], log: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command of a checkout's portal."""
    program = [str(checkout / ".venv/bin/python"), "-m", "portal.cli", *command]
    with log.open("wb") as output:
        process = subprocess.Popen(
            program, cwd=checkout, env={**environment(checkout), **settings}, stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def send_all(client: httpx.Client, files: list[bytes]) -> list[tuple[str, dict[str, str]]]:
    """Send the genomes; return the address of each task with the headers that open it."""
    asked = []
    for number, data in enumerate(files):
        answer = client.post("/api/tasks", files={"file": (f"g{number}.fna", data)}).raise_for_status().json()
        asked.append((f"/api/tasks/{answer['task_id']}", {"Authorization": f"Bearer {answer['token']}"}))
    return asked


def wait_for_all(client: httpx.Client, asked: list[tuple[str, dict[str, str]]]) -> None:
    """Return when all tasks have completed. A few are asked for at a time, so that looking costs both the same."""
    while asked:
        address, headers = asked[-1]
        status = client.get(address, headers=headers).raise_for_status().json()["status"]
        if status == "completed":
            asked.pop()
        elif status in ("failed", "cancelled"):
            raise SystemExit(f"{address}: {status}")
        else:
            time.sleep(_LOOK_EVERY_S)


def wall_s(checkout: Path, folder: Path, cluster: PrivateCluster, files: list[bytes]) -> float:
    """Return the seconds from the start of the poller until all genomes have completed."""
    folder.mkdir()
    port = free_port()
    settings = {
        **cluster.environment,
        "JOBS_DIR": str(folder / "jobs"),
        "REFERENCE_DIR": str(checkout / "var/references"),
        "REDIS_URL": "",
        "MIN_FREE_DISK_GB": "0",
        "EXECUTOR": "slurm",
        "SLURM_ACCOUNT": "portal",
        "SLURM_MEM_GB": "1",
        "TASK_THREADS": "1",
        "MAX_ACTIVE_PIPELINES": str(SLOTS),
        "MAX_WAITING_TASKS": "5000",
        "CLIENT_MAX_WAITING": "5000",
        "CLIENT_UPLOADS_PER_MINUTE": "100000",
        "UPLOADS_PER_MINUTE": "100000",
        "PORTAL_SECRET": os.urandom(24).hex(),
    }
    with (
        running(checkout, settings, folder / "web.log", "serve", "--port", str(port)),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as client,
    ):
        until = time.monotonic() + 60
        while True:
            with contextlib.suppress(httpx.TransportError):
                if client.get("/api/health/live").status_code == 200:
                    break
            if time.monotonic() > until:
                raise SystemExit((folder / "web.log").read_text())
            time.sleep(0.2)
        asked = send_all(client, files)
        began = time.monotonic()
        with running(checkout, settings, folder / "poller.log", "poller"):
            wait_for_all(client, asked)
            return time.monotonic() - began


def main(words: list[str]) -> int:
    other = Path(words[0]).resolve()
    files = genomes(int(words[1]) if len(words) > 1 else 100)
    with tempfile.TemporaryDirectory() as name, PrivateCluster(options={"MaxJobCount": "20000"}) as cluster:
        os.environ.update(cluster.environment)
        took = {
            which: wall_s(checkout, Path(name) / which, cluster, files)
            for which, checkout in (("other", other), ("this", HERE))
        }
    ratio = took["this"] / took["other"]
    print(f"{len(files)} genomes: other {took['other']:.1f} s, this {took['this']:.1f} s, ratio {ratio:.2f}")
    return int(ratio > GOAL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
