"""Messages in the language of the page."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from portal.domain.command_marks import commands_as_code
from portal.domain.line_breaks import keep_percents
from portal.domain.message import Message, as_message
from portal.web.texts.i18n import current_lang

_DATE = re.compile(r"(?<![\w-])\d{4}-\d\d-\d\d(?: \d\d:\d\d UTC)?(?![\w-])")


def wording(message: Message | str) -> str:
    """Return a message in the language of the page; a sentence without a code (older records) is returned unchanged."""
    return as_message(message).word(current_lang())


def sentence(message: Message | str) -> Markup:
    """Return a message as an element's content; commands in it become code."""
    return with_commands(wording(message))


def with_commands(text: str) -> Markup:
    """Return a text as an element's content: commands (in back-quotes) as code, dates and percents in one line."""
    kept = _DATE.sub(r'<span class="nowrap">\g<0></span>', keep_percents(str(escape(text))))
    return Markup(commands_as_code(kept))  # noqa: S704 - escaped there
