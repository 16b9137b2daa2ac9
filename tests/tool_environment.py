"""Tools of the tests that do not fit into the project's environment: each gets one of its own, once."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[1]


def tool_environment(requirements: Path) -> Path:
    """Return the folder of the programs of an environment with what a requirements file names.

    It lies in var/tools, made where it is missing and when the file changes; several runs of the tests may ask at once.
    """
    home = ROOT / "var/tools" / requirements.stem
    home.parent.mkdir(parents=True, exist_ok=True)
    stamp, wanted = home / ".made-from", hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()
    with home.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.is_file() or stamp.read_text() != wanted:
            shutil.rmtree(home, ignore_errors=True)
            venv.create(home, with_pip=True)
            pip = [str(home / "bin/python"), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
            subprocess.run([*pip, "-r", str(requirements)], check=True, timeout=280)
            stamp.write_text(wanted)
    return home / "bin"
