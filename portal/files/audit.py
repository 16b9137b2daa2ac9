"""The audit log of operators' actions: one JSON line per action, append-only.

<JOBS_DIR>/.portal/audit.log            the current file
<JOBS_DIR>/.portal/audit-<number>.log   earlier, full files, the highest number the newest; none is removed

The writer whose line fills the file renames it to the next number. Writers take turns with `audit.lock`, so that no
line goes into a file that was just renamed; readers read the newest lines from the end.
"""

from __future__ import annotations

import errno
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
from portal.files.locks import locked
from portal.files.reports import utc_now
from portal.files.reserve import with_reserve
from portal.files.safe_open import open_to_append, open_to_read
from portal.files.taskdir import PortalDir

FULL_BYTES = 4 * 1024**2
_NUMBERED = re.compile(r"audit-(\d{6,})\.log")
_BLOCK = 1 << 16
_LONGEST_LINE = 1 << 20
_MOST_BYTES = 64 * 1024**2  # of one file: an older version did not rotate it

log = logging.getLogger(__name__)


def note_act(portal: PortalDir, *, by: str, action: str, **details: Any) -> None:
    """Log an action; the line is on the disk when this returns. It includes the id of the request.

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
                    data = b"\n" + data  # after a line that was truncated by a crash or a full disk
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
    """Return a handle of the log; anything else in its place that is not a file is moved aside."""
    try:
        return open_to_append(portal.audit, mode=0o600)
    except CorruptRecord as error:
        log.error("%s; it is put aside", error)
        portal.audit.rename(portal.quarantine / f"audit-{time.time_ns()}")
        return open_to_append(portal.audit, mode=0o600)


@contextmanager
def _locked(portal: PortalDir) -> Iterator[None]:
    with locked(portal.own / "audit.lock", "audit.lock"):
        yield


def _turn(portal: PortalDir) -> None:
    """Rename the full file to the next number; the next line starts a new file."""
    numbers = [int(found[1]) for path in portal.own.iterdir() if (found := _NUMBERED.fullmatch(path.name))]
    portal.audit.rename(portal.own / f"audit-{max(numbers, default=0) + 1:06}.log")
    fsync_folder(portal.own)


def _files(portal: PortalDir) -> list[Path]:
    """Return the files, the newest first."""
    numbered = {int(found[1]): path for path in portal.own.iterdir() if (found := _NUMBERED.fullmatch(path.name))}
    return [portal.audit, *(numbered[number] for number in sorted(numbered, reverse=True))]


def newest_acts(portal: PortalDir) -> Iterator[dict[str, Any]]:
    """Yield the actions, the newest first, reading the files only as far as needed; truncated lines are skipped."""
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
                continue  # it was renamed meanwhile
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
        # No action is so long: this much text without a newline is not an action.
        rest, end = first if len(first) <= _LONGEST_LINE else b"", begin
    if rest:
        yield rest


def read_acts(portal: PortalDir) -> Iterator[dict[str, Any]]:
    """Yield all actions, the oldest first."""
    yield from reversed(list(newest_acts(portal)))


def last_acts(portal: PortalDir, *, limit: int, skip: int = 0) -> tuple[list[dict[str, Any]], bool]:
    """Return actions, the newest first, after skipping `skip` newer ones, and whether there are older ones."""
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
