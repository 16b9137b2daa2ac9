"""What the blocking and the asynchronous run share: everything that needs no request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from bttoxin.display import run_html, run_text
from bttoxin.errors import RefusedFile
from bttoxin.operations import Operations
from bttoxin.watching import TaskState


class RunFacts:
    """A run as last seen. Its representations contain no token."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    @property
    def folder(self) -> Path:
        """The folder of the journal."""
        return self._operations.journal.folder

    @property
    def url(self) -> str:
        """The address of the portal."""
        return self._operations.link.url

    @property
    def refused(self) -> list[RefusedFile]:
        """The files that could not be sent or that the portal refused, with line and reason."""
        return self._operations.refused

    @property
    def passed_over(self) -> list[Path]:
        """The files of given folders that `submit` did not send, because their names are not those of genomes."""
        return list(self._operations.passed_over)

    @property
    def states(self) -> list[TaskState]:
        """The genomes as last seen; until somebody has asked the portal, as the journal has them."""
        return self._operations.watch.tasks()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many genomes are in each state, as last seen."""
        return Counter(task.status for task in self.states)

    def __repr__(self) -> str:
        return run_text(self.url, str(self.folder), self._operations.watch.counts())

    def _repr_html_(self) -> str:
        watch = self._operations.watch
        return run_html(self.url, str(self.folder), watch.counts(), watch.tasks(), self._operations.names)
