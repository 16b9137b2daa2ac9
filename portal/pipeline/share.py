"""A task's share of a job that processes several: its part of the time, and its separate cancellation."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.domain.message import Message
from portal.domain.status import FailureKind
from portal.pipeline.interrupt import Stopped, StopSignals

# A stage that is busy in one long call reports nothing, but must still be stoppable.
_LOOK_EVERY_S = 0.5


@dataclass(frozen=True)
class Share:
    """The signals of the job, and the seconds of job time that the task may use."""

    signals: StopSignals
    limit_s: float

    @contextlib.contextmanager
    def limited(self, time_left_s: float, stop: Path) -> Iterator[StopSignals]:
        """Limit the block to the task's share; it ends early, without the other tasks, when `stop` appears.

        `time_left_s` is the remainder of the task's own running time.
        """
        over = Stopped(Message("stage.time_used_up"), kind=FailureKind.TIMEOUT)
        if self.limit_s < time_left_s:
            over = Stopped(Message("stage.share_used_up"), kind=FailureKind.PREEMPTED)
        with self.signals.limited(min(time_left_s, self.limit_s), over), _watched(stop, self.signals):
            yield self.signals


@contextlib.contextmanager
def _watched(stop: Path, signals: StopSignals) -> Iterator[None]:
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(_LOOK_EVERY_S):
            if stop.exists():
                signals.end_limited(Stopped(Message("failure.cancelled"), kind=FailureKind.CANCELLED))
                return

    thread = threading.Thread(target=watch, name="withdrawal", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
