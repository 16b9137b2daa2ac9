"""A portal's processes over a folder of its own, to be started, killed and looked at as an operator would."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from portal.config import Settings, read_settings
from portal.domain.status import Lang
from portal.domain.task import TaskMeta
from portal.files.taskdir import PortalDir
from portal.services.acceptance import Asked
from tests.samples import NO_SAMPLES
from tests.waiting import PATIENCE_S

ROOT = Path(__file__).parents[2]


class Site:
    """JOBS_DIR, settings and the poller as a process of its own."""

    def __init__(self, folder: Path, references: Path, **settings: str) -> None:
        from portal.bootstrap import build_web

        self.folder = folder
        self.variables = {
            "JOBS_DIR": str(folder / "jobs"),
            "REFERENCE_DIR": str(references),
            "REDIS_URL": "",
            "MIN_FREE_DISK_GB": "0",
            "POLL_INTERVAL": "0.5",
            "EXECUTOR": "local",
            "TASK_THREADS": "1",
            **NO_SAMPLES,
            "PACK_MAX_MB": "0",  # a job for each task, where a test does not say otherwise
            **settings,
        }
        self.settings: Settings = read_settings(self.variables)
        self.portal = PortalDir(self.settings.JOBS_DIR)
        parts = build_web(self.settings)
        self.tasks, self.acceptance, self.keyring = parts.tasks, parts.acceptance, parts.keyring
        self.poller: subprocess.Popen[bytes] | None = None
        self._pollers: list[subprocess.Popen[bytes]] = []
        self.log = folder / "poller.log"

    def __enter__(self) -> Self:
        self.start_poller()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end_pollers()
        for claim in self.portal.jobs.glob("*/attempts/*/jobs/*/claim"):
            self._end_session(json.loads(claim.read_text())["identity"]["group"])

    @staticmethod
    def _end_session(group: int) -> None:
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            return

    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        return {**kept, **self.variables}

    def start_poller(self, **variables: str) -> None:
        self.launch("portal.cli", "poller", **variables)

    def launch(self, module: str, *words: str, **variables: str) -> None:
        """Start a poller; `poller` is the last one that was started."""
        with self.log.open("ab") as log:
            self.poller = subprocess.Popen(
                [sys.executable, "-m", module, *words],
                env={**self.environment(), **variables},
                cwd=ROOT,
                stdout=log,
                stderr=log,
            )
        self._pollers.append(self.poller)

    def end_pollers(self) -> None:
        """End the last poller as an operator does, and whatever else a test that failed left running or stopped."""
        self.stop_poller()
        for process in self._pollers:
            process.kill()
            process.wait()

    def kill_poller(self) -> None:
        """kill -9."""
        assert self.poller is not None
        self.poller.kill()
        self.poller.wait()

    def stop_poller(self) -> None:
        if self.poller is not None and self.poller.poll() is None:
            self.poller.terminate()
            self.poller.wait(PATIENCE_S)

    def submit(self, genome: Path, *, submitter: str = "tester", **parameters: Any) -> TaskMeta:
        """Submit a genome and return the record at that moment."""
        upload = self.acceptance.begin(submitter)
        upload.write(genome.read_bytes())
        return self.acceptance.create(upload, Asked(genome.name, Lang.EN, parameters), submitter=submitter).view.task

    def record(self, task_id: str) -> TaskMeta:
        from portal.storage.file import FileTaskStore

        return FileTaskStore(self.portal).get(task_id)

    def wait(self, task_id: str, until: Callable[[TaskMeta], bool], *, timeout_s: float = PATIENCE_S) -> TaskMeta:
        """Return the record once it is as wanted."""
        deadline = time.monotonic() + timeout_s
        while True:
            task = self.record(task_id)
            if until(task):
                return task
            assert time.monotonic() < deadline, f"still {task}\n{self.log.read_text()[-3000:]}"
            time.sleep(0.05)

    def wait_ended(self, task_id: str, *, timeout_s: float = PATIENCE_S) -> TaskMeta:
        return self.wait(task_id, lambda task: task.status.is_final, timeout_s=timeout_s)

    def wait_ended_again(self, task_id: str, *, timeout_s: float = PATIENCE_S) -> TaskMeta:
        """Return the record once the task has ended and nothing is wished for it any more."""
        wishes = self.portal.task(task_id).wishes
        return self.wait(
            task_id, lambda task: task.status.is_final and not any(wishes.glob("*.json")), timeout_s=timeout_s
        )

    def claims(self, task_id: str) -> list[dict[str, Any]]:
        """Return what each job of a task wrote when it claimed its stages."""
        return [
            json.loads(path.read_text()) for path in sorted(self.portal.jobs.glob(f"{task_id}/attempts/*/jobs/*/claim"))
        ]

    def stage_runs(self, task_id: str, stage: str) -> int:
        """Return how often a stage began, over all attempts: its log says so each time."""
        logs = self.portal.jobs.glob(f"{task_id}/attempts/*/{stage}/log.txt")
        return sum(path.read_text().count(f"stage {stage} of task") for path in logs)
