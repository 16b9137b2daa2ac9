"""A portal with 100,000 tasks on the disk: start of the poller, a cycle, lists, figures, handover.

python -m bench.many_tasks [NUMBER]

The records lie in memory (/dev/shm) where there is such a place, so that the code is measured and not the disk.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from portal.bootstrap import build_poller, build_web, templates_dir
from portal.config import read_settings
from portal.domain.status import TaskStatus
from portal.files.lease import PollerLease
from portal.files.taskdir import PortalDir
from portal.storage.codec import to_json
from portal.web.app import create_app
from tests.builders import task_meta

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_BOUNDS_S = {
    "start with the index": 5.0,
    "admin list": 1.0,
    "/metrics": 0.02,
    "handover after a clean stop": 3.0,
}


def _id_of(number: int) -> str:
    return "".join(_LETTERS[number // 32**place % 32] for place in range(12))


def _fill(portal: PortalDir, number: int) -> None:
    portal.jobs.mkdir(parents=True)
    portal.prepare()
    record = to_json(task_meta(TaskStatus.COMPLETED, progress=100, attempts=()))
    for n in range(number):
        folder = portal.task(_id_of(n))
        folder.wishes.mkdir(parents=True)
        record["task_id"] = _id_of(n)
        folder.meta.write_text(json.dumps(record))


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _hand_over(one: PollerLease, other: PollerLease) -> None:
    one.release()
    while not other.acquire():
        time.sleep(0.01)
    other.release()


def _measure(portal: PortalDir) -> dict[str, float]:
    variables = {
        "JOBS_DIR": str(portal.jobs), "REDIS_URL": "", "EXECUTOR": "local", "MIN_FREE_DISK_GB": "0",
        "PORTAL_SECRET": "s" * 32,
    }  # fmt: skip
    settings = read_settings(variables)
    found = {}
    for name in ("start without an index", "start with the index"):
        poller = build_poller(settings)
        assert poller.lease.acquire()
        found[name] = _seconds(poller.start)
        if name == "start with the index":
            found["first cycle"] = _seconds(poller.cycle)
            found["one tick while records are read"] = _seconds(poller.tick)
            while poller.reads_records:
                poller.tick()
            found["a cycle afterwards"] = _seconds(poller.cycle)
            found["handover after a clean stop"] = _seconds(partial(_hand_over, poller.lease, PollerLease(portal)))
        else:
            poller.lease.release()
    client = create_app(settings, build_web(settings), templates=templates_dir()).test_client()
    client.get("/metrics")
    found["/metrics"] = statistics.median(_seconds(lambda: client.get("/metrics")) for _ in range(30))
    command = [sys.executable, "-m", "portal.cli", "admin", "list"]
    environment = {**os.environ, **variables}
    found["admin list"] = _seconds(
        lambda: subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
    )
    return found


def main() -> int:
    """Print and keep the figures; return 1 where a bound is missed."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - a folder with a name of its own
    folder = Path(tempfile.mkdtemp(prefix="bt-many-", dir=base))
    try:
        portal = PortalDir(folder / "jobs")
        _fill(portal, number)
        found = _measure(portal)
    finally:
        shutil.rmtree(folder)
    missed = [name for name, bound in _BOUNDS_S.items() if found[name] > bound]
    for name, seconds in found.items():
        bound = f"  (bound {_BOUNDS_S[name]:g} s)" if name in _BOUNDS_S else ""
        print(f"{name:<34}{seconds:>9.3f} s{bound}{'  MISSED' if name in missed else ''}")
    target = Path("var/bench/many_tasks.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps({"tasks": number, "seconds": found}, indent=1) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
