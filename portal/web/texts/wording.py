"""Messages in the language of the page."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from portal.domain.command_marks import commands_as_code
from portal.domain.message import Message, as_message
from portal.web.texts.i18n import NO_BREAK, current_lang

_PERCENT = re.compile(r"(?<=\d) %")


def wording(message: Message | str) -> str:
    """Return a message in the language of the page; a sentence without a code (older records) is returned unchanged."""
    return as_message(message).word(current_lang())


def sentence(message: Message | str) -> Markup:
    """Return a message as an element's content; commands in it become code."""
    return with_commands(wording(message))


def with_commands(text: str) -> Markup:
    """Return a text as an element's content, with what stands between back-quotes as code."""
    return Markup(commands_as_code(_PERCENT.sub(f"{NO_BREAK}%", str(escape(text)))))  # noqa: S704 - escaped there
