"""Who did what as an operator: one JSON line an act, only ever added to.

<JOBS_DIR>/.portal/audit.log            the lines of now
<JOBS_DIR>/.portal/audit-<number>.log   earlier ones, full files, the highest number the newest; none is removed

Whoever adds a line that makes the file full gives it its number. Writers wait for each other at `audit.lock`, so that
no line goes into a file that was renamed under it; readers take the newest lines from the ends.
"""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portal.domain.errors import CorruptRecord
from portal.domain.logs import request_id
from portal.files.atomic import fsync_folder, storage_error
from portal.files.reports import utc_now
from portal.files.reserve import with_reserve
from portal.files.safe_open import open_to_append, open_to_read
from portal.files.taskdir import PortalDir

FULL_BYTES = 4 * 1024**2
_NUMBERED = re.compile(r"audit-(\d{6,})\.log")
_BLOCK = 1 << 16
_LONGEST_LINE = 1 << 20
_MOST_BYTES = 64 * 1024**2  # of one file: an older version did not turn it over

log = logging.getLogger(__name__)


def note_act(portal: PortalDir, *, by: str, action: str, **details: Any) -> None:
    """Add an act; the line is on the disk when this returns. It has the id of the request that asked for it.

    Raises:
        StorageFull: there is no room for it.
    """
    at = utc_now().isoformat(timespec="milliseconds")
    request = {"request_id": request_id.get()} if request_id.get() else {}
    line = json.dumps({"at": at, "by": by, "action": action, **request, **details}, ensure_ascii=False, sort_keys=True)
    data = line.encode("utf-8", "backslashreplace") + b"\n"
    with_reserve(portal.audit, lambda: _append(portal, data))


def _append(portal: PortalDir, data: bytes) -> None:
    try:
        with _locked(portal):
            handle = _open_or_put_aside(portal)
            try:
                size = os.fstat(handle).st_size
                if size and os.pread(handle, 1, size - 1) != b"\n":
                    data = b"\n" + data  # behind a line that a crash, or a full disk, has cut
                if os.write(handle, data) != len(data):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # the rest of the line had no room
                os.fsync(handle)
            finally:
                os.close(handle)
            if size + len(data) >= FULL_BYTES:
                _turn(portal)
    except OSError as error:
        raise storage_error(error) from error


def _open_or_put_aside(portal: PortalDir) -> int:
    """Return a handle of the log; what is no file, and stands in its place, is put aside."""
    try:
        return open_to_append(portal.audit, mode=0o600)
    except CorruptRecord as error:
        log.error("%s; it is put aside", error)
        portal.audit.rename(portal.quarantine / f"audit-{time.time_ns()}")
        return open_to_append(portal.audit, mode=0o600)


@contextmanager
def _locked(portal: PortalDir) -> Iterator[None]:
    handle = os.open(portal.own / "audit.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _turn(portal: PortalDir) -> None:
    """Give the full file its number; the next line begins a new one."""
    numbers = [int(found[1]) for path in portal.own.iterdir() if (found := _NUMBERED.fullmatch(path.name))]
    portal.audit.rename(portal.own / f"audit-{max(numbers, default=0) + 1:06}.log")
    fsync_folder(portal.own)


def _files(portal: PortalDir) -> list[Path]:
    """Return the files, the newest first."""
    numbered = {int(found[1]): path for path in portal.own.iterdir() if (found := _NUMBERED.fullmatch(path.name))}
    return [portal.audit, *(numbered[number] for number in sorted(numbered, reverse=True))]


def newest_acts(portal: PortalDir) -> Iterator[dict[str, Any]]:
    """Yield the acts, the newest first, reading no more of the files than is asked for; cut lines are left out."""
    seen: set[tuple[int, int]] = set()
    try:
        files = _files(portal)
    except FileNotFoundError:
        return
    for path in files:
        try:
            handle = open_to_read(path)
        except FileNotFoundError:
            continue
        except CorruptRecord as error:
            log.error("%s; it is passed over", error)
            continue
        try:
            facts = os.fstat(handle)
            if (facts.st_dev, facts.st_ino) in seen:
                continue  # it got its number between two looks
            seen.add((facts.st_dev, facts.st_ino))
            for line in _lines_from_end(handle, facts.st_size):
                act = _read(line.decode("utf-8", "replace"))
                if act is not None:
                    yield act
        finally:
            os.close(handle)


def _lines_from_end(handle: int, size: int) -> Iterator[bytes]:
    rest, end, least = b"", size, max(0, size - _MOST_BYTES)
    while end > least:
        begin = max(least, end - _BLOCK)
        first, *lines = (os.pread(handle, end - begin, begin) + rest).split(b"\n")
        yield from (line for line in reversed(lines) if line)
        # No act is so long: what has no end of a line is none.
        rest, end = first if len(first) <= _LONGEST_LINE else b"", begin
    if rest:
        yield rest


def read_acts(portal: PortalDir) -> Iterator[dict[str, Any]]:
    """Yield all acts, the oldest first."""
    yield from reversed(list(newest_acts(portal)))


def last_acts(portal: PortalDir, *, limit: int, skip: int = 0) -> tuple[list[dict[str, Any]], bool]:
    """Return acts, the newest first, after `skip` newer ones, and whether there are older ones."""
    found: list[dict[str, Any]] = []
    for place, act in enumerate(newest_acts(portal)):
        if place >= skip + limit:
            return found, True
        if place >= skip:
            found.append(act)
    return found, False


def _read(line: str) -> dict[str, Any] | None:
    try:
        act = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return act if isinstance(act, dict) and {"at", "by", "action"} <= act.keys() else None
