"""How often a client may do a thing within a minute: counted on the disk, so that all workers count together."""

from __future__ import annotations

import time
from collections.abc import Callable

from portal.domain.errors import StorageFull, TooManyRequests
from portal.domain.message import Message
from portal.files.admissions import AdmissionFiles
from portal.files.taskdir import PortalDir

_MINUTE_S = 60


class Rate:
    """One limit; 0 means none. The minute slides: what is left of the last one counts by its share."""

    def __init__(
        self,
        files: AdmissionFiles,
        kind: str,
        *,
        per_minute: int,
        message: Message,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._files = files
        self._kind = kind
        self._most = per_minute
        self._message: Message = message
        self._clock = clock

    def count(self, client: str) -> None:
        """Note that a client does it once more.

        Raises:
            TooManyRequests: it has done so too often lately.
        """
        if not self._most:
            return
        now = self._clock()
        minute, passed_s = int(now // _MINUTE_S), now % _MINUTE_S
        try:
            this = self._files.count_event(self._kind, minute, client)
        except StorageFull:
            return  # a full disk has an answer of its own; it is not this one
        last = self._files.events(self._kind, minute - 1, client)
        if this + last * (1 - passed_s / _MINUTE_S) > self._most:
            raise TooManyRequests(self._message, retry_after_s=max(1, int(_MINUTE_S - passed_s)))


def upload_rate(portal: PortalDir, per_minute: int) -> Rate:
    """Return the limit of uploads that a client begins."""
    return Rate(AdmissionFiles(portal), "uploads", per_minute=per_minute, message=Message("client.upload_rate"))


def wrong_token_rate(portal: PortalDir, per_minute: int) -> Rate:
    """Return the limit of wrong tokens; it slows down who guesses, and keeps nobody from a task of their own."""
    return Rate(AdmissionFiles(portal), "wrong-tokens", per_minute=per_minute, message=Message("client.wrong_tokens"))
