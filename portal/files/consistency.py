"""What a comparison of records and cluster found: asked for by a web process, written by the poller.

The web process runs no command of a scheduler: it leaves `consistency.wish`, and the poller, which talks to the
scheduler anyway, compares (`portal.poller.consistency`) and leaves `consistency.json` for the page.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.domain.errors import CorruptRecord
from portal.files.atomic import read_json, write_json
from portal.files.taskdir import PortalDir

LOOKED_BACK = timedelta(days=7)
DISAGREEMENTS = frozenset({"orphan", "lost", "differing", "twice"})


@dataclass(frozen=True)
class JobFinding:
    """One thing to know about a job; `portal.poller.consistency` lists the kinds."""

    kind: str
    name: str
    job_id: str
    detail: str

    @property
    def is_disagreement(self) -> bool:
        return self.kind in DISAGREEMENTS


@dataclass(frozen=True)
class ConsistencyReport:
    """What a comparison found at a moment; `error` says why there was none, and `findings` is empty then."""

    at: datetime
    findings: tuple[JobFinding, ...] = ()
    error: str = ""

    @property
    def disagreements(self) -> int:
        return sum(finding.is_disagreement for finding in self.findings)

    def write(self, portal: PortalDir) -> None:
        value: dict[str, Any] = {"at": self.at.isoformat(), "error": self.error}
        write_json(portal.consistency, value | {"findings": [asdict(finding) for finding in self.findings]})

    @classmethod
    def read(cls, portal: PortalDir) -> ConsistencyReport | None:
        """Return the last one; None where there was none, or its file is damaged."""
        try:
            value = read_json(portal.consistency)
            findings = tuple(JobFinding(**finding) for finding in value["findings"])
            return cls(datetime.fromisoformat(value["at"]), findings, str(value["error"]))
        except (FileNotFoundError, CorruptRecord, KeyError, TypeError, ValueError):
            return None
