"""When the poller looks at the scheduler."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.files.heartbeat import HeartbeatReader
from portal.files.taskdir import PortalDir
from portal.poller.loop import run_poller
from portal.poller.poll_interval import Pace
from slurm.errors import SchedulerUnavailable
from slurm.types import JobInfo, JobState, Snapshot

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def pace(tmp_path: Path, **changes: Any) -> Pace:
    options: dict[str, Any] = {"kind": "slurm", "shortest_s": 5.0, "slots": 4, "jitter": lambda low, high: high}
    return Pace(PortalDir(tmp_path), **{**options, **changes})


def look(*states: JobState, known: bool = True) -> Snapshot:
    jobs = {f"bt-{number}": (JobInfo(str(number), f"bt-{number}", state),) for number, state in enumerate(states)}
    return Snapshot(NOW, known=known, accounting=True, jobs=jobs, alarms=() if known else ("it hangs",))


def test_it_looks_less_often_while_nothing_moves_and_soon_again_when_something_does(tmp_path: Path) -> None:
    made = pace(tmp_path)
    for _ in range(12):
        made.seen(look(JobState.RUNNING))
    assert made.interval_s == 60
    made.seen(look(JobState.COMPLETED))
    assert made.interval_s == 5


@pytest.mark.parametrize(("memory_s", "longest_s"), [(60, 27), (300, 60), (0, 60), (None, 60), (8, 5)])
def test_it_stays_below_half_of_what_the_scheduler_remembers(
    tmp_path: Path, memory_s: int | None, longest_s: float
) -> None:
    made = pace(tmp_path, memory_s=lambda: memory_s)
    for _ in range(12):
        made.seen(look(JobState.RUNNING))
    assert made.interval_s == longest_s


def test_that_time_is_asked_for_until_there_is_an_answer_and_then_never_again(tmp_path: Path) -> None:
    asked = []

    def memory_s() -> float:
        asked.append(1)
        if len(asked) < 3:
            raise SchedulerUnavailable("not yet")
        return 60

    made = pace(tmp_path, memory_s=memory_s)
    for _ in range(12):
        made.seen(look(JobState.RUNNING))
    assert (made.interval_s, len(asked)) == (27, 3)


def test_a_scheduler_that_does_not_answer_is_left_alone_ever_longer(tmp_path: Path) -> None:
    made = pace(tmp_path)
    intervals = []
    for _ in range(6):
        made.seen(look(known=False))
        intervals.append(made.interval_s)
    assert intervals == [10, 20, 40, 60, 60, 60]


def test_a_short_silence_takes_no_longer_than_the_scheduler_remembers(tmp_path: Path) -> None:
    made = pace(tmp_path, memory_s=lambda: 60)
    made.seen(look(JobState.RUNNING))
    for _ in range(6):
        made.seen(look(known=False))
    assert made.interval_s == 27


def test_news_do_not_push_below_the_floor(tmp_path: Path) -> None:
    made = pace(tmp_path)
    assert made.hurry(last=100.0, now=101.0, delay_s=1.0) == 105.0
    assert made.hurry(last=100.0, now=120.0, delay_s=1.0) == 121.0
    assert made.hurry(last=float("-inf"), now=120.0, delay_s=0.0) == 120.0


def test_the_heartbeat_says_what_it_last_saw(tmp_path: Path) -> None:
    portal = PortalDir(tmp_path)
    portal.prepare()
    made = pace(tmp_path)
    made.seen(look(JobState.RUNNING))
    made.seen(look(known=False))
    made.beat(["a"], ["b", "c"], False, NOW)
    beat = HeartbeatReader(portal).read()
    assert beat is not None
    assert beat.scheduler == {
        "kind": "slurm", "known": False, "accounting": True, "last_ok": NOW.isoformat(), "error": "it hangs"
    }  # fmt: skip


class RingingPoller:
    """A poller for the loop: a bell rings in every tick, each cycle is noted, one in three fails."""

    def __init__(self, made: Pace, stop: threading.Event) -> None:
        self.pace = made
        self.lease = self
        self.cycles: list[float] = []
        self._stop = stop

    def acquire(self) -> bool:
        return True

    def release(self) -> None: ...

    def start(self) -> None: ...

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
    poller = RingingPoller(pace(tmp_path, shortest_s=0.6), stop)
    run_poller(poller, stop)  # type: ignore[arg-type]
    gaps = [later - earlier for earlier, later in zip(poller.cycles, poller.cycles[1:], strict=False)]
    assert len(gaps) == 5
    assert min(gaps) >= 0.59
