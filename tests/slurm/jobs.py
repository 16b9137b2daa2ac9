"""What the jobs of these tests do on their compute node; imported there by name."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType


def take_claim(claim: str) -> None:
    """Make the claim as a stage does, or end as superseded."""
    try:
        descriptor = os.open(claim, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    except FileExistsError:
        os._exit(75)
    with os.fdopen(descriptor, "w") as file:
        json.dump({"job_id": os.environ["SLURM_JOB_ID"]}, file)


def work(claim: str, runs: str, seconds: int = 0) -> None:
    """Claim, note one run with this job's id, and take a while."""
    take_claim(claim)
    with Path(runs).open("a") as file:
        file.write(os.environ["SLURM_JOB_ID"] + "\n")
    time.sleep(seconds)


def work_until(claim: str, runs: str, go: str) -> None:
    """Do the same, for as long as a file is not there."""
    work(claim, runs)
    while not Path(go).exists():
        time.sleep(0.1)


def tell_environment(target: str) -> None:
    """Write what this process sees of its environment and cores."""
    told = {"environment": dict(os.environ), "cores": len(os.sched_getaffinity(0)), "folder": str(Path.cwd())}
    Path(target + ".new").write_text(json.dumps(told))
    Path(target + ".new").replace(target)


def fail() -> None:
    """End the way the portal's runner does when a stage fails."""
    os._exit(1)


def eat_memory(megabytes: int, seconds: int) -> None:
    """Hold so much memory, for a while."""
    block = bytearray(megabytes * 1024 * 1024)
    block[::4096] = b"x" * len(block[::4096])
    time.sleep(seconds)


def sleep_until_told(notes: str, seconds: int) -> None:
    """Take a while; note the signal that ends this job and leave a success file in the last second."""

    def note(number: int, frame: FrameType | None) -> None:
        Path(notes).write_text(signal.Signals(number).name)
        Path(notes + ".success").write_text("0")
        sys.stdout.flush()
        os._exit(0)

    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGUSR2, note)
    Path(notes + ".started").write_text(os.environ["SLURM_JOB_ID"])
    time.sleep(seconds)
