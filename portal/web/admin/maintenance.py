"""Maintenance: whether the portal is closed, and the forms that close and open it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus

from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.message import Message
from portal.files.maintenance import Maintenance, end_maintenance
from portal.files.notices import MOST_CHARACTERS
from portal.web.admin.fields import Problems, line_of, moment_of
from portal.web.admin.operator import acting_service
from portal.web.context import admin_parts
from portal.web.pages.form import told


def maintenance() -> ResponseReturnValue:
    """Show whether the portal is closed, and the form."""
    now = Maintenance.read(admin_parts().service.portal)
    typed = {"english": now.english, "chinese": now.chinese} if now else {}
    if now and now.until:
        typed["until"] = f"{now.until:%Y-%m-%dT%H:%M}"
    return _page(typed, {})


def set_maintenance() -> ResponseReturnValue:
    """Close the portal once that is confirmed, or open it."""
    service = acting_service()
    if request.form.get("act") == "open":
        if Maintenance.read(service.portal) is not None:
            service.note("maintenance off")
            end_maintenance(service.portal)
        return redirect(url_for("admin.maintenance", done="opened"), HTTPStatus.SEE_OTHER)
    if "change" in request.form:
        return _page(request.form, {})
    problems: Problems = {}
    made = Maintenance(moment_of("until", problems), line_of("english", problems), line_of("chinese", problems))
    if made.until is not None and made.until <= datetime.now(UTC):
        problems["until"] = [Message("maintenance.past")]
    if problems:
        return _page(request.form, problems)
    if "sure" not in request.form:
        return render_template("admin_maintenance_ask.html", made=made, sent=request.form)
    service.note("maintenance on", notice=made.english, notice_zh=made.chinese)
    made.write(service.portal)
    return redirect(url_for("admin.maintenance", done="closed"), HTTPStatus.SEE_OTHER)


def _page(typed: Mapping[str, str], problems: Problems) -> ResponseReturnValue:
    page = render_template(
        "admin_maintenance.html",
        now=Maintenance.read(admin_parts().service.portal),
        typed=typed,
        problems=told(problems),
        longest=MOST_CHARACTERS,
        moment_of_page=datetime.now(UTC),
    )
    return make_response(page, HTTPStatus.UNPROCESSABLE_ENTITY if problems else HTTPStatus.OK)
