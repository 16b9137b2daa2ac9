"""What the local scheduler keeps in mind."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from portal.files.document import write_document
from portal.files.process_identity import ProcessIdentity, start_ticks
from portal.files.reports import Claim, JobExit
from portal.local.scheduler import LocalScheduler
from slurm.types import JobSpec, JobState

JOBS = 10_000


def ended_job(folder: Path) -> Path:
    """Leave what a job leaves whose process has ended; return its claim."""
    script = "import sys; sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE) as process:
        mine = ProcessIdentity.mine()
        identity = replace(mine, pid=process.pid, start=start_ticks(process.pid) or 0, group=process.pid)
        process.communicate()
    now = datetime.now(UTC)
    write_document(folder / "claim", Claim(str(process.pid), identity, now))
    JobExit(0, now).write(folder / "exit.json")
    return folder / "claim"


def test_ten_thousand_ended_jobs_leave_nothing_behind(tmp_path: Path) -> None:
    claim = ended_job(tmp_path)
    job_id = read_id(claim)
    scheduler = LocalScheduler(tmp_path)
    for number in range(JOBS):
        spec = JobSpec(f"bt-{number}", "", tmp_path, claim, ended_job, (), 1, 60)
        scheduler.adopt(spec, job_id)
    names = [f"bt-{number}" for number in range(JOBS)]
    found = scheduler.snapshot({name: (datetime.now(UTC), claim) for name in names})
    assert {job.state for name in names for job in found.of(name)} == {JobState.COMPLETED}
    scheduler.cancel([job_id], names)
    assert (len(scheduler._claims), len(scheduler._term_sent)) == (0, 0)


def read_id(claim: Path) -> str:
    found = Claim.read(claim)
    assert found is not None
    return found.job_id
