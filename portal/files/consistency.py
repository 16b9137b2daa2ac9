"""The result of comparing records and cluster: requested by the web process, written by the poller.

The web process runs no command of a scheduler: it leaves `consistency.wish`, and the poller, which talks to the
scheduler anyway, compares (`portal.poller.consistency`) and leaves `consistency.json` for the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from portal.domain.errors import Unreadable
from portal.domain.message import Message
from portal.files.document import Moment, read_document, write_document
from portal.files.taskdir import PortalDir

LOOKED_BACK = timedelta(days=7)
DISAGREEMENTS = frozenset({"orphan", "lost", "differing", "twice"})


@dataclass(frozen=True)
class JobFinding:
    """A finding about a job; `portal.poller.consistency` lists the kinds."""

    kind: str
    name: str
    job_id: str
    detail: Message | str  # an older version kept sentences

    @property
    def is_disagreement(self) -> bool:
        return self.kind in DISAGREEMENTS


@dataclass(frozen=True)
class ConsistencyReport:
    """The result of a comparison at a moment; with `error`, there was no comparison and `findings` is empty."""

    FORMAT: ClassVar[int] = 1

    at: Moment
    findings: tuple[JobFinding, ...] = ()
    error: Message | str | None = None

    @property
    def disagreements(self) -> int:
        return sum(finding.is_disagreement for finding in self.findings)

    def write(self, portal: PortalDir) -> None:
        write_document(portal.consistency, self)

    @classmethod
    def read(cls, portal: PortalDir) -> ConsistencyReport | None:
        """Return the last report; None if there is none or its file cannot be read."""
        try:
            return read_document(portal.consistency, cls)
        except (OSError, Unreadable):
            return None
