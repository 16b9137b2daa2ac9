"""A thread that works in turns beside a process's own loop."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod


class TurnThread(ABC):
    """Takes turn after turn within a `with` block, in a thread called `name`.

    At its end a turn that is not finished is waited for `join_s`, and otherwise ends with the process.
    """

    def __init__(self, name: str, *, join_s: float) -> None:
        self._name = name
        self._join_s = join_s
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @abstractmethod
    def turn(self) -> float:
        """Take one turn; return after how long (s) the next is due. It must not raise."""

    def __enter__(self) -> None:
        """Begin the thread."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        """End the thread."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(self._join_s)
            self._thread = None

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            pause_s = self.turn()
