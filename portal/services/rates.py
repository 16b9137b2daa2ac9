"""Rate limits per client and minute, counted on the disk, so that all workers count together."""

from __future__ import annotations

import time
from collections.abc import Callable

from portal.domain.errors import StorageFull, TooManyRequests
from portal.domain.message import Message
from portal.files.admissions import AdmissionFiles
from portal.files.taskdir import PortalDir

_MINUTE_S = 60


class Rate:
    """One limit; 0 means none. The minute is a sliding window: the previous minute counts by its remaining share."""

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
        """Count one more event of a client.

        Raises:
            TooManyRequests: the client has exceeded the rate.
        """
        if not self._most:
            return
        now = self._clock()
        minute, passed_s = int(now // _MINUTE_S), now % _MINUTE_S
        try:
            this = self._files.count_event(self._kind, minute, client)
        except StorageFull:
            return  # a full disk is reported elsewhere, not as a rate limit
        last = self._files.events(self._kind, minute - 1, client)
        if this + last * (1 - passed_s / _MINUTE_S) > self._most:
            raise TooManyRequests(self._message, retry_after_s=max(1, int(_MINUTE_S - passed_s)))


def upload_rate(portal: PortalDir, per_minute: int) -> Rate:
    """Return the limit on uploads started by a client."""
    return Rate(AdmissionFiles(portal), "uploads", per_minute=per_minute, message=Message("client.upload_rate"))


def wrong_token_rate(portal: PortalDir, per_minute: int) -> Rate:
    """Return the limit on wrong tokens; it slows down guessing, and does not block access with a right token."""
    return Rate(AdmissionFiles(portal), "wrong-tokens", per_minute=per_minute, message=Message("client.wrong_tokens"))
