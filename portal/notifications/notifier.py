"""The thread of the poller that finds events and sends notifications.

It is not part of the poller's cycle: a mail server that hangs keeps this thread alone. It begins when the poller has
the lease and its own folder, so that a copy of JOBS_DIR never tells anybody anything.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from portal.domain.errors import StorageFull
from portal.turn_thread import TurnThread

log = logging.getLogger(__name__)

_STEP_S = 1.0
_AFTER_TROUBLE_S = 15.0
# A conversation with a mail server is not waited for: what it was about is still in the outbox.
_JOIN_S = 2.0

# One of the things that the thread does in turn; it is given what says whether to stop.
Step = Callable[[Callable[[], bool]], None]


class Notifier(TurnThread):
    """Does some steps again and again, each guarded on its own, within a `with` block."""

    def __init__(self, steps: Sequence[Step], *, pause_s: float = _STEP_S) -> None:
        super().__init__("notifier", join_s=_JOIN_S)
        self._steps = tuple(steps)
        self._pause_s = pause_s

    def take_turn(self) -> bool:
        """Do each step once; tell whether all went well."""
        outcomes = [self._guarded(step) for step in self._steps]  # each of them, whatever came of the one before
        return all(outcomes)

    def turn(self) -> float:
        return self._pause_s if self.take_turn() else _AFTER_TROUBLE_S

    def _guarded(self, step: Step) -> bool:
        try:
            step(self._stop.is_set)
        except (OSError, StorageFull) as error:
            log.error("notifications have to wait: %s", error)
            return False
        except Exception:  # a bug of the portal's: the state is on the disk, so that it may continue
            log.exception("an error of the portal while it notifies")
            return False
        return True
