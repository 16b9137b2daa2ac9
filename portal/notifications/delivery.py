"""What a delivery can fail of."""

from __future__ import annotations

from portal.domain.message import Message


class NotDelivered(Exception):
    """It was not delivered; with `is_down`, the other end does not answer, so that others need not try for a while."""

    def __init__(self, reason: Message, *, is_down: bool = False) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.is_down = is_down
