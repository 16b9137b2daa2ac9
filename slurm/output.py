"""What a job itself left beside its claim: its stderr and the exit code of its script."""

from __future__ import annotations

from pathlib import Path

from slurm.memory import exceeded_memory
from slurm.own_files import read_tail

_TAIL_BYTES = 64 * 1024
_SHOWN_LINES = 20


def _files(folder: Path, name: str) -> list[Path]:
    """Return the files of a name in a folder or in its direct subfolders, such as submitit's."""
    return [*folder.glob(name), *folder.glob(f"*/{name}")]


def stderr_path(folder: Path, job_id: str) -> Path | None:
    """Return the path of a job's stderr; None if there is none, as when its node could not reach the folder."""
    found = _files(folder, f"{job_id}_0_log.err")
    return found[0] if found else None


def stderr_tail(folder: Path, job_id: str) -> str:
    """Return the last lines of a job's stderr; empty if there are none."""
    try:
        path = stderr_path(folder, job_id)
        return "\n".join(_tail(path).splitlines()[-_SHOWN_LINES:]) if path else ""
    except OSError:
        return ""


def shows_exceeded_memory(folder: Path, job_id: str) -> bool:
    """Tell whether SLURM reports at the end of a job's stderr that the job exceeded its memory."""
    try:
        return any(exceeded_memory(_tail(log)) for log in _files(folder, f"{job_id}_0_log.err"))
    except OSError:
        return False


def exit_code(folder: Path, job_id: str) -> int | None:
    """Return the non-zero exit code of the job's script; None if it succeeded or was ended by a signal."""
    try:
        codes = [_tail(path).strip() for path in _files(folder, f"{job_id}_exit")]
    except OSError:
        return None
    return next((int(code) for code in codes if code.isdecimal() and len(code) < 4), None)


def _tail(path: Path) -> str:
    return read_tail(path, _TAIL_BYTES).decode("utf-8", errors="replace")
