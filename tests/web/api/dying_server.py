"""A web process that is killed (kill -9) once, before or after one step of the arrival of an item."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from portal.files.staging import StagedUpload
from portal.files.submissions import SubmissionFolders
from portal.web.edge.app import Edge
from tests.web.api import server

_STEPS = {"mark": (SubmissionFolders, "begin_receiving"), "task": (StagedUpload, "accept")}
DEATHS = [f"{when} {step}" for step in _STEPS for when in ("before", "after")]


def application() -> Edge:
    """Return the application; gunicorn calls this in its worker, also in the one that takes a killed one's place."""
    when, step = os.environ.pop("SITE_DIES").split()
    owner, name = _STEPS[step]
    setattr(owner, name, _deadly(getattr(owner, name), when, Path(os.environ["SITE_JOBS"], "died")))
    made = server.application()
    os.environ["SITE_DIES"] = f"{when} {step}"
    return made


def _deadly(step: Callable[..., Any], when: str, died: Path) -> Callable[..., Any]:
    def call(*arguments: Any, **options: Any) -> Any:
        if when == "before":
            _die_once(died)
        value = step(*arguments, **options)
        if when == "after":
            _die_once(died)
        return value

    return call


def _die_once(died: Path) -> None:
    if not died.exists():
        died.touch()
        os.kill(os.getpid(), signal.SIGKILL)
