"""Submission of a task's two jobs, the second chained to the first, on a private SLURM cluster.

    bare      two sbatch calls of a script that is there already
    submitit  its own executor, for two jobs with the same options
    portal    SlurmScheduler.submit twice

Goal: portal / submitit at most 1.5, submitit being two sbatch calls plus its own cost. All jobs are held, so that none
runs meanwhile; the three take turns in each round.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from operator import truediv
from pathlib import Path

from submitit.slurm.slurm import SlurmExecutor

from slurm.options import SlurmOptions
from slurm.scheduler import SlurmScheduler
from slurm.types import JobSpec
from tests.cluster import PrivateCluster

ROUNDS = 30
GOAL = 1.5
RESULT = Path(__file__).resolve().parents[1] / "var" / "bench" / "slurm_submit.json"


def bare(script: Path) -> None:
    parent: list[str] = []
    for _ in range(2):
        argv = ["sbatch", *parent, str(script)]
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        parent = [f"--dependency=afterok:{done.stdout.split()[-1]}"]


def with_submitit(folder: Path) -> None:
    parent: str | None = None
    for _ in range(2):
        executor = SlurmExecutor(folder)
        executor.update_parameters(
            time=60, cpus_per_task=1, wckey=None, dependency=parent, additional_parameters={"hold": True}
        )
        parent = f"afterok:{executor.submit(print, 'x').job_id}"


def with_portal(scheduler: SlurmScheduler, folder: Path) -> None:
    parent: str | None = None
    for stage in ("digger", "shoter"):
        spec = JobSpec(
            name=f"bt-{folder.name}-{stage}-a1",
            comment=f"task={folder.name} stage={stage}",
            folder=folder / stage,
            claim=folder / f"{stage}-claim",
            function=print,
            arguments=("x",),
            cpus=1,
            time_limit_s=3600,
            after_ok=parent,
        )
        parent = scheduler.submit(spec)


def timed(call: Callable[[], None]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def main() -> int:
    times: dict[str, list[float]] = {"bare": [], "submitit": [], "portal": []}
    with PrivateCluster() as cluster, tempfile.TemporaryDirectory() as scratch:
        os.environ.update(cluster.environment)
        script = Path(scratch) / "job.sh"
        script.write_text("#!/bin/bash\n#SBATCH --hold\n#SBATCH --output=/dev/null\ntrue\n")
        scheduler = SlurmScheduler(SlurmOptions(extra=("--hold",)))
        for number in range(ROUNDS):
            folder = Path(scratch) / f"round{number}"
            folder.mkdir()
            calls: dict[str, Callable[[], None]] = {
                "bare": partial(bare, script),
                "submitit": partial(with_submitit, folder / "submitit"),
                "portal": partial(with_portal, scheduler, folder),
            }
            order = deque(calls)
            order.rotate(number)  # slurmctld is still busy with earlier submissions: rotate so that none is always last
            for name in order:
                times[name].append(timed(calls[name]))
    median = {name: statistics.median(values) for name, values in times.items()}
    ratio = statistics.median(map(truediv, times["portal"], times["submitit"]))
    for name, value in median.items():
        print(f"{name:9} {value * 1000:7.1f} ms   {value / median['bare']:.2f} x bare")
    print(f"portal / submitit: {ratio:.2f} (goal: at most {GOAL})")
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({"median_s": median, "portal_over_submitit": ratio, "rounds": ROUNDS}, indent=2))
    return int(ratio > GOAL)


if __name__ == "__main__":
    raise SystemExit(main())
