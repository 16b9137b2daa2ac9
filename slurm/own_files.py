"""Read what a job left in its folder, without trusting it: no symlink, no FIFO, no more than is needed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from slurm.types import JobInfo


def read_tail(path: Path, most_bytes: int) -> bytes:
    """Return the last bytes of a regular file.

    Raises:
        FileNotFoundError: there is none.
        OSError: something else is in its place, or it cannot be reached.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as stream:
        facts = os.fstat(stream.fileno())
        if not stat.S_ISREG(facts.st_mode):
            raise OSError(f"{path.name} is no regular file")
        stream.seek(max(0, facts.st_size - most_bytes))
        return stream.read(most_bytes)


def works_in(job: JobInfo, folder: Path) -> bool:
    """Tell whether a job's working folder is this one or below it; an unknown working folder counts as such.

    A copied job folder has jobs of the same names; the original's jobs work elsewhere.
    """
    if not job.work_dir:
        return True
    if Path(job.work_dir).is_relative_to(folder):
        return True
    # The same folder may have another path since the job was submitted.
    return Path(os.path.realpath(job.work_dir)).is_relative_to(os.path.realpath(folder))
