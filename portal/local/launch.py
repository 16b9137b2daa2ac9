"""Submit one job to submitit's local executor, from a process with its own session and environment.

    python -m portal.local.launch FOLDER MODULE FUNCTION TIME_LIMIT_S ARGUMENT...

The executor starts a controller that outlives this process (submitit 1.5.4, local/local.py). Starting it from here
gives it a session that a Ctrl-C in the portal's terminal does not reach, keeps the portal's secrets out of its
environment and leaves the poller no zombie. Arguments that are all digits arrive as numbers.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import ClassVar

from portal.files.document import JobId, write_document
from portal.files.process_identity import ProcessIdentity, start_ticks

# submitit ends a job after 2 minutes by default; the runner enforces the task's limit itself, and earlier.
_MARGIN_S = 180


LAUNCHED = "launched.json"


@dataclass(frozen=True)
class Launched:
    """The controller of a job, by the id that submitit gave it."""

    FORMAT: ClassVar[int] = 1

    job_id: JobId
    identity: ProcessIdentity


def main(arguments: list[str]) -> None:
    """Submit the job and write the controller's identity to `LAUNCHED`."""
    from submitit import LocalExecutor

    folder, module, function, time_limit_s, *rest = arguments
    executor = LocalExecutor(folder)
    executor.update_parameters(timeout_min=(int(time_limit_s) + _MARGIN_S) / 60, signal_delay_s=60)
    call = getattr(import_module(module), function)
    job = executor.submit(call, *(int(item) if item.isdecimal() else item for item in rest))
    mine = ProcessIdentity.mine()
    pid = int(job.job_id)
    controller = replace(mine, pid=pid, start=start_ticks(pid) or 0)
    write_document(Path(folder) / LAUNCHED, Launched(job.job_id, controller))


if __name__ == "__main__":
    main(sys.argv[1:])
