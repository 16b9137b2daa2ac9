"""Rate limits per client, counted on the disk, so that all workers count together.

Time is that since the machine's boot: setting the clock neither opens a limit nor locks anyone out.
"""

from __future__ import annotations

from collections.abc import Callable

from portal.domain.errors import StorageFull, TooManyRequests
from portal.domain.message import Message
from portal.files.admissions import AdmissionFiles
from portal.files.instant import uptime_s
from portal.files.taskdir import PortalDir

_MINUTE_S = 60
_WRONG_SECRETS, _WRONG_SECRETS_S = 5, 15 * 60
_SEARCHES = 30


class Rate:
    """One limit; 0 means none. The window slides: the previous one counts by its remaining share."""

    def __init__(
        self,
        files: AdmissionFiles,
        kind: str,
        *,
        most: int,
        message: Message,
        window_s: int = _MINUTE_S,
        clock: Callable[[], float] = uptime_s,
    ) -> None:
        self._files = files
        self._kind = kind
        self._most = most
        self._message: Message = message
        self._window_s = window_s
        self._clock = clock

    def count(self, client: str) -> None:
        """Count one more event of a client.

        Raises:
            TooManyRequests: the client has exceeded the rate.
        """
        if not self._most:
            return
        window, passed_s = self._now()
        try:
            this = self._files.count_event(self._kind, window, client)
        except StorageFull:
            return  # a full disk is reported elsewhere, not as a rate limit
        self._require(this - 1, window, passed_s, client)

    def require_room(self, client: str) -> None:
        """Count nothing.

        Raises:
            TooManyRequests: one more event would exceed the rate.
        """
        if self._most:
            window, passed_s = self._now()
            self._require(self._files.events(self._kind, window, client), window, passed_s, client)

    def _now(self) -> tuple[int, float]:
        now = self._clock()
        return int(now // self._window_s), now % self._window_s

    def _require(self, before: int, window: int, passed_s: float, client: str) -> None:
        """Raise unless there is room for one more event after `before` of them in this window."""
        last = self._files.events(self._kind, window - 1, client)
        if before + 1 + last * (1 - passed_s / self._window_s) > self._most:
            raise TooManyRequests(self._message, retry_after_s=max(1, int(self._window_s - passed_s)))


def upload_rate(portal: PortalDir, per_minute: int) -> Rate:
    """Return the limit on uploads started by a client."""
    return Rate(AdmissionFiles(portal), "uploads", most=per_minute, message=Message("client.upload_rate"))


def wrong_token_rate(portal: PortalDir, per_minute: int) -> Rate:
    """Return the limit on wrong tokens; it slows down guessing, and does not block access with a right token."""
    return Rate(AdmissionFiles(portal), "wrong-tokens", most=per_minute, message=Message("client.wrong_tokens"))


def search_rate(portal: PortalDir) -> Rate:
    """Return the limit on searches a minute: one may go through thousands of folders."""
    return Rate(AdmissionFiles(portal), "searches", most=_SEARCHES, message=Message("client.search_rate"))


def wrong_secret_rate(portal: PortalDir) -> Rate:
    """Return the limit on wrong secrets of operators, per address: a common one would let anyone lock them out."""
    return Rate(
        AdmissionFiles(portal),
        "wrong-secrets",
        most=_WRONG_SECRETS,
        message=Message("access.wrong_secrets"),
        window_s=_WRONG_SECRETS_S,
    )
