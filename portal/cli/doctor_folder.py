"""`btportal doctor`: checks of the job folder, its clock and the owners of its files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from portal.cli.finding import FAIL, OK, WARN, Finding
from portal.config import Settings


def check_clock(settings: Settings) -> Iterator[Finding]:
    """Check whether the clock can be right, from the poller's observations."""
    from portal.domain.errors import CorruptRecord, NewerFormat
    from portal.domain.message import Message
    from portal.files.clock_mark import ClockMark
    from portal.files.taskdir import PortalDir

    now = datetime.now(UTC)
    try:
        doubt = ClockMark.read(PortalDir(settings.JOBS_DIR)).doubt(now)
    except FileNotFoundError:
        doubt = None  # no poller has run yet
    except (CorruptRecord, NewerFormat, OSError) as error:
        yield Finding(WARN, "clock", str(error), "btportal admin accept-time, once the clock is right")
        return
    if doubt is not None:
        yield Finding(FAIL, "clock", str(doubt), "chronyc tracking; then btportal admin accept-time")
    else:
        yield Finding(OK, "clock", str(Message("clock.ok", now=now.isoformat(timespec="seconds"))))


def check_owners(settings: Settings) -> Iterator[Finding]:
    """Check that everything below JOBS_DIR belongs to the portal's user, who may read and replace it."""
    root = settings.JOBS_DIR
    try:
        owner = root.lstat().st_uid
    except OSError:
        return  # already reported
    strangers, sealed = look_through(root, owner)
    if strangers:
        mend = f"chown -R --from={strangers[0].lstat().st_uid} {owner} {root}"
        yield Finding(FAIL, "owner", f"{len(strangers)} of another user than JOBS_DIR: {_some(strangers)}", mend)
    if sealed:
        message = f"{len(sealed)} that their owner may not read or write: {_some(sealed)}"
        yield Finding(FAIL, "modes", message, f"chmod -R u+rwX {root}")
    if not strangers and not sealed:
        yield Finding(OK, "owner", "all below JOBS_DIR belongs to its owner")


def look_through(root: Path, owner: int) -> tuple[list[Path], list[Path]]:
    """Return paths below a folder that a user (by number) does not own, and own ones that they cannot read or write."""
    strangers, sealed = [], []
    for folder, names, files in os.walk(root):
        for name in (*names, *files):
            path = Path(folder, name)
            try:
                facts = path.lstat()
            except OSError:
                continue  # it vanished meanwhile
            needed = stat.S_IRWXU if stat.S_ISDIR(facts.st_mode) else stat.S_IRUSR | stat.S_IWUSR
            if facts.st_uid != owner:
                strangers.append(path)
            elif not stat.S_ISLNK(facts.st_mode) and facts.st_mode & needed != needed:
                sealed.append(path)
    return strangers, sealed


def _some(paths: list[Path]) -> str:
    return ", ".join(str(path) for path in sorted(paths)[:3]) + (" ..." if len(paths) > 3 else "")
