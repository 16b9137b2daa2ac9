"""Run a comparison in a separate process: `python -m portal.pipeline.compare.job`, with the request on standard input.

The web process starts it, so that web workers never load matplotlib or hold pictures in memory. The request is
JSON: `{"out": folder, "lang": "en", "date": ISO 8601, "tasks": [{"label", "digger", "shoter"}], "cpu_s", "memory_mb"}`.
Exit codes: 0 success; 2 a result cannot be read (message as JSON on standard output); 28 the disk is full.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

from portal.domain.errors import PortalError
from portal.domain.status import Lang

UNREADABLE = 2
DISK_FULL = errno.ENOSPC
_NICENESS = 10  # requests come first


def main() -> int:
    """Run the requested comparison and return the exit code."""
    order = json.load(sys.stdin)
    _limit(cpu_s=order["cpu_s"], memory_mb=order["memory_mb"])
    try:
        _compare(order)
    except PortalError as error:
        print(json.dumps(error.message.to_json()))
        return UNREADABLE
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        return DISK_FULL
    return 0


def _limit(*, cpu_s: int, memory_mb: int) -> None:
    """Set this process's own limits: the process that started it may exit first."""
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_s, cpu_s))
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    os.nice(_NICENESS)


def _compare(order: dict[str, Any]) -> None:
    from portal.pipeline.compare.compare import compare

    tasks = [(task["label"], Path(task["digger"]), Path(task["shoter"])) for task in order["tasks"]]
    compare(tasks, Path(order["out"]), Lang(order["lang"]), submission_time=order["date"])


if __name__ == "__main__":
    sys.exit(main())
