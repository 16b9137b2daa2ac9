"""A poller over a folder of its own with a scheduler in memory, and clocks that a test moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from portal.bootstrap import build_poller, build_web
from portal.config import read_settings
from portal.domain.status import STAGE_ORDER, Lang, PipelineStage
from portal.domain.task import TaskMeta
from portal.files.reports import Sentinel, StageProgress, utc_now
from portal.files.taskdir import PortalDir
from portal.poller.poller import Poller
from portal.poller.submit_gate import SubmitGate
from portal.services.acceptance import Asked
from portal.storage.file import FileTaskStore
from slurm.types import JobState
from tests.fake_scheduler import FakeScheduler

GENOME = b">contig1\n" + b"ACGTTGCAAC" * 20 + b"\n"


@dataclass
class Clock:
    """Seconds that pass when a test says so."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


class Rig:
    """The poller, its scheduler, and the hands of users."""

    def __init__(self, folder: Path, scheduler: FakeScheduler | None = None, **settings: str) -> None:
        variables = {
            "JOBS_DIR": str(folder / "jobs"), "REDIS_URL": "", "MIN_FREE_DISK_GB": "0", "EXECUTOR": "slurm",
            "PACK_MAX_MB": "0", **settings,
        }  # fmt: skip
        self.settings = read_settings(variables)
        self.portal = PortalDir(self.settings.JOBS_DIR)
        parts = build_web(self.settings)
        self.tasks, self.acceptance = parts.tasks, parts.acceptance
        self.keyring = parts.keyring
        self.scheduler = scheduler or FakeScheduler(self._now)
        self.clock = Clock()
        self.start()

    def start(self) -> None:
        """Have a poller at work."""
        self.poller: Poller = build_poller(self.settings, self.scheduler)
        self.gate: SubmitGate = self.poller._parts.gate
        self.gate._clock = self.clock
        self.gate._rest = self.gate._fresh()
        self.starts = self.poller._parts.starts
        self.starts._clock = self.clock
        self.starts._rest = self.starts._fresh()
        assert self.poller.lease.acquire()
        self.poller.start()

    def restart(self) -> None:
        """Let the poller die, and another one take its place."""
        self.poller.lease.release()
        self.start()

    def _now(self) -> datetime:
        return self.poller._now()

    def later(self, seconds: float) -> None:
        """Let time pass, for the records' clock too."""
        self.clock.now += seconds
        real: Callable[[], datetime] = self.poller._now
        self.poller._now = self.poller._filler._now = lambda: real() + timedelta(seconds=seconds)

    def submit(self, count: int = 1, *, submitter: str = "a", submission: str = "") -> list[str]:
        made = []
        for _ in range(count):
            upload = self.acceptance.begin(submitter)
            upload.write(GENOME)
            created = self.acceptance.create(upload, Asked("s.fna", Lang.EN, {}, submission), submitter=submitter)
            made.append(created.view.task.task_id)
        return made

    def record(self, task_id: str) -> TaskMeta:
        return FileTaskStore(self.portal).get(task_id)

    def job(self, task_id: str, stage: str = "digger", attempt: int = 1) -> str:
        return f"bt-{task_id}-{stage}-a{attempt}"

    def begin(self, task_id: str, stage: str = "digger", attempt: int = 1, node: str = "n1") -> None:
        """Have a job run and claim its stages."""
        self.scheduler.move(self.job(task_id, stage, attempt), JobState.RUNNING, node=node)
        self.scheduler.claim(self.job(task_id, stage, attempt))

    def report(self, task_id: str, *stages: PipelineStage, attempt: int = 1) -> None:
        """Have stages end well, with no files."""
        for stage in stages:
            folder = self.portal.task(task_id).attempt(attempt).stage(stage)
            folder.out.mkdir(parents=True, exist_ok=True)
            StageProgress(stage, 1.0, "", utc_now(), utc_now()).write(folder.progress)
            Sentinel(stage, 0, "1", utc_now(), utc_now()).write(folder.sentinel)

    def finish(self, task_id: str) -> None:
        """Have both jobs of a task end well."""
        self.begin(task_id)
        self.begin(task_id, "shoter")
        self.report(task_id, *STAGE_ORDER)
        for stage in ("digger", "shoter"):
            self.scheduler.move(self.job(task_id, stage), JobState.COMPLETED)

    def swallow(self, task_id: str, attempt: int = 1, node: str = "n2") -> None:
        """Have the first job of an attempt end before it begins, and the second one follow it."""
        name = self.job(task_id, "digger", attempt)
        self.scheduler.move(name, JobState.FAILED, node=node, exit_code=127, reason="NonZeroExitCode")
        second = self.job(task_id, "shoter", attempt)
        self.scheduler.move(second, JobState.CANCELLED, reason="DependencyNeverSatisfied")
