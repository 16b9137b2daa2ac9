"""The throttle: how many tasks may be on the cluster, for a limited time or until changed."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import InvalidRequest
from portal.domain.message import Message
from portal.files.switches import Control
from portal.web.admin.operator import acting_service
from portal.web.admin.words import SPAN
from portal.web.context import admin_parts, web

MOST_SLOTS = 10_000
_WHOLE = re.compile("[0-9]{1,5}")


def slots_form() -> ResponseReturnValue:
    """Show how many tasks may be on the cluster, and the form to change it."""
    usual = web().settings.MAX_ACTIVE_PIPELINES
    control = Control.read(admin_parts().service.portal)
    now = control.slots_at(datetime.now(UTC), usual)
    return render_template("admin_slots.html", number=now, usual=usual, until=ends_at(control), spans=SPAN)


def ends_at(control: Control) -> datetime | None:
    """Return when the current bound expires; None if there is none or it does not expire."""
    counts = control.slots_until is not None and control.slots_until > datetime.now(UTC)
    return control.slots_until if control.slots is not None and counts else None


def set_slots() -> ResponseReturnValue:
    """Set the bound, or return to the configured one; running tasks continue."""
    service = acting_service()
    if "usual" in request.form:
        service.set_slots(None)
    else:
        number, hours = request.form.get("number", ""), request.form.get("hours", "")
        if not _WHOLE.fullmatch(number) or int(number) > MOST_SLOTS or hours not in SPAN:
            raise InvalidRequest(Message("request.fields"), errors={"number": [Message("field.slots")]})
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=int(hours)) if hours else None
        service.set_slots(int(number), until=until)
    return redirect(url_for("admin.overview", done="slots"), HTTPStatus.SEE_OTHER)
