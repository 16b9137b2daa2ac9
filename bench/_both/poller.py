"""A poller over a folder of tasks with a scheduler in memory; prints processor seconds as JSON: FOLDER LIVE ENDED."""

import json
import logging
import statistics
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from portal.bootstrap import build_poller
from portal.config import read_settings
from portal.domain.status import TaskStatus
from portal.files.taskdir import PortalDir
from slurm.types import JobInfo, JobSpec, JobState, Snapshot
from tests.builders import make_task_on_disk

_ROUNDS = 10


class InMemory:
    """Takes every job, and says at once that it runs."""

    kind = "slurm"
    chained = True

    def __init__(self) -> None:
        self.jobs: dict[str, tuple[JobInfo, ...]] = {}

    def submit(self, spec: JobSpec) -> str:
        return self._take(spec.name).job_id

    def _take(self, name: str) -> JobInfo:
        now = datetime.now(UTC)
        state = JobState.RUNNING if "-digger-" in name else JobState.PENDING
        job = JobInfo(str(len(self.jobs) + 1), name, state, raw_state=state.value, submit_time=now, start_time=now)
        self.jobs[name] = (job,)
        return job

    def adopt(self, spec: JobSpec, job_id: str) -> None:
        """Do nothing: a submission here never ends half way."""

    def snapshot(self, wanted: Mapping[str, tuple[datetime, Path]]) -> Snapshot:
        return Snapshot(datetime.now(UTC), known=True, jobs=self.jobs)

    def cancel(self, job_ids: Sequence[str], names: Collection[str] = ()) -> None:
        raise AssertionError(f"nothing is to be cancelled, but {job_ids}")


def cpu_s(act: Callable[[], object]) -> float:
    """Return the processor seconds of this process while it acts."""
    began = time.process_time()
    act()
    return time.process_time() - began


def main() -> None:
    folder, live, ended = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    logging.disable()
    portal = PortalDir(folder)
    portal.prepare()
    now = datetime.now(UTC)
    for _ in range(live):
        make_task_on_disk(portal, TaskStatus.PENDING, submission_time=now)
    for _ in range(ended):
        make_task_on_disk(portal, TaskStatus.COMPLETED, hits=1, submission_time=now, completion_time=now)
    variables = {
        "JOBS_DIR": str(folder),
        "REDIS_URL": "",
        "MIN_FREE_DISK_GB": "0",
        "EXECUTOR": "slurm",
        "MAX_ACTIVE_PIPELINES": str(live),
        "MAX_WAITING_TASKS": str(2 * live),
        "PACK_MAX_MB": "0",  # one job for each task, as before there were packs
    }
    build_poller(read_settings(variables), InMemory())  # imports what it needs
    poller = build_poller(read_settings(variables), InMemory())
    if not poller.lease.acquire():
        raise SystemExit("another poller is at work there")
    found = {"start": cpu_s(poller.start)}
    found["first cycle, which submits"] = cpu_s(poller.cycle)
    if sum(task.is_active for task in poller.live.values()) != live:
        raise SystemExit("not every task was submitted")
    poller.cycle()
    found["cycle"] = min(cpu_s(poller.cycle) for _ in range(_ROUNDS))
    # The median, because a tick ends early where the machine is busy.
    found["tick"] = statistics.median(cpu_s(poller.tick) for _ in range(_ROUNDS))
    poller.lease.release()
    print(json.dumps(found))


if __name__ == "__main__":
    main()
