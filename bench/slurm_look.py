"""One status check of a cluster with 1,000 portal jobs: scheduler commands used, and time beyond them.

    queue       all wanted jobs are in the queue: one squeue
    accounting  as many wanted jobs again that squeue never knew: one squeue and one sacct

Goal: at most 2 commands, and less than 1 s beyond the commands themselves.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.counting import CountingScheduler
from tests.cluster import PrivateCluster

JOBS = 1000
GOAL_S = 1.0
RESULT = Path(__file__).resolve().parents[1] / "var" / "bench" / "slurm_look.json"


def look(wanted: dict[str, tuple[datetime, Path]]) -> dict[str, float]:
    scheduler = CountingScheduler()
    begin = time.perf_counter()
    snapshot = scheduler.snapshot(wanted)
    total_s = time.perf_counter() - begin
    assert snapshot.known
    assert sum(len(jobs) for jobs in snapshot.jobs.values()) == JOBS
    return {"commands": scheduler.commands, "total_s": total_s, "beyond_s": total_s - scheduler.commands_s}


def main() -> int:
    since = datetime.now(UTC) - timedelta(minutes=1)
    with PrivateCluster() as cluster, tempfile.TemporaryDirectory() as scratch:
        os.environ.update(cluster.environment)
        script = Path(scratch) / "job.sh"
        script.write_text("#!/bin/bash\n#SBATCH --hold\n#SBATCH --output=/dev/null\ntrue\n")
        names = [f"bt-{number:012d}-digger-a1" for number in range(JOBS)]
        for name in names:
            subprocess.run(["sbatch", f"--job-name={name}", str(script)], check=True, stdout=subprocess.DEVNULL)
        queued = {name: (since, Path(scratch) / name / "claim") for name in names}
        gone = {f"{name}x": (since, Path(scratch) / name / "claim") for name in names}
        figures = {"queue": look(queued), "accounting": look({**queued, **gone})}
    for name, figure in figures.items():
        times = f"{figure['total_s']:.3f} s, beyond them {figure['beyond_s']:.3f} s"
        print(f"{name:11} {figure['commands']} commands, {times}")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps(figures, indent=2))
    return int(any(figure["commands"] > 2 or figure["beyond_s"] > GOAL_S for figure in figures.values()))


if __name__ == "__main__":
    raise SystemExit(main())
