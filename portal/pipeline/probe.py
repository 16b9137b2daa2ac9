"""What a compute node says of itself to `btportal doctor`: Python, libraries, cores, clock, and the shared folder."""

from __future__ import annotations

import socket
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from portal.files.atomic import write_json
from portal.pipeline.job import usable_cores

# What the stages import; `portal` itself was found when this function runs.
LIBRARIES = ("numpy", "pyhmmer", "pyfamsa", "pyopal", "parasail", "matplotlib")


def missing_libraries() -> list[str]:
    """Return the libraries of the pipeline that cannot be imported here, each with the reason."""
    missing = []
    for library in LIBRARIES:
        try:
            import_module(library)
        except ImportError as error:
            missing.append(f"{library} ({error})")
    return missing


def probe(folder: str, engine: str) -> None:
    """Write `answer.json` into a folder of JOBS_DIR that holds `question.txt`, which the portal's host wrote.

    `engine` is the program that Digger needs here; empty for the native one.
    """
    from shutil import which

    answer: dict[str, Any] = {
        "host": socket.gethostname(),
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        "executable": sys.executable,
        "missing": missing_libraries(),
        "engine": engine == "" or which(engine) is not None,
        "cores": usable_cores(),
        "question": (Path(folder) / "question.txt").read_text(),
        "now": time.time(),
    }
    write_json(Path(folder) / "answer.json", answer)
