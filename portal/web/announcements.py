"""The announcements of a request: those of now, without the ones that this browser has dismissed."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask, request

from portal.files.notices import Announcement, current_announcements
from portal.files.taskdir import PortalDir
from portal.web.texts.i18n import current_lang

# Ids joined by dots; `page.js` writes it. In a cookie, so that a dismissed one does not flash up on each page.
DISMISSED_COOKIE = "bttoxin_dismissed"


def announcements_now(portal: PortalDir) -> dict[str, Announcement]:
    """Return all announcements of this moment by id."""
    return current_announcements(portal, datetime.now(UTC))


def register_announcements(app: Flask, portal: PortalDir) -> None:
    """Give every page the announcements to show."""
    app.context_processor(lambda: {"announcements": shown_announcements(portal)})


def shown_announcements(portal: PortalDir) -> list[tuple[str, str]]:
    """Return (id, text in the reader's language) of those that the browser has not dismissed."""
    dismissed = set(request.cookies.get(DISMISSED_COOKIE, "").split("."))
    lang = current_lang()
    return [(name, each.text_in(lang)) for name, each in announcements_now(portal).items() if name not in dismissed]
