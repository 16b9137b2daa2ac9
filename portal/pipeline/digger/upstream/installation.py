"""Find the installed BtToxin_Digger: program, version and toxin database."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal.domain.errors import InvalidInput, StageError
from portal.domain.message import Message
from portal.domain.status import FailureKind
from portal.pipeline.process import Limits, run_tool
from portal.reference.clean import clean
from portal.reference.sources import digger_database, read_entries

UNKNOWN = "unknown"
_QUESTION_TIME_S = 60.0
_VERSION = re.compile(r"(\d+(?:\.\d+)+\+?)")


@dataclass(frozen=True)
class ToolInstallation:
    """A runnable BtToxin_Digger; `database` is empty if its file was not found."""

    executable: str
    version: str
    blastp_version: str
    database: Mapping[str, Any]

    def facts(self) -> dict[str, Any]:
        """Return the engine part of result files."""
        return {"name": "bttoxin_digger", "version": self.version, "blastp": self.blastp_version}


def tool_environment(scratch: Path) -> dict[str, str]:
    """Return the environment of the tool: plain C locale, temporary files in the scratch folder.

    A fixed seed for Perl's hashes makes the tool's SVM reproducible (not better).
    """
    fixed = {"LC_ALL": "C", "TMPDIR": str(scratch / "tmp"), "PERL_HASH_SEED": "0", "PERL_PERTURB_KEYS": "0"}
    passed = {name: os.environ[name] for name in ("PATH", "HOME", "PERL5LIB", "CONDA_PREFIX") if name in os.environ}
    return passed | fixed


def find_installation(options: Mapping[str, Any], scratch: Path, log: Path) -> ToolInstallation:
    """Find program, version and database. `options` may name `executable` and `database` (a file or folder).

    Raises:
        StageError: the program was not found.
    """
    wanted = str(options.get("executable") or "BtToxin_Digger")
    executable = shutil.which(wanted)
    if executable is None:
        raise StageError(Message("tool.not_installed", program=wanted), kind=FailureKind.NOT_CONFIGURED)
    blastp = shutil.which("blastp")
    return ToolInstallation(
        executable=executable,
        version=_version([executable, "--version"], scratch, log),
        blastp_version=_version([blastp, "-version"], scratch, log) if blastp else UNKNOWN,
        database=_database(options.get("database"), Path(executable)),
    )


def _version(argv: list[str], scratch: Path, log: Path) -> str:
    lines: list[str] = []
    run_tool(
        argv,
        cwd=scratch / "tmp",
        log=log,
        limits=Limits(timeout_s=_QUESTION_TIME_S),
        env=tool_environment(scratch),
        on_line=lines.append,
    )
    found = _VERSION.search(" ".join(lines[:5]))
    return found.group(1) if found else UNKNOWN


def _database(named: object, executable: Path) -> dict[str, Any]:
    """Return name, version, SHA-256, number of entries and blind spots of the toxin database."""
    places = [Path(str(named))] if named else list(_usual_places(executable))
    for place in places:
        with contextlib.suppress(InvalidInput, OSError):
            fasta = place if place.is_file() else digger_database(place)
            entries = read_entries(fasta)
            return {
                "name": fasta.name,
                "version": fasta.stem.removeprefix("bt_toxin"),
                "sha256": hashlib.sha256(fasta.read_bytes()).hexdigest(),
                "entries": len(entries),
                "blind_spots": list(clean(entries).blind_spots),
            }
    return {}


def _usual_places(executable: Path) -> Iterator[Path]:
    """Yield possible locations of `BTTCMP_db`: beside the scripts, in their prefix, or in a package's share folder."""
    resolved = executable.resolve()
    for base in (resolved.parent, resolved.parent.parent, *sorted(resolved.parent.parent.glob("share/*igger*"))):
        if (base / "BTTCMP_db").is_dir():
            yield base / "BTTCMP_db"
