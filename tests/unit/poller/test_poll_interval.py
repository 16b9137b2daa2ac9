"""When the poller looks at the scheduler."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.domain.message import verbatim
from portal.files.heartbeat import GateState, HeartbeatReader, SchedulerState
from portal.files.taskdir import PortalDir
from portal.poller.loop import run_poller
from portal.poller.poll_interval import PollInterval
from portal.poller.status_report import StatusReport
from portal.poller.submit_gate import Closed
from slurm.complaint import verbatim as words
from slurm.errors import SchedulerUnavailable
from slurm.types import JobInfo, JobState, Snapshot

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def interval(**changes: Any) -> PollInterval:
    return PollInterval(**{"shortest_s": 5.0, **changes})


def look(*states: JobState, known: bool = True) -> Snapshot:
    jobs = {f"bt-{number}": (JobInfo(str(number), f"bt-{number}", state),) for number, state in enumerate(states)}
    return Snapshot(NOW, known=known, accounting=True, jobs=jobs, alarms=() if known else (words("it hangs"),))


def test_it_looks_less_often_while_nothing_moves_and_soon_again_when_something_does(tmp_path: Path) -> None:
    made = interval()
    for _ in range(12):
        made.seen(look(JobState.RUNNING))
    assert made.interval_s == 60
    made.seen(look(JobState.COMPLETED))
    assert made.interval_s == 5


@pytest.mark.parametrize(("memory_s", "longest_s"), [(60, 27), (300, 60), (0, 60), (None, 60), (8, 5)])
def test_it_stays_below_half_of_what_the_scheduler_remembers(
    tmp_path: Path, memory_s: int | None, longest_s: float
) -> None:
    made = interval(memory_s=lambda: memory_s)
    for _ in range(12):
        made.seen(look(JobState.RUNNING))
    assert made.interval_s == longest_s


def test_that_time_is_asked_for_until_there_is_an_answer_and_then_never_again(tmp_path: Path) -> None:
    asked = []

    def memory_s() -> float:
        asked.append(1)
        if len(asked) < 3:
            raise SchedulerUnavailable(words("not yet"))
        return 60

    made = interval(memory_s=memory_s)
    for _ in range(12):
        made.seen(look(JobState.RUNNING))
    assert (made.interval_s, len(asked)) == (27, 3)


def test_an_outage_makes_no_pause_beside_the_scheduler_s_own(tmp_path: Path) -> None:
    made = interval()
    for _ in range(6):
        made.seen(look(JobState.RUNNING))
    assert made.interval_s > 30
    for _ in range(6):
        made.seen(look(known=False))
        assert made.interval_s == 5
    made.seen(look(JobState.RUNNING))
    assert made.interval_s == 5, "what happened meanwhile is looked at closely"


def test_news_do_not_push_below_the_floor(tmp_path: Path) -> None:
    made = interval()
    assert made.hurry(last=100.0, now=101.0, delay_s=1.0) == 105.0
    assert made.hurry(last=100.0, now=120.0, delay_s=1.0) == 121.0
    assert made.hurry(last=float("-inf"), now=120.0, delay_s=0.0) == 120.0


def test_the_heartbeat_says_what_it_last_saw(tmp_path: Path) -> None:
    portal = PortalDir(tmp_path)
    portal.prepare()
    report = StatusReport(portal, kind="slurm")
    report.seen(look(JobState.RUNNING))
    report.seen(look(known=False))
    closed = Closed("SubmitLimit", verbatim("sbatch: error: too many"), NOW)
    report.write(
        interval_s=5.0, slots=4, active=["a"], waiting=["b", "c"], draining=False, now=NOW, closed=closed,
        start_alarms=(verbatim("node n2 swallows jobs"),),
    )  # fmt: skip
    beat = HeartbeatReader(portal).read()
    assert beat is not None
    gate = GateState("SubmitLimit", verbatim("sbatch: error: too many"), NOW)
    assert beat.scheduler == SchedulerState(
        "slurm", known=False, accounting=True, last_ok=NOW, error=verbatim("it hangs"), gate=gate
    )
    assert beat.alarms == (verbatim("node n2 swallows jobs"), verbatim("it hangs"))


class RingingPoller:
    """A poller for the loop: a bell rings in every tick, each cycle is noted, one in three fails."""

    def __init__(self, made: PollInterval, stop: threading.Event) -> None:
        self.poll_interval = made
        self.lease = self
        self.cycles: list[float] = []
        self._stop = stop

    def acquire(self) -> bool:
        return True

    def release(self) -> None: ...

    def why_not_ours(self) -> None: ...

    def start(self) -> None: ...

    def count_error(self) -> None: ...

    def tick(self) -> float | None:
        return 0.0

    def cycle(self) -> None:
        self.cycles.append(time.monotonic())
        if len(self.cycles) == 6:
            self._stop.set()
        if len(self.cycles) % 3 == 1:
            raise RuntimeError("a fault of the portal")


def test_whatever_rings_or_fails_the_loop_keeps_the_floor_and_goes_on(tmp_path: Path) -> None:
    stop = threading.Event()
    poller = RingingPoller(interval(shortest_s=0.6), stop)
    run_poller(poller, stop)  # type: ignore[arg-type]
    gaps = [later - earlier for earlier, later in zip(poller.cycles, poller.cycles[1:], strict=False)]
    assert len(gaps) == 5
    assert min(gaps) >= 0.59
