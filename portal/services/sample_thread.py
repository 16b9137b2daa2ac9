"""The thread beside the poller that makes the ready samples.

It runs only while the poller has the lease and its own folder, so that a copy of JOBS_DIR makes none. A poller without
samples does all its work: whatever goes wrong here is logged, and tried again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from portal.domain.errors import PortalError
from portal.services.sample_maker import SampleMaker
from portal.turn_thread import TurnThread

log = logging.getLogger(__name__)

_AFTER_TROUBLE_S = 30.0
_JOIN_S = 5.0


class SampleThread(TurnThread):
    """Takes the maker's steps within a `with` block; `build` makes the maker, in the thread."""

    def __init__(self, build: Callable[[], SampleMaker]) -> None:
        super().__init__("samples", join_s=_JOIN_S)  # a step that is not finished is repeated at the next start
        self._build = build
        self._maker: SampleMaker | None = None
        self._trouble = ""

    def turn(self) -> float:
        """Take one step; return after how long (s) the next is due."""
        try:
            self._maker = self._maker or self._build()
            pause_s = self._maker.step()
        except (PortalError, OSError) as error:
            self._note(str(error))
        except Exception:  # a bug of the portal's: the state is on the disk, so that it may continue
            log.exception("an error of the portal while it makes its samples")
        else:
            self._trouble = ""
            return pause_s
        return _AFTER_TROUBLE_S

    def _note(self, trouble: str) -> None:
        """Log a trouble once, however long it lasts."""
        if trouble != self._trouble:
            log.warning("the samples have to wait: %s", trouble)
        self._trouble = trouble
