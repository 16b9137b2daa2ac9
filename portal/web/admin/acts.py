"""What an operator can do. Each act is asked for by a GET that changes nothing, and done by the POST of that page."""

from __future__ import annotations

from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.files.switches import Control
from portal.services.admin import AdminService
from portal.web.admin.tasks import read_task, state_of
from portal.web.admin.words import SWITCH, TASK_ACT
from portal.web.context import admin_parts, web

_LONGEST_NOTICE = 500


def _service() -> AdminService:
    """Return the service that writes this client's address into the log of acts."""
    return admin_parts().service.at(request.remote_addr or "")


def _done(address: str) -> ResponseReturnValue:
    return redirect(address, HTTPStatus.SEE_OTHER)


def ask_about_task(task_id: str, act: str) -> ResponseReturnValue:
    """Ask whether this shall be done with a task."""
    task = read_task(task_id)
    word, tone = state_of(task)
    return render_template(
        "admin_ask.html", words=TASK_ACT[act], task=task, word=word, tone=tone, danger=act != "retry"
    )


def act_on_task(task_id: str, act: str) -> ResponseReturnValue:
    """Leave the wish for the poller; a task whose state does not allow it answers with a conflict."""
    service = _service()
    {"cancel": service.cancel, "retry": service.retry, "delete": service.delete}[act](task_id)
    return _done(
        url_for("admin.tasks", done=act) if act == "delete" else url_for("admin.task", task_id=task_id, done=act)
    )


def ask_about_switch(act: str) -> ResponseReturnValue:
    """Ask whether new tasks shall be paused, or started again."""
    return render_template(
        "admin_ask.html", words=SWITCH[act], act=act, queue=web().tasks.queue(), danger=act == "drain"
    )


def switch(act: str) -> ResponseReturnValue:
    """Pause new tasks, or start them again."""
    if act == "drain":
        _service().drain()
    else:
        _service().resume(keep_notice="keep_notice" in request.form)
    return _done(url_for("admin.overview", done=act))


def _one_line(name: str) -> str:
    return " ".join(request.form.get(name, "").split())[:_LONGEST_NOTICE]


def notice_form() -> ResponseReturnValue:
    """Show the fields of the notice, with what stands there now."""
    control = Control.read(admin_parts().service.portal)
    return render_template("admin_notice.html", english=control.notice, chinese=control.notice_zh, asked=False)


def set_notice() -> ResponseReturnValue:
    """Show first how the notice will look and ask; set it, or take it away, when that page says yes."""
    english, chinese = _one_line("english"), _one_line("chinese")
    if "sure" not in request.form:
        return render_template("admin_notice.html", english=english, chinese=chinese, asked=True)
    _service().set_notice(english, chinese)
    return _done(url_for("admin.notice", done="notice" if english or chinese else "clear"))
