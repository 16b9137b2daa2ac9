"""Compare 200 genomes as 200 separate tasks and as one submission; and watch 500 tasks for a minute.

The same small genomes, the same server (two workers, no Redis, no poller: results are put into place), one client.
Bytes are counted on the wire in both directions; CPU is that of the web process.
Bounds of the watch: at most 15 requests and 0.5 s of CPU per minute, changes seen within 6 s.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import httpx
from bttoxin import Portal, Run, WaitTimeout

from bench._load import Service, free_port, python
from portal.files.atomic import write_json
from portal.files.document import read_object
from portal.files.taskdir import PortalDir
from portal.storage.codec import from_json, to_json
from tests.builders import SECRET, make_task_on_disk
from tests.client.fronts import Front

GENOMES, WATCHED = 200, 500
WATCH_S, MINUTE_S = 30.0, 60.0
TABLES = ("toxins", "scores")


class Counter(Front):
    """A proxy that counts the bytes in both directions."""

    def __init__(self, port: int) -> None:
        self._target = port
        self.bytes = 0
        super().__init__()

    def serve(self, client: socket.socket) -> None:
        """Forward data and count it."""
        with socket.create_connection(("127.0.0.1", self._target)) as upstream:
            back = threading.Thread(target=self._pump, args=(upstream, client), daemon=True)
            back.start()
            self._pump(client, upstream)
            back.join()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                self.bytes += len(piece)
                target.sendall(piece)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_WR)


@dataclass
class Seen:
    """A cost: requests, bytes on the wire, CPU seconds of the web process, wall seconds."""

    requests: int = 0
    bytes: int = 0
    cpu_s: float = 0.0
    wall_s: float = 0.0


@dataclass
class Meter:
    """Measures requests to one server; `answered` are the times of the responses."""

    service: Service
    counter: Counter
    answered: list[float] = field(default_factory=list)

    @contextlib.contextmanager
    def into(self, seen: Seen) -> Iterator[None]:
        """Add what the block costs."""
        real = httpx.Client.send
        answered = self.answered = []

        def send(client: httpx.Client, request: httpx.Request, **options: object) -> httpx.Response:
            answer = real(client, request, **options)  # type: ignore[arg-type]
            answered.append(time.monotonic())
            return answer

        httpx.Client.send = send  # type: ignore[assignment,method-assign]
        cpu, there, began = self.service.cpu_s(), self.counter.bytes, time.monotonic()
        try:
            yield
        finally:
            httpx.Client.send = real  # type: ignore[method-assign]
            seen.requests += len(answered)
            seen.bytes += self.counter.bytes - there
            seen.cpu_s += self.service.cpu_s() - cpu
            seen.wall_s += time.monotonic() - began


def write_genomes(folder: Path, count: int) -> list[Path]:
    """Write small genomes, all different."""
    folder.mkdir()
    paths = [folder / f"s{number:03d}.fna" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_text(f">contig{number}\n{'ACGTTGCAAC' * 2000}\n{'ACGTTGCA' * (number + 5)}\n")
    return paths


class Results:
    """Puts results into task folders, as the pipeline would."""

    def __init__(self, portal: PortalDir) -> None:
        self._portal = portal
        self._donor = make_task_on_disk(portal)
        self._attempts = portal.task(self._donor.task_id).path / "attempts"

    def give(self, task_id: str) -> None:
        """Complete a task."""
        folder = self._portal.task(task_id)
        fresh = from_json(read_object(folder.meta))
        shutil.copytree(self._attempts, folder.path / "attempts", copy_function=os.link)
        done = replace(
            self._donor.task, task_id=task_id, submission=fresh.submission, token_hash=fresh.token_hash,
            token_nonce=fresh.token_nonce, input_sha256=fresh.input_sha256, filename=fresh.filename,
        )  # fmt: skip
        write_json(folder.meta, to_json(done))


def old_way(url: str, genomes: list[Path], meter: Meter, results: Results) -> Seen:
    """One task per genome: submit, poll at the advised interval, and fetch the tables."""
    seen = Seen()
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as http:
        with meter.into(seen):
            made = []
            for path in genomes:
                with path.open("rb") as stream:
                    made.append(http.post("/api/tasks", files={"file": (path.name, stream)}).raise_for_status().json())
            _poll(http, made)
        for task in made:
            results.give(task["task_id"])
        with meter.into(seen):
            for task in made:
                headers = {"Authorization": f"Bearer {task['token']}"}
                for what in ("", "/results", "/toxins"):
                    http.get(f"/api/tasks/{task['task_id']}{what}", headers=headers).raise_for_status()
    return seen


def _poll(http: httpx.Client, made: list[dict[str, str]]) -> None:
    due = [(0.0, number) for number in range(len(made))]
    etags: dict[int, str] = {}
    until = time.monotonic() + WATCH_S
    while due[0][0] < until:
        moment, number = due.pop(0)
        time.sleep(max(0.0, moment - time.monotonic()))
        headers = {"Authorization": f"Bearer {made[number]['token']}"}
        headers |= {"If-None-Match": etags[number]} if number in etags else {}
        answer = http.get(f"/api/tasks/{made[number]['task_id']}", headers=headers)
        etags[number] = answer.headers["ETag"]
        due.append((time.monotonic() + float(answer.headers.get("Retry-After", "5")), number))
        due.sort()


def new_way(url: str, genomes: list[Path], meter: Meter, results: Results, into: Path) -> Seen:
    """One submission: submit, watch, and fetch the tables."""
    seen = Seen()
    client = Portal(url, quiet=True)
    with meter.into(seen):
        run = client.submit(genomes, into=into)
        with contextlib.suppress(WaitTimeout):
            run.wait(timeout_s=WATCH_S)
    for state in run.states:
        results.give(state.task_id)
    with meter.into(seen):
        run.wait()
        for table in TABLES:
            assert run.rows(table)
    return seen


def watch(run: Run, meter: Meter, portal: PortalDir) -> tuple[Seen, float]:
    """Watch for a minute while eight tasks per second make progress; return the cost, and the delay (s) of changes."""
    seen, changed = Seen(), list[float]()
    stop = threading.Event()
    ids = [state.task_id for state in run.states]

    def work() -> None:
        number = 0
        while not stop.wait(0.125):
            meta = portal.task(ids[number % len(ids)]).meta
            task = from_json(read_object(meta))
            write_json(meta, to_json(replace(task, progress=min(99, task.progress + 1), revision=task.revision + 1)))
            changed.append(time.monotonic())
            number += 1

    worker = threading.Thread(target=work)
    worker.start()
    with meter.into(seen), contextlib.suppress(WaitTimeout):
        run.wait(timeout_s=MINUTE_S)
    stop.set()
    worker.join()
    answered = meter.answered
    ages = [
        next(moment for moment in answered if moment > change) - change for change in changed if change < answered[-1]
    ]
    return seen, max(ages)


def measure(folder: Path) -> tuple[dict[str, Seen], float]:
    """Return the cost of each way, and the delay of changes in the watch."""
    jobs, port = folder / "jobs", free_port()
    portal = PortalDir(jobs)
    settings = {
        "JOBS_DIR": str(jobs), "MIN_FREE_DISK_GB": "0", "WEB_WORKERS": "2", "PORTAL_SECRET": SECRET.decode(),
        "REDIS_URL": "", "CLIENT_UPLOADS_PER_MINUTE": "0", "CLIENT_MAX_WAITING": "0", "MAX_WAITING_TASKS": "100000",
    }  # fmt: skip
    service = Service(python("-m", "portal.cli", "serve", "--port", str(port)), settings, port, folder / "serve.log")
    counter = Counter(port)
    url, meter = f"http://127.0.0.1:{counter.port}", Meter(service, counter)
    try:
        genomes, results = write_genomes(folder / "genomes", GENOMES), Results(portal)
        costs = {"200 tasks": old_way(url, genomes, meter, results)}
        costs["one submission"] = new_way(url, genomes, meter, results, folder / "run")
        many = Portal(url, quiet=True).submit(write_genomes(folder / "many", WATCHED), into=folder / "watched")
        costs["500 watched"], age = watch(many, meter, portal)
    finally:
        counter.close()
        service.close()
    return costs, age


def main(write: Callable[[str], None] = print) -> int:
    """Print the table and write it as JSON; return 1 if a bound is missed."""
    with tempfile.TemporaryDirectory() as name:
        costs, age = measure(Path(name))
    write(f"{'':>16} {'requests':>9} {'kB':>8} {'web CPU s':>10} {'wall s':>8}")
    for way, seen in costs.items():
        write(f"{way:>16} {seen.requests:>9} {seen.bytes / 1e3:>8.0f} {seen.cpu_s:>10.2f} {seen.wall_s:>8.1f}")
    write(f"news at most {age:.1f} s old; both ways wait {WATCH_S:g} s of their wall time")
    target = Path("var/bench/client_many.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    rows = {way: asdict(seen) for way, seen in costs.items()}
    target.write_text(json.dumps({"machine": platform.machine(), "rows": rows, "news_age_s": age}, indent=1) + "\n")
    watched = costs["500 watched"]
    return int(watched.requests > 15 or watched.cpu_s > 0.5 or age > 6)


if __name__ == "__main__":
    raise SystemExit(main())
