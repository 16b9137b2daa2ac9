"""The real poller with gated jobs, which dies (like kill -9) before or after a chosen write, command or scheduler call.

    CRASH_LOG=file                   note every point that is passed
    CRASH_AT="when|label"            die there, the first time it is passed

The production code knows nothing of this: the functions it calls are wrapped here, from outside.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from portal.cli.processes import poller
from portal.files.task_index import TaskIndex
from portal.files.usage import UsageLedger
from tests.e2e.gated_poller import use_gated_jobs

EXIT_CODE = 9
CALLS = ("submit", "find", "adopt", "snapshot", "cancel", "history")


def pass_point(when: str, label: str) -> None:
    point = f"{when}|{label}"
    if "CRASH_LOG" in os.environ:
        with Path(os.environ["CRASH_LOG"]).open("a") as log:
            log.write(point + "\n")
    if os.environ.get("CRASH_AT") == point:
        os._exit(EXIT_CODE)


def wrapped(function: Callable[..., Any], label_of: Callable[..., str | None]) -> Callable[..., Any]:
    """Return the function with a point before and after it, where `label_of` gives its call a name."""

    @wraps(function)
    def call(*arguments: Any, **options: Any) -> Any:
        label = label_of(*arguments, **options)
        if label is None:
            return function(*arguments, **options)
        pass_point("before", label)
        value = function(*arguments, **options)
        pass_point("after", label)
        return value

    return call


def write_label(source: Any, target: Any, **_: Any) -> str | None:
    """Name a file by what it is; a record by what it says, so that the same step has the same name in every run."""
    path = Path(target)
    if path.name == "plan.json":
        return f"write plan of attempt {path.parent.name}"
    if path.name in ("intent.json", "adopted.json"):
        return f"write {path.stem} of {path.parent.name}, attempt {path.parents[2].name}"
    if path.name != "task_meta.json":
        return f"write {path.name}"
    record = json.loads(Path(source).read_text())
    jobs = record["attempts"][-1]["jobs"] if record["attempts"] else []
    told = [f"write record: {record['status']}"]
    if record["failure_kind"]:
        told.append(record["failure_kind"])
    if record["attempts"]:
        told.append(f"attempt {len(record['attempts'])}")
        told.append(f"{sum(job['job_id'] is not None for job in jobs)} of {len(jobs)} jobs have ids")
    if record["cancel_requested"]:
        told.append("cancel asked")
    return ", ".join(told)


def remove_label(target: Any, **_: Any) -> str | None:
    path = Path(target)
    if path.parent.name == "wishes":
        return f"remove wish {path.name}"
    return "remove bell" if path.parent.name == "inbox" else None


def move_label(source: Any, target: Any, **_: Any) -> str:
    return f"move to {Path(target).parent.name}"


def command_label(_: Any, argv: Any, *arguments: Any, **options: Any) -> str:
    words = [Path(str(word)).name for word in argv]
    if "--" in words:  # setpriv stands before the commands of SLURM
        words = words[words.index("--") + 1 :]
    return f"start {'launcher' if 'portal.local.launch' in words else words[0]}"


def wrap_all() -> None:
    from portal.local.scheduler import LocalScheduler
    from slurm.scheduler import SlurmScheduler

    os.replace = wrapped(os.replace, write_label)
    os.link = wrapped(os.link, write_label)
    os.rename = wrapped(os.rename, move_label)
    os.unlink = wrapped(os.unlink, remove_label)
    subprocess.Popen.__init__ = wrapped(subprocess.Popen.__init__, command_label)  # type: ignore[method-assign]
    TaskIndex.note = wrapped(TaskIndex.note, lambda _, task: f"note {task.status.value} in task index")  # type: ignore[method-assign]
    TaskIndex.drop = wrapped(TaskIndex.drop, lambda *_: "take out of task index")  # type: ignore[method-assign]
    UsageLedger.write = wrapped(UsageLedger.write, lambda *_: "append to usage")  # type: ignore[method-assign]
    for kind in (LocalScheduler, SlurmScheduler):
        for name in CALLS:
            if hasattr(kind, name):
                setattr(kind, name, wrapped(getattr(kind, name), lambda *_, name=name, **__: f"scheduler.{name}"))


if __name__ == "__main__":
    use_gated_jobs()
    wrap_all()
    poller()
