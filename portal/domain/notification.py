"""Notifications: which events are told, about what, through which channel, and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class NotificationEvent(StrEnum):
    """What a notification tells of. The values are names of files and stand in webhooks."""

    ENDED = "ended"  # a task, or all tasks of a submission
    EXPIRES = "expires"  # the results of a task or of a submission are removed soon
    DISK_FULL = "disk_full"
    RETENTION_STOPPED = "retention_stopped"
    POLLER_SILENT = "poller_silent"


# What a sender can ask for; the others are for operators.
SENDER_EVENTS = (NotificationEvent.ENDED, NotificationEvent.EXPIRES)
OPERATOR_EVENTS = tuple(event for event in NotificationEvent if event not in SENDER_EVENTS)


class NotificationChannel(StrEnum):
    """How a notification is sent."""

    MAIL = "mail"
    WEBHOOK = "webhook"


class SubjectKind(StrEnum):
    """What a notification is about."""

    TASK = "task"
    SUBMISSION = "submission"
    PORTAL = "portal"


@dataclass(frozen=True)
class Recipient:
    """Who is told: a mail address, the address of a webhook, or both."""

    mail: str = ""
    webhook: str = ""

    def as_record(self) -> dict[str, str]:
        """Return what is set, by channel."""
        both = {NotificationChannel.MAIL.value: self.mail, NotificationChannel.WEBHOOK.value: self.webhook}
        return {channel: address for channel, address in both.items() if address}
