"""Server time of every page with 10,000 tasks on disk, against /api/health/live of the same gunicorn.

Pages alternate over one keep-alive connection, so that noise affects all. Times are for whole responses, as seen by a
client on the same machine.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from bench.unlocking import unlock
from portal.domain.status import FailureKind, TaskStatus
from portal.files.atomic import encode_json
from portal.files.audit import note_act
from portal.files.task_index import TaskIndex
from portal.files.taskdir import PortalDir
from portal.files.usage import UsageLedger, UsageLine
from portal.storage.codec import to_json
from tests.builders import BuiltTask, make_task_on_disk, task_meta, write_heartbeat
from tests.web.api.server import start_server

TASKS = 10_000
ROUNDS = 120
BOUND_MS = 50.0
ADMIN_SECRET = "the secret of the benchmark"
_STATES = {
    TaskStatus.PENDING: 1,
    TaskStatus.QUEUED: 2,
    TaskStatus.RUNNING: 1,
    TaskStatus.COMPLETED: 80,
    TaskStatus.FAILED: 6,
}


@dataclass(frozen=True)
class Visit:
    """One address and the cookie that opens it."""

    name: str
    address: str
    headers: Mapping[str, str]


def fill(portal: PortalDir, number: int = TASKS) -> dict[str, BuiltTask]:
    """Put this many tasks in all states on disk, with index, usage and actions; return a complete one of each state."""
    portal.prepare()
    chooser, now, index = random.Random(1), datetime.now(UTC), TaskIndex(portal)
    whole = {status.value: make_task_on_disk(portal, status) for status in TaskStatus}
    whole["60 toxins"] = make_task_on_disk(portal, hits=60)
    for built in whole.values():
        index.note(built.task)
    waiting = []
    for place in range(number - len(whole)):
        status = chooser.choices(list(_STATES), list(_STATES.values()))[0]
        submitted = now - timedelta(minutes=4 * place)
        task = task_meta(
            status,
            submission_time=submitted,
            filename=f"strain {place}.fna",
            failure_kind=chooser.choice(list(FailureKind)) if status is TaskStatus.FAILED else None,
            expires_at=submitted + timedelta(days=30) if status.is_final else None,
        )
        folder = portal.task(task.task_id)
        folder.path.mkdir()
        folder.meta.write_bytes(encode_json(to_json(task)))
        index.note(task)
        if status in (TaskStatus.PENDING, TaskStatus.QUEUED):
            waiting.append(task.task_id)
    index.rebuild()
    write_usage(portal, now)
    write_heartbeat(portal, age_s=-600, waiting=tuple(waiting), active=("a" * 12,) * 4, mean_duration_s=90.0)
    return whole


def write_usage(portal: PortalDir, now: datetime) -> None:
    """Write a year of usage, 25 attempts per day, and a thousand operator actions."""
    for days in range(365):
        day = (now - timedelta(days=days)).date().isoformat()
        line = UsageLine("a" * 12, 1, day, "completed", None, "x", ("1",), "sacct", 9.0, 60.0, 240.0, 200.0, 10**9)
        fields = {**line.__dict__, "jobs": list(line.jobs)}
        (portal.usage / f"{day}.jsonl").write_text((json.dumps(fields) + "\n") * 25)
    assert len(list(UsageLedger(portal).lines(since=now.date()))) == 25
    for number in range(1000):
        note_act(portal, by="admin pages", action="cancel", task_id="a" * 12, address=f"10.0.0.{number % 250}")


def visits(whole: Mapping[str, BuiltTask], port: int, admin_cookie: str) -> list[Visit]:
    """Return every page: those of the portal, of a task in each state, and the admin's."""
    found = [Visit("health (yardstick)", "/api/health/live", {})]
    found += [Visit(address, address, {}) for address in ("/", "/tasks", "/compare", "/queue", "/help", "/nowhere")]
    for name, built in whole.items():
        key = {"Cookie": unlock(port, built)}
        found.append(Visit(f"task, {name}", f"/tasks/{built.task_id}", key))
    running, failed = whole["running"], whole["failed"]
    for built, part in ((running, "panel"), (running, "log"), (failed, "again")):
        key = {"Cookie": unlock(port, built)}
        found.append(Visit(f"task, {part}", f"/tasks/{built.task_id}/{part}", key))
    key = {"Cookie": admin_cookie}
    parts = ["", "/tasks", "/tasks?page=100", "/tasks?status=failed", "/tasks?text=strain+77", "/storage?days=30"]
    parts += [
        "/usage?days=90",
        "/cluster",
        "/notice",
        "/log",
        f"/tasks/{failed.task_id}",
        f"/tasks/{failed.task_id}/delete",
    ]
    for part in parts:
        found.append(Visit(f"/admin{part}".replace(failed.task_id, "<id>"), f"/admin{part}", key))
    return found


def log_in(connection: http.client.HTTPConnection) -> str:
    """Return the cookie of an operator's session."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}
    connection.request("POST", "/admin/login", urlencode({"secret": ADMIN_SECRET}), headers)
    answer = connection.getresponse()
    answer.read()
    return str(answer.headers["Set-Cookie"]).partition(";")[0]


def ask(connection: http.client.HTTPConnection, visit: Visit) -> tuple[float, int]:
    """Return the time (ms) and size (bytes) of one page."""
    begin = time.perf_counter()
    connection.request("GET", visit.address, headers=dict(visit.headers))
    answer = connection.getresponse()
    size = len(answer.read())
    spent = (time.perf_counter() - begin) * 1000
    if answer.status != (404 if visit.address == "/nowhere" else 200):
        raise SystemExit(f"{visit.address}: {answer.status}")
    return spent, size


def measure(connection: http.client.HTTPConnection, wanted: list[Visit]) -> list[dict[str, float | str]]:
    """Return first, median and 95th percentile (ms) of each page; the first one is of a fresh process."""
    spent: dict[str, list[float]] = {visit.name: [] for visit in wanted}
    sizes: dict[str, int] = {}
    for _ in range(ROUNDS + 1):
        for visit in wanted:
            took, sizes[visit.name] = ask(connection, visit)
            spent[visit.name].append(took)
    rows: list[dict[str, float | str]] = []
    for name, (first, *times) in spent.items():
        median, slow = statistics.median(times), statistics.quantiles(times, n=20)[-1]
        rows.append({"page": name, "first_ms": first, "median_ms": median, "p95_ms": slow, "kb": sizes[name] / 1000})
    return rows


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        whole = fill(PortalDir(folder / "jobs"))
        with contextlib.closing(start_server(folder, ADMIN_SECRET=ADMIN_SECRET)) as server:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            rows = measure(connection, visits(whole, server.port, log_in(connection)))
            connection.close()
    yard = float(rows[0]["median_ms"])
    print(f"{'page, 10,000 tasks on disk':34} {'first ms':>8} {'median':>7} {'95 %':>7} {'/ health':>8} {'kB':>6}")
    for row in rows:
        over = "  over 50 ms" if float(row["median_ms"]) > BOUND_MS else ""
        print(
            f"{row['page']:34} {row['first_ms']:>8.1f} {row['median_ms']:>7.1f} {row['p95_ms']:>7.1f} "
            f"{float(row['median_ms']) / yard:>8.1f} {row['kb']:>6.1f}{over}"
        )
    target = Path("var/bench/pages.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    facts = {"machine": platform.processor() or platform.machine(), "tasks": TASKS, "bound_ms": BOUND_MS, "rows": rows}
    target.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
