"""Fields of the operator's forms: lines of text, and times."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import request

from portal.domain.message import Message
from portal.files.notices import MOST_CHARACTERS

Problems = dict[str, list[Message]]


def line_of(name: str, problems: Problems) -> str:
    """Return a text of the form as one line; one that is too long is a problem, and is never cut."""
    text = " ".join(request.form.get(name, "").split())
    if len(text) > MOST_CHARACTERS:
        problems[name] = [Message("announcement.long", limit=MOST_CHARACTERS)]
    return text


def moment_of(name: str, problems: Problems) -> datetime | None:
    """Return a time of the form, in UTC where it has no offset; None if the field is empty."""
    text = request.form.get(name, "").strip()
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or not 2000 <= moment.year < 2100:  # a document with another year could not be read
        problems[name] = [Message("announcement.time")]
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
