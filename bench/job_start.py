"""Startup time of the job side: a process that imports the runner, against one that imports nothing.

The relevant figure is the difference: what the portal adds to the start of a job.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 15


def seconds(code: str) -> float:
    """Return the wall time of a Python process that runs the code."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - begin


def main() -> None:
    bare, job = [], []
    for _ in range(ROUNDS):  # alternating, so that noise affects both
        bare.append(seconds("pass"))
        job.append(seconds("import portal.pipeline.job"))
    result = {
        "bare_python_ms": round(1000 * statistics.median(bare), 1),
        "with_runner_ms": round(1000 * statistics.median(job), 1),
        "import_ms": round(1000 * (statistics.median(job) - statistics.median(bare)), 1),
        "bound_ms": 150,
    }
    target = Path("var/bench/job_start.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(result, indent=1) + "\n")
    for name, value in result.items():
        print(f"{name:<18}{value:>8}")


if __name__ == "__main__":
    main()
