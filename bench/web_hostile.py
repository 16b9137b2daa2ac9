"""The portal under attack: hostile requests by the ten thousand, then 300 slow clients of each kind.

python -m bench.web_hostile [REQUESTS]

One worker of the real server. During each attack, a task is read repeatedly; reported are the responses to the attack,
the slowest of these reads, the worker's CPU time and its peak memory.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.builders import BuiltTask, beating, make_site, make_task_on_disk
from tests.web.api.hostile import Hostile
from tests.web.api.hostile_addresses import SETTINGS, everything
from tests.web.api.server import Server, start_server
from tests.web.slow_clients import KINDS, slow_clients, slow_reader

SENDERS = 4
CLIENTS = 300
SECONDS = 10.0


class Looks(threading.Thread):
    """Looks at a task every 50 ms; knows the longest wait in seconds, and how many got no answer."""

    def __init__(self, server: Server, built: BuiltTask) -> None:
        super().__init__(daemon=True)
        self._address, self._headers = f"{server.url}/api/tasks/{built.task_id}", built.bearer
        self._stopped = threading.Event()
        self.longest_s, self.lost, self.answered = 0.0, 0, 0

    def run(self) -> None:
        with httpx.Client(timeout=10) as client:
            while not self._stopped.wait(0.05):
                began = time.perf_counter()
                try:
                    client.get(self._address, headers=self._headers).raise_for_status()
                    self.answered += 1
                except httpx.HTTPError:
                    self.lost += 1
                self.longest_s = max(self.longest_s, time.perf_counter() - began)

    def end(self) -> None:
        self._stopped.set()
        self.join(30)


@contextlib.contextmanager
def measured(server: Server, built: BuiltTask, row: dict[str, Any]) -> Iterator[None]:
    """Fill a row with what the looks and the worker's counters say of the block."""
    before, began = _cpu_s(server), time.perf_counter()
    looks = Looks(server, built)
    looks.start()
    yield
    looks.end()
    row |= {
        "seconds": round(time.perf_counter() - began, 1), "cpu_s": round(_cpu_s(server) - before, 1),
        "looks": looks.answered, "lost": looks.lost, "longest_look_s": round(looks.longest_s, 3),
        "peak_mb": round(server.peak_memory() / 1024**2),
    }  # fmt: skip


def _cpu_s(server: Server) -> float:
    fields = Path(f"/proc/{server.worker_pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def send(server: Server, requests: list[Hostile], told: Counter[int]) -> None:
    """Send requests one after the other over a connection, a new one where the server has ended it."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    for asked in requests:
        url = f"{asked.path}?{asked.query}" if asked.query else asked.path
        try:
            connection.putrequest(asked.method, url, skip_host="Host" in asked.headers, skip_accept_encoding=True)
            for name, value in asked.headers.items():
                connection.putheader(name, value.encode("latin-1"))
            connection.putheader("Content-Length", str(len(asked.body)))
            connection.endheaders(asked.body)
            answer = connection.getresponse()
            answer.read()
            told[answer.status] += 1
        except (OSError, http.client.HTTPException):
            told[0] += 1  # cut off
            connection.close()
        except ValueError:
            connection.close()  # what no client of HTTP sends


def main(number: int) -> None:
    rows: dict[str, dict[str, Any]] = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.closing(start_server(Path(folder), **dict[str, Any](SETTINGS))) as server,
        beating(server.portal),
    ):
        site = make_site(server.portal.jobs, **dict[str, Any](SETTINGS))
        built = make_task_on_disk(server.portal)
        known = list(everything(site))
        chosen = random.Random(7).choices(known, k=number)
        told: Counter[int] = Counter()
        row = rows[f"{number} hostile requests"] = {}
        with measured(server, built, row):
            senders = [threading.Thread(target=send, args=(server, chosen[n::SENDERS], told)) for n in range(SENDERS)]
            for sender in senders:
                sender.start()
            for sender in senders:
                sender.join()
        row["answers"] = dict(sorted(told.items()))
        row["tracebacks"] = server.log.read_text().count("Traceback")
        (bundle,) = server.portal.task(built.task_id).path.rglob("bundle.zip")
        with bundle.open("r+b") as stream:
            stream.truncate(30_000_000)
        for kind in (*KINDS, "slow reader"):
            sends = KINDS.get(kind) or slow_reader(f"/api/tasks/{built.task_id}/bundle", built.bearer)
            row = rows[f"{CLIENTS} x {kind}"] = {}
            with slow_clients(server.port, sends, CLIENTS), measured(server, built, row):
                time.sleep(SECONDS)
    for name, row in rows.items():
        print(f"{name:24}", *(f"{key}={value}" for key, value in row.items()), flush=True)
    target = Path("var/bench/web_hostile.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
