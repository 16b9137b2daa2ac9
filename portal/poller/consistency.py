"""Records against the cluster's accounts, asked for by a web process and answered by the poller.

The web process runs no command of a scheduler: it leaves `inspection.wish`, and the poller, which talks to the
scheduler anyway, compares (`AdminService.compare`) and leaves `inspection.json` for the page to show with its age.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from portal.domain.errors import CorruptRecord, PortalError
from portal.files.atomic import read_json, write_json
from portal.files.taskdir import PortalDir
from portal.ports import Scheduler, TaskStore
from portal.services.admin import AdminService
from portal.services.agreement import Finding
from slurm.errors import SchedulerError

log = logging.getLogger(__name__)

LOOKED_BACK = timedelta(days=7)
# An answer as fresh as this is given again: a button that is pressed often asks the accounts no oftener.
_FRESH = timedelta(seconds=20)


@dataclass(frozen=True)
class Inspection:
    """What a comparison found at a moment; `error` says why there was none, and `findings` is empty then."""

    at: datetime
    findings: tuple[Finding, ...] = ()
    error: str = ""

    @property
    def disagreements(self) -> int:
        return sum(finding.is_disagreement for finding in self.findings)

    def write(self, portal: PortalDir) -> None:
        value: dict[str, Any] = {"at": self.at.isoformat(), "error": self.error}
        write_json(portal.inspection, value | {"findings": [asdict(finding) for finding in self.findings]})

    @classmethod
    def read(cls, portal: PortalDir) -> Inspection | None:
        """Return the last one; None where there was none, or its file is damaged."""
        try:
            value = read_json(portal.inspection)
            findings = tuple(Finding(**finding) for finding in value["findings"])
            return cls(datetime.fromisoformat(value["at"]), findings, str(value["error"]))
        except (FileNotFoundError, CorruptRecord, KeyError, TypeError, ValueError):
            return None


class Inspector:
    """The poller's side."""

    def __init__(self, portal: PortalDir, store: TaskStore, scheduler: Scheduler) -> None:
        self._portal = portal
        self._scheduler = scheduler
        self._service = AdminService(portal, store, by="poller")

    def answer(self, now: datetime) -> None:
        """Compare where somebody wished for it. Trouble stands in the answer and touches nothing else."""
        if not self._portal.inspection_wish.exists():
            return
        last = Inspection.read(self._portal)
        if last is None or now - last.at > _FRESH:
            self._inspect(now).write(self._portal)
        self._portal.inspection_wish.unlink(missing_ok=True)

    def _inspect(self, now: datetime) -> Inspection:
        try:
            return Inspection(now, tuple(self._service.compare(self._scheduler, since=now - LOOKED_BACK)))
        except (PortalError, SchedulerError) as error:
            return Inspection(now, error=str(error))
        except Exception as error:  # a fault of the portal itself must not stop the tasks
            log.exception("an error of the portal in a comparison")
            return Inspection(
                now, error=f"an error of the portal itself ({type(error).__name__}); see the poller's log"
            )
