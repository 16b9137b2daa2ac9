"""What notifications say. Nothing in them was chosen by whoever submitted the genome, and no result is in them.

A mail is sent to an address that somebody typed in: with a file's name or a label in it, the portal would carry
anybody's words to anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.domain.address import PublicUrl
from portal.domain.message import Message
from portal.domain.notification import NotificationEvent, SubjectKind
from portal.domain.status import Lang, TaskStatus
from portal.domain.submission import ItemStatus
from portal.domain.task import status_word
from portal.files.outbox import Notification
from portal.notifications.state import SubjectState

_PAGES = {SubjectKind.TASK: "tasks", SubjectKind.SUBMISSION: "submissions"}


@dataclass(frozen=True)
class MailText:
    """Subject and body of a mail, plain text."""

    subject: str
    body: str
    lang: Lang


def page_of(public: PublicUrl, notification: Notification) -> str:
    """Return the address of the page; it opens for those who have the token, or sign in."""
    return f"{public}/{_PAGES[notification.kind]}/{notification.subject}"


def mail_to_sender(public: PublicUrl, notification: Notification, state: SubjectState, lang: Lang) -> MailText:
    """Return the mail about a task or a submission in the language that it was submitted in."""
    told = [_what_happened(notification, state), Message("notify.page", url=page_of(public, notification))]
    if notification.event is NotificationEvent.ENDED and state.expires is not None:
        told.append(Message("notify.kept_until", date=_day(state.expires)))
    told.append(Message("notify.why", portal=str(public)))
    body = "\n\n".join(message.word(lang) for message in told)
    topic = f"{notification.kind}_{notification.event}"
    return MailText(Message(f"notify.subject.{topic}").word(lang), f"{body}\n", lang)


def mail_to_operators(public: PublicUrl, notification: Notification) -> MailText:
    """Return the mail about the portal itself, in both languages."""
    began = notification.subject.replace("T", " ").removesuffix("+00:00") + " UTC"
    told = [Message(f"notify.alarm.{notification.event}", portal=str(public), since=began)]
    if notification.about is not None:
        told.append(notification.about)
    body = "\n\n".join("\n".join(message.word(lang) for message in told) for lang in Lang)
    subject = Message(f"notify.alarm_subject.{notification.event}", host=public.name).word(Lang.EN)
    return MailText(subject, f"{body}\n", Lang.EN)


def webhook_body(public: PublicUrl, name: str, notification: Notification, state: SubjectState) -> dict[str, Any]:
    """Return the JSON object that a webhook gets."""
    about: dict[str, Any] = {
        f"{notification.kind}_id": notification.subject,
        "url": page_of(public, notification),
        "api_url": f"{public}/api/{_PAGES[notification.kind]}/{notification.subject}",
        "expires_at": _moment(state.expires),
    }
    if notification.kind is SubjectKind.TASK:
        about |= {"status": next(iter(state.counts)), "failure_kind": state.failure_kind}
    else:
        about["counts"] = dict(state.counts)
    return {
        "event": f"{notification.kind}.{notification.event}",
        "delivery": name,
        "made_at": _moment(notification.made),
        "portal": str(public),
        notification.kind.value: about,
    }


def _what_happened(notification: Notification, state: SubjectState) -> Message:
    is_task = notification.kind is SubjectKind.TASK
    if notification.event is NotificationEvent.EXPIRES:
        date = _day(state.expires)
        return Message("notify.task_expires", date=date) if is_task else Message("notify.submission_expires", date=date)
    if is_task:
        return Message("notify.task_ended", status=status_word(TaskStatus(next(iter(state.counts)))))
    completed = state.counts.get(ItemStatus.COMPLETED, 0)
    failed = state.counts.get(ItemStatus.FAILED, 0)
    count = sum(state.counts.values())
    other = count - completed - failed
    return Message("notify.submission_ended", count=count, completed=completed, failed=failed, other=other)


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment is not None else "-"


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment is not None else None
