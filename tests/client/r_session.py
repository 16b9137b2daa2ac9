"""R, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

_CLIENT = Path(__file__).parents[2] / "client" / "r" / "bttoxin.R"


def command(script: str) -> list[str]:
    return ["Rscript", "--vanilla", "-e", f"source({str(_CLIENT)!r})", "-e", script]


def r(script: str, **values: object) -> subprocess.CompletedProcess[str]:
    """Run a script after the client; values stand in it as strings."""
    filled = script.format(**{name: str(value) for name, value in values.items()})
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    return subprocess.run(command(filled), env=environment, capture_output=True, text=True, timeout=120, check=False)


def told(script: str, **values: object) -> Any:
    """Return what a script writes as JSON."""
    done = r(script, **values)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
