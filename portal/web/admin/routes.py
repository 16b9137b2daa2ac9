"""The routes of the admin pages and access to them. There are none if neither ADMIN_SECRET nor OPERATORS is set.

`tasks.py`, `cluster.py` and `slots.py` show things, `acts.py` changes them, `words.py` has the texts. Nothing here runs
a command of the scheduler; every answer comes from files.
"""

from __future__ import annotations

import re
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from portal.files.maintenance import Maintenance
from portal.files.switches import Control
from portal.services.parts import AdminParts
from portal.web.admin import acts as admin_acts
from portal.web.admin import announcements as admin_announcements
from portal.web.admin import cluster as admin_cluster
from portal.web.admin import maintenance as admin_maintenance
from portal.web.admin import slots as admin_slots
from portal.web.admin import tasks as admin_pages
from portal.web.admin.operator import operator
from portal.web.admin.words import DONE, SECTIONS
from portal.web.context import admin_parts, web
from portal.web.security import require_same_origin
from portal.web.texts.i18n import current_lang, remember_lang

COOKIE = "bttoxin_admin"
PREFIX = "/admin"
_TASK = "/tasks/<task_id>"
_LOG_IN = frozenset({"admin.login", "admin.log_in"})
_OWN_PAGE = re.compile(r"/admin(?:/[a-z0-9]+)*")
_LONGEST_SECRET = 1024


def register_admin(app: Flask, parts: AdminParts | None) -> None:
    """Add the pages, or nothing if there is no secret: all their addresses are then unknown."""
    if parts is None:
        return
    pages = Blueprint("admin", __name__, url_prefix=PREFIX)
    add, post = pages.add_url_rule, partial(pages.add_url_rule, methods=["POST"])
    add("/login", "login", login_page)
    post("/login", "log_in", log_in)
    post("/logout", "log_out", log_out)
    add("", "overview", admin_pages.overview)
    add("/tasks", "tasks", admin_pages.tasks)
    add(_TASK, "task", admin_pages.task)
    add(f"{_TASK}/<any(cancel, retry, delete):act>", "task_act", admin_acts.ask_about_task)
    post(f"{_TASK}/<any(cancel, retry, delete):act>", "do_task_act", admin_acts.act_on_task)
    add("/<any(drain, resume):act>", "switch", admin_acts.ask_about_switch)
    post("/<any(drain, resume):act>", "do_switch", admin_acts.switch)
    add("/slots", "slots", admin_slots.slots_form)
    post("/slots", "set_slots", admin_slots.set_slots)
    add("/notice", "notice", admin_acts.notice_form)
    post("/notice", "set_notice", admin_acts.set_notice)
    add("/announcements", "announcements", admin_announcements.announcements)
    post("/announcements", "change_announcements", admin_announcements.change_announcements)
    add("/maintenance", "maintenance", admin_maintenance.maintenance)
    post("/maintenance", "set_maintenance", admin_maintenance.set_maintenance)
    add("/cluster", "cluster", admin_cluster.cluster)
    post("/cluster", "check_consistency", admin_cluster.check_consistency)
    add("/storage", "storage", admin_cluster.storage)
    add("/usage", "usage", admin_cluster.usage)
    add("/log", "log", admin_cluster.log)
    pages.before_request(_guard)
    pages.after_request(_finish)
    pages.context_processor(_shared)
    app.register_blueprint(pages)


# -- access


def _guard() -> ResponseReturnValue | None:
    """Reject requests of nobody known as an operator, and changes requested by another site."""
    if request.method == "POST":
        require_same_origin()
    session = admin_parts().access.is_open(request.cookies.get(COOKIE, ""))
    if request.endpoint in _LOG_IN or session or operator() is not None:
        return None
    wanted = request.path if request.method == "GET" else PREFIX
    return redirect(url_for("admin.login", next=wanted if wanted != PREFIX else None), HTTPStatus.SEE_OTHER)


def _cookie_path() -> str:
    return request.script_root + PREFIX


def _target() -> str:
    """Return the page requested before the log-in; only an admin page, never another site's."""
    wanted = request.values.get("next", "")
    return request.script_root + (wanted if _OWN_PAGE.fullmatch(wanted) else PREFIX)


def login_page() -> ResponseReturnValue:
    """Ask for the secret; operators who are signed in need none."""
    return redirect(_target(), HTTPStatus.SEE_OTHER) if operator() is not None else _login_form(wrong=False)


def _login_form(*, wrong: bool) -> str:
    return render_template(
        "admin_login.html",
        wrong=wrong,
        wanted=request.values.get("next", ""),
        has_secret=admin_parts().access.has_secret,
        has_people=web().parts.people is not None,
    )


def log_in() -> ResponseReturnValue:
    """Exchange the secret for a session cookie."""
    secret = request.form.get("secret", "")
    if len(secret) > _LONGEST_SECRET:
        raise RequestEntityTooLarge
    cookie = admin_parts().access.log_in(secret.strip(), address=request.remote_addr or "")
    if cookie is None:
        return _login_form(wrong=True), HTTPStatus.FORBIDDEN
    response = redirect(_target(), HTTPStatus.SEE_OTHER)
    # No max_age: the browser drops the cookie when it closes, and the signature expires before that.
    response.set_cookie(COOKIE, cookie, path=_cookie_path(), secure=request.is_secure, httponly=True, samesite="Strict")
    return response


def log_out() -> ResponseReturnValue:
    """End the session for every holder of its cookie."""
    admin_parts().access.log_out(request.cookies.get(COOKIE, ""), address=request.remote_addr or "")
    response = redirect(url_for("admin.login"), HTTPStatus.SEE_OTHER)
    response.delete_cookie(COOKIE, path=_cookie_path(), secure=request.is_secure, httponly=True, samesite="Strict")
    return response


# -- what all pages share


def _finish(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    return remember_lang(response) if response.mimetype == "text/html" else response


def _shared() -> dict[str, Any]:
    control = Control.read(admin_parts().service.portal)
    return {
        "notice": control.notice_in(current_lang()),
        "control": control,
        "is_closed": Maintenance.read(admin_parts().service.portal) is not None,
        "sections": SECTIONS,
        "done": DONE.get(request.args.get("done", ""), ""),
        "operator": operator(),
    }
