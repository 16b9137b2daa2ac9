"""Report the state of a compute node to `btportal doctor`: Python, libraries, cores, clock, and shared folder."""

from __future__ import annotations

import socket
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from portal.files.atomic import write_json
from portal.pipeline.job import usable_cores

# Libraries that the stages import; `portal` itself is found if this function runs.
LIBRARIES = ("numpy", "pyhmmer", "pyfamsa", "pyopal", "parasail", "matplotlib")


def missing_libraries() -> list[str]:
    """Return the pipeline's libraries that cannot be imported here, each with the reason."""
    missing = []
    for library in LIBRARIES:
        try:
            import_module(library)
        except ImportError as error:
            missing.append(f"{library} ({error})")
    return missing


def probe(folder: str, engine: str, reference: str = "") -> None:
    """Write `answer.json` to a folder of JOBS_DIR in which the portal's host wrote `question.txt`.

    `engine` is the program that Digger needs here; empty for the native one. `reference` is the FASTA file of the
    toxin reference in use; empty if there is none.
    """
    from shutil import which

    answer: dict[str, Any] = {
        "host": socket.gethostname(),
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        "executable": sys.executable,
        "missing": missing_libraries(),
        "engine": engine == "" or which(engine) is not None,
        "reference": _size_of(reference),
        "cores": usable_cores(),
        "question": (Path(folder) / "question.txt").read_text(),
        "now": time.time(),
    }
    write_json(Path(folder) / "answer.json", answer)


def _size_of(reference: str) -> int | None:
    """Return the size of the reference as read here; None if it cannot be read."""
    try:
        with Path(reference).open("rb") as fasta:
            fasta.read(1)
        return Path(reference).stat().st_size
    except OSError:
        return None
