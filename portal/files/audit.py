"""Who did what as an operator: one JSON line an act, only ever added to."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from portal.domain.logs import request_id
from portal.files.atomic import storage_error
from portal.files.reports import utc_now
from portal.files.taskdir import PortalDir


def note_act(portal: PortalDir, *, by: str, action: str, **details: Any) -> None:
    """Add an act; the line is on the disk when this returns. It has the id of the request that asked for it.

    Raises:
        StorageFull: there is no room for it.
    """
    at = utc_now().isoformat(timespec="milliseconds")
    request = {"request_id": request_id.get()} if request_id.get() else {}
    line = json.dumps({"at": at, "by": by, "action": action, **request, **details}, ensure_ascii=False, sort_keys=True)
    try:
        # One write of an appending descriptor: lines of two operators do not mix.
        handle = os.open(portal.audit, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(handle, line.encode() + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise storage_error(error) from error


def read_acts(portal: PortalDir) -> Iterator[dict[str, Any]]:
    """Yield the acts, the oldest first; a line that a crash has cut is left out."""
    try:
        lines = portal.audit.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        act = _read(line)
        if act is not None:
            yield act


def last_acts(portal: PortalDir, *, limit: int, skip: int = 0) -> tuple[list[dict[str, Any]], bool]:
    """Return acts, the newest first, after `skip` newer ones, and whether there are older ones."""
    try:
        lines = portal.audit.read_bytes().splitlines()
    except FileNotFoundError:
        return [], False
    end = max(0, len(lines) - skip)
    begin = max(0, end - limit)
    acts = [_read(line.decode("utf-8", "replace")) for line in reversed(lines[begin:end])]
    return [act for act in acts if act is not None], begin > 0


def _read(line: str) -> dict[str, Any] | None:
    try:
        act = json.loads(line)
    except ValueError:
        return None
    return act if isinstance(act, dict) and {"at", "by", "action"} <= act.keys() else None
