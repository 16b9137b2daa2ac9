"""Live jobs that no task needs: their task ended, was deleted, or is on a later attempt.

They come from submissions that reached the cluster after the portal had given them up. A job is only touched if its
task is proven to be this portal's and it works below this JOBS_DIR: two portals of one user share `squeue --me`, and a
copy of a job folder has tasks of the same names.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Container, Mapping

from portal.domain.errors import Unreadable
from portal.domain.jobs import pack_of, read_job_name
from portal.domain.task import TaskMeta
from portal.files.pack import Pack
from portal.files.taskdir import PortalDir
from portal.files.usage import UsageLedger
from slurm.own_files import works_in
from slurm.types import JobInfo, Snapshot

log = logging.getLogger(__name__)

_ASK_AGAIN_S = 60.0


class Orphans:
    """Finds orphans, and remembers which of them the scheduler was recently asked to end."""

    def __init__(self, portal: PortalDir, ledger: UsageLedger, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._portal = portal
        self._ledger = ledger
        self._clock = clock
        self._asked: dict[str, float] = {}

    def to_cancel(
        self,
        snapshot: Snapshot,
        known: Container[str],
        live: Mapping[str, TaskMeta],
        frozen: Container[str] = frozenset(),
    ) -> list[str]:
        """Return the ids of orphans that were not cancelled within the last minute.

        `known` are the tasks on disk, `live` those that have not ended, `frozen` those of a newer version, whose needs
        are unknown.
        """
        found = [job for job in self.find(snapshot, known, live) if not self._is_any_of(job, frozen)]
        due = [job for job in found if self._clock() - self._asked.get(job.job_id, float("-inf")) > _ASK_AGAIN_S]
        self._asked = {job.job_id: self._asked.get(job.job_id, self._clock()) for job in found}
        for job in due:
            self._asked[job.job_id] = self._clock()
            log.warning("job %s (%s) belongs to no running attempt; it is cancelled", job.job_id, job.name)
        return [job.job_id for job in due]

    def find(self, snapshot: Snapshot, known: Container[str], live: Mapping[str, TaskMeta]) -> list[JobInfo]:
        """Return the live jobs of this portal that no task needs."""
        orphans: list[JobInfo] = []
        wanted = {task.pack for task in live.values()}
        for name, infos in snapshot.jobs.items():
            pack_id, parts = pack_of(name), read_job_name(name)
            if (pack_id is not None and pack_id not in wanted and self._is_left(pack_id)) or (
                parts is not None and self._is_unwanted(*parts, known, live)
            ):
                living = [info for info in infos if info.state.is_waiting or info.state.is_active]
                orphans += [info for info in living if works_in(info, self._portal.jobs)]
        return orphans

    def _is_any_of(self, job: JobInfo, tasks: Container[str]) -> bool:
        """Tell whether a job works for one of the tasks."""
        pack_id, parts = pack_of(job.name), read_job_name(job.name)
        if pack_id is None:
            return parts is not None and parts[0] in tasks
        try:
            members = Pack.read(self._portal.pack(pack_id).document).members
        except FileNotFoundError:
            return False
        except Unreadable:
            return True  # its task is unknown
        return any(member.task_id in tasks for member in members)

    def _is_unwanted(self, task_id: str, attempt: int, known: Container[str], live: Mapping[str, TaskMeta]) -> bool:
        task = live.get(task_id)
        if task is not None:
            # A job of the current attempt is needed, or a duplicate of its name, which `RecordSync.extras` finds.
            return attempt < len(task.attempts)
        return task_id in known or self._was_ours(task_id)

    def _is_left(self, pack_id: str) -> bool:
        """Tell whether a pack is this portal's and its job still has more to do than to end."""
        folder = self._portal.pack(pack_id)
        return folder.document.exists() and not folder.exit.exists()

    def _was_ours(self, task_id: str) -> bool:
        return self._ledger.knows(task_id) or any(self._portal.trash.glob(f"*{task_id}-*"))
