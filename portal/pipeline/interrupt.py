"""Turn the signals that end a job into one exception with a reason.

submitit's own handlers ignore SIGTERM, turn a time limit into FAILED and try to requeue the job (1.5.4,
core/job_environment.py); the runner replaces them.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from portal.domain.errors import StageError
from portal.domain.message import Message
from portal.domain.status import FailureKind


class Stopped(StageError):
    """The job was told to end, or its time limit was reached."""


class Interrupted(BaseException):
    """Carries Stopped out of running code; not an Exception, so that no library's `except Exception` swallows it."""

    def __init__(self, stopped: Stopped) -> None:
        super().__init__(stopped.message)
        self.stopped = stopped


class StopSignals:
    """Context in which SIGTERM, SIGINT, SIGUSR2 and the time limit raise Interrupted in the main thread.

    Only the first one raises: later ones must not interrupt the writing of the sentinel. If the interpreter cannot
    propagate the exception (a callback from C code, a destructor), it is lost; `check` raises it again.
    """

    def __init__(self, time_left_s: float | None = None) -> None:
        self._time_left_s = time_left_s
        self._over = Stopped(Message("stage.time_used_up"), kind=FailureKind.TIMEOUT)
        self._before: dict[int, object] = {}
        self._interrupted: Interrupted | None = None
        self.reason: str | None = None

    def check(self) -> None:
        """Raise Interrupted again if a signal raised it and other code swallowed it."""
        if self._interrupted is not None:
            raise self._interrupted

    @contextlib.contextmanager
    def limited(self, time_left_s: float, over: Stopped) -> Iterator[None]:
        """Limit the time of the block; when it runs out, `over` is raised and ends only the block."""
        before, self._over = self._over, over
        if self._before:
            signal.setitimer(signal.ITIMER_REAL, max(0.001, time_left_s))
        try:
            yield
        finally:
            if self._before:
                signal.setitimer(signal.ITIMER_REAL, 0)
            self._over = before
            if self.reason == signal.SIGALRM.name:
                self.reason = self._interrupted = None

    def end_limited(self, stopped: Stopped) -> None:
        """End the limited block now, from another thread, as if its time were up; `stopped` is the reason."""
        if self._before:
            self._over = stopped
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGALRM)

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

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        if self.reason is not None:
            return
        self.reason = signal.Signals(number).name
        if number == signal.SIGALRM:
            stopped = self._over
        elif number in (signal.SIGUSR1, signal.SIGUSR2):
            stopped = Stopped(Message("stage.time_announced"), kind=FailureKind.TIMEOUT)
        else:
            stopped = Stopped(Message("stage.told_to_end"), kind=FailureKind.CANCELLED)
        self._interrupted = Interrupted(stopped)
        raise self._interrupted
