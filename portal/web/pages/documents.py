"""The result documents behind a task's page, as far as they can be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from portal.domain.errors import Conflict, NotFound, NotReady
from portal.domain.task import TaskMeta
from portal.results.names import BIOASSAYS_JSON, CANDIDATES_JSON, LOCI_JSON, SCORES_JSON, SCREENING_JSON, TOXINS_JSON
from portal.services.answers import ResultFile
from portal.web.context import web

D = TypeVar("D", bound=msgspec.Struct)

_NAMES = frozenset((SCORES_JSON, TOXINS_JSON, LOCI_JSON, SCREENING_JSON, BIOASSAYS_JSON, CANDIDATES_JSON))


def document_or_none(read: Callable[[TaskMeta], D | None], task: TaskMeta) -> D | None:
    """Return a document of a task; None if there is none, or it cannot be read."""
    try:
        return read(task)
    except (NotFound, NotReady, Conflict):
        return None


class PageDocuments:
    """Reads the documents of one task; `files` are its result files. `unread` are those that could not be read."""

    def __init__(self, task: TaskMeta, files: Iterable[ResultFile]) -> None:
        self._task = task
        self._files = {file.name: file for file in files if file.name in _NAMES}
        self.unread: list[str] = []

    def read(self, name: str, kind: type[D]) -> D | None:
        """Return a document; None if there is none, or it cannot be read."""
        file = self._files.get(name)
        if file is None:
            return None
        try:
            return web().tasks.shelf.read(self._task, file, kind)
        except (NotFound, NotReady, Conflict):
            self.unread.append(name)
            return None

    def are_as_written(self) -> bool:
        """Tell whether all of them are there and still what the stages wrote, by the same check as before reading."""
        try:
            for file in self._files.values():
                web().tasks.shelf.open_file(self._task, file).close()
        except (NotFound, NotReady, Conflict):
            return False
        return True
