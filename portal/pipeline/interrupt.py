"""Turn the signals that end a job into one exception with a reason.

submitit's own handlers ignore SIGTERM, turn a time limit into FAILED and try to put the job back into the queue
(1.5.4, core/job_environment.py); the runner takes their place.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

from portal.domain.errors import StageError
from portal.domain.status import FailureKind


class Stopped(StageError):
    """The job was told to end, or its time is over."""


class StopSignals:
    """Context in which SIGTERM, SIGINT and SIGUSR2 raise Stopped in the main thread, and the time limit does so too.

    Only the first one raises: what follows must not tear apart the writing of the sentinel.
    """

    def __init__(self, time_left_s: float | None = None) -> None:
        self._time_left_s = time_left_s
        self._before: dict[int, object] = {}
        self.reason: str | None = None

    def __enter__(self) -> StopSignals:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR2, signal.SIGUSR1, signal.SIGALRM):
                self._before[number] = signal.signal(number, self._stop)
            if self._time_left_s is not None:
                signal.setitimer(signal.ITIMER_REAL, max(0.001, self._time_left_s))
        return self

    def __exit__(self, *exception: object) -> None:
        if self._before:
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in self._before.items():
                signal.signal(number, handler)  # type: ignore[arg-type]

    def _stop(self, number: int, frame: FrameType | None) -> None:
        if self.reason is not None:
            return
        self.reason = signal.Signals(number).name
        if number == signal.SIGALRM:
            raise Stopped("The task used up its running time.", kind=FailureKind.TIMEOUT)
        if number in (signal.SIGUSR1, signal.SIGUSR2):
            raise Stopped("The cluster announced the end of the job's time.", kind=FailureKind.TIMEOUT)
        raise Stopped("The job was told to end.", kind=FailureKind.CANCELLED)
