"""What a look at the scheduler changes in a job's record."""

from __future__ import annotations

from datetime import UTC, datetime

from portal.domain.status import PipelineStage
from portal.domain.task import JobRecord
from portal.poller.sync import with_info
from slurm.types import JobInfo, JobState

JOB = JobRecord(
    name="bt-aaaaaaaaaaaa-digger-a1", stages=(PipelineStage.DIGGER,), intent_time=datetime(2026, 11, 1, tzinfo=UTC)
)


def info(**figures: int | None) -> JobInfo:
    return JobInfo(job_id="7", name=JOB.name, state=JobState.COMPLETED, raw_state="COMPLETED", **figures)  # type: ignore[arg-type]


def test_a_job_of_less_than_a_second_has_its_figures() -> None:
    """Else the poller would ask the accounts for them for ever."""
    told = with_info(JOB, info(elapsed_s=0, cpu_time_s=0))
    assert (told.elapsed_s, told.cpu_time_s) == (0, 0)


def test_what_the_scheduler_does_not_say_stays() -> None:
    known = with_info(JOB, info(elapsed_s=12, cpu_time_s=48, max_rss_bytes=4096))
    told = with_info(known, info())
    assert (told.elapsed_s, told.cpu_time_s, told.max_rss_bytes) == (12, 48, 4096)
