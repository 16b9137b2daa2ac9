"""A scheduler in memory, for what the poller does with its answers; what SLURM answers is tested on SLURM."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from slurm.complaint import verbatim
from slurm.types import JobInfo, JobSpec, JobState, Snapshot


class FakeScheduler:
    """Takes every job unless `refusal` says otherwise; a test moves the jobs on by their name."""

    kind = "slurm"
    chained = True

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.jobs: dict[str, JobInfo] = {}
        self.specs: list[JobSpec] = []
        self.cancelled: list[str] = []
        self.looks = 0
        self.known = True
        self.accounting: bool | None = None
        self.refusals: list[Exception] = []  # for the next submissions, one each
        self.refusal: Exception | None = None  # for all of them
        self.limit: int | None = None  # so many jobs at most, else `refusal`
        self.tried = 0

    def submit(self, spec: JobSpec) -> str:
        self.tried += 1
        living = [job for job in self.jobs.values() if not job.state.is_over]
        if self.refusals:
            raise self.refusals.pop(0)
        if self.refusal is not None and (self.limit is None or len(living) >= self.limit):
            raise self.refusal
        self.specs.append(spec)
        return self.add(spec.name).job_id

    def add(self, name: str) -> JobInfo:
        """Have a job of a name, also one whose submission got no answer."""
        job = JobInfo(str(len(self.jobs) + 1), name, JobState.PENDING, raw_state="PENDING", submit_time=self.now())
        self.jobs[name] = job
        return job

    def move(self, name: str, state: JobState, **facts: object) -> None:
        if state.is_over:
            facts.setdefault("end_time", self.now())
        job = replace(self.jobs[name], state=state, raw_state=state.value)
        self.jobs[name] = replace(job, **facts)  # type: ignore[arg-type]

    def claim(self, name: str) -> None:
        """Have the job of a name claim its stages."""
        [spec] = [spec for spec in self.specs if spec.name == name][-1:]
        identity = {"host": "n1", "boot": "b", "pid": 1, "start": 1, "group": 1}
        claim = {"job_id": self.jobs[name].job_id, "identity": identity, "at": datetime.now(UTC).isoformat()}
        spec.claim.write_text(json.dumps(claim))

    def adopt(self, spec: JobSpec, job_id: str) -> None:
        self.specs.append(spec)

    def snapshot(self, wanted: Mapping[str, tuple[datetime, Path]]) -> Snapshot:
        self.looks += 1
        now = self.now()
        if not self.known:
            return Snapshot(now, known=False, alarms=(verbatim("it hangs"),))
        return Snapshot(now, known=True, accounting=self.accounting, jobs={n: (job,) for n, job in self.jobs.items()})

    def cancel(self, job_ids: Sequence[str], names: Collection[str] = ()) -> None:
        meant = {name: job for name, job in self.jobs.items() if job.job_id in job_ids and (not names or name in names)}
        self.cancelled += [job.job_id for job in meant.values()]
        for name, job in meant.items():
            if not job.state.is_over:
                self.move(name, JobState.CANCELLED)
