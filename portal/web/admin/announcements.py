"""Announcements: a list of all, a form for a new one, and a question before one is withdrawn."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import NotFound
from portal.domain.message import Message
from portal.files.notices import (
    MOST_CHARACTERS,
    Announcement,
    add_announcement,
    read_announcements,
    remove_announcement,
)
from portal.web.admin.fields import Problems, line_of, moment_of
from portal.web.admin.operator import acting_service
from portal.web.admin.words import ANNOUNCEMENT_STATE
from portal.web.context import admin_parts
from portal.web.pages.form import told


def announcements() -> ResponseReturnValue:
    """Show all announcements, past and future ones too, and the form."""
    return _page({}, {})


def change_announcements() -> ResponseReturnValue:
    """Show what is about to be done for confirmation; once confirmed, announce or withdraw."""
    return _withdraw() if request.form.get("act") == "withdraw" else _announce()


def _page(typed: Mapping[str, str], problems: Problems) -> ResponseReturnValue:
    now = datetime.now(UTC)
    found = read_announcements(admin_parts().service.portal)
    rows = [(name, each, *ANNOUNCEMENT_STATE[_state(each, now)]) for name, each in reversed(found.items())]
    page = render_template(
        "admin_announcements.html",
        rows=rows,
        typed=typed,
        problems=told(problems),
        longest=MOST_CHARACTERS,
        moment_of_page=now,
    )
    return make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)


def _state(each: Announcement, now: datetime) -> str:
    if each.is_current(now):
        return "shown"
    return "over" if each.begins is None or each.begins <= now else "later"


def _announce() -> ResponseReturnValue:
    if "change" in request.form:
        return _page(request.form, {})
    problems: Problems = {}
    english, chinese = line_of("english", problems), line_of("chinese", problems)
    begins, ends = moment_of("begins", problems), moment_of("ends", problems)
    if not english and not chinese:
        problems["english"] = [Message("announcement.empty")]
    if ends is not None and ends <= (begins or datetime.now(UTC)):
        problems["ends"] = [Message("announcement.over")]
    if problems:
        return _page(request.form, problems)
    service = acting_service()
    made = Announcement(english, chinese, begins, ends, by=service.by)
    if "sure" not in request.form:
        return _asked("announce", secrets.token_hex(4), made)
    # The name comes from the preview, so that a form sent twice announces once.
    name = request.form.get("name", "")
    if name not in read_announcements(service.portal):
        service.note("announce", notice=english, notice_zh=chinese)
        add_announcement(service.portal, made, name=name)
    return redirect(url_for("admin.announcements", done="announce"), HTTPStatus.SEE_OTHER)


def _withdraw() -> ResponseReturnValue:
    name = request.form.get("name", "")
    service = acting_service()
    found = read_announcements(service.portal).get(name)
    if found is None and "sure" in request.form:  # sent twice, or somebody else was quicker
        return redirect(url_for("admin.announcements", done="gone"), HTTPStatus.SEE_OTHER)
    if found is None:
        raise NotFound(Message("announcement.unknown", name=name[:20]))
    if "sure" not in request.form:
        return _asked("withdraw", name, found)
    service.note("end announcement", announcement=name)
    with suppress(NotFound):
        remove_announcement(service.portal, name)
    return redirect(url_for("admin.announcements", done="withdraw"), HTTPStatus.SEE_OTHER)


def _asked(act: str, name: str, each: Announcement) -> str:
    values: dict[str, Any] = {"act": act, "name": name, "each": each, "sent": request.form}
    return render_template("admin_announcement_ask.html", **values)
