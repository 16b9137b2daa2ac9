"""Workbooks for an answer: a bounded number is built at once, and a full disk is told as one."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from portal.domain.errors import NotReady
from portal.domain.message import Message
from portal.files.atomic import storage_error
from portal.results.tables import Kind
from portal.results.workbook import AboutTable, workbook

# In each web process. One of 100,000 rows takes seconds of a core; other answers have to get their turn.
MOST_AT_ONCE = 2
_building = threading.BoundedSemaphore(MOST_AT_ONCE)


def build_workbook(
    sheet: str, rows: Iterable[Mapping[str, Any]], columns: Mapping[str, Kind | None], about: AboutTable
) -> Iterator[bytes]:
    """Return a workbook in pieces, see `workbook`; it is complete before the first.

    Raises:
        NotReady: as many as may be are being built.
        StorageFull: no room for its temporary files, of which none is left.
    """
    if not _building.acquire(blocking=False):
        raise NotReady(Message("table.busy"))
    try:
        return workbook(sheet, rows, columns, about)
    except Exception as error:
        # The library wraps what the disk said when it packs the sheets.
        cause = error if isinstance(error, OSError) else next(iter(error.args), None)
        if isinstance(cause, OSError):
            raise storage_error(cause) from error
        raise
    finally:
        _building.release()
