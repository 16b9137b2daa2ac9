"""Messages in the language of the page."""

from __future__ import annotations

from portal.domain.message import Message, as_message
from portal.web.texts.i18n import current_lang


def wording(message: Message | str) -> str:
    """Return a message in the language of the page; a sentence without a code (older records) is returned unchanged."""
    return as_message(message).word(current_lang())
