"""Reading a task while slurmctld is away: GET /api/tasks/{id} with slurmctld up and down, in turns.

Wall time and processor time of a request in this process, each the best median of some rounds, since other programs on
the machine only lengthen them. Goal: down at most 1.2 times up.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portal.bootstrap import build_web, templates_dir
from portal.web.app import create_app
from tests.cluster import PrivateCluster
from tests.e2e.gated_site import SlurmSite
from tests.e2e.site import ROOT

TURNS, ROUNDS, READS = 3, 5, 101
GOAL = 1.2
RESULT = ROOT / "var" / "bench" / "slurm_read.json"


def read_ms(read: Callable[[], Any], clock: Callable[[], float]) -> float:
    """Return the best of some medians (ms)."""

    def once() -> float:
        begin = clock()
        read()
        return clock() - begin

    return 1000 * min(statistics.median(once() for _ in range(READS)) for _ in range(ROUNDS))


def await_scheduler(site: SlurmSite, *, known: bool) -> None:
    while site.heartbeat()["scheduler"]["known"] is not known:
        time.sleep(0.2)


def bench_read(cluster: PrivateCluster, folder: Path) -> dict[str, Any]:
    figures: dict[str, list[float]] = {"up_ms": [], "down_ms": [], "up_cpu_ms": [], "down_cpu_ms": []}
    with SlurmSite(folder) as site:
        site.hold("digger")
        task_id = site.new_task()
        site.wait_stage(task_id, "digger")
        parts = build_web(site.settings)
        client = create_app(site.settings, parts, templates=templates_dir()).test_client()
        headers = {"Authorization": f"Bearer {parts.keyring.token_of(site.record(task_id))}"}

        def read() -> Any:
            answer = client.get(f"/api/tasks/{task_id}", headers=headers)
            assert answer.status_code == 200
            return answer.json

        def note(state: str) -> None:
            figures[f"{state}_ms"].append(read_ms(read, time.perf_counter))
            figures[f"{state}_cpu_ms"].append(read_ms(read, time.thread_time))

        for _ in range(TURNS):
            await_scheduler(site, known=True)
            note("up")
            cluster.stop_controller()
            try:
                await_scheduler(site, known=False)
                note("down")
                told = read()["last_synced"]
            finally:
                cluster.start_controller()
        site.let_go("digger")
        site.wait_ended(task_id)
    return {**{name: min(values) for name, values in figures.items()}, "turns": figures, "last_synced_while_down": told}


def main() -> int:
    with PrivateCluster() as cluster, tempfile.TemporaryDirectory() as scratch:
        os.environ.update(cluster.environment)
        read = bench_read(cluster, Path(scratch) / "read")
    ratios = {kind: read[f"down{kind}"] / read[f"up{kind}"] for kind in ("_ms", "_cpu_ms")}
    for kind, name in (("_ms", "wall"), ("_cpu_ms", "processor")):
        times = f"{read[f'up{kind}']:.2f} / {read[f'down{kind}']:.2f} ms"
        print(f"GET a task, slurmctld up / down, {name} time: {times} ({ratios[kind]:.2f}x, goal: at most {GOAL})")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(read, indent=1) + "\n")
    return 0 if ratios["_cpu_ms"] <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
