"""The actions of an operator. A GET asks for confirmation and changes nothing; the POST of that page acts."""

from __future__ import annotations

from http import HTTPStatus

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.files.switches import Control
from portal.web.admin.operator import acting_service
from portal.web.admin.tasks import read_task, state_of
from portal.web.admin.words import SWITCH, TASK_ACT
from portal.web.context import admin_parts, web

_LONGEST_NOTICE = 500


def _done(address: str) -> ResponseReturnValue:
    return redirect(address, HTTPStatus.SEE_OTHER)


def ask_about_task(task_id: str, act: str) -> ResponseReturnValue:
    """Ask for confirmation of an action on a task."""
    task = read_task(task_id)
    word, tone = state_of(task)
    return render_template(
        "admin_ask.html", words=TASK_ACT[act], task=task, word=word, tone=tone, danger=act != "retry"
    )


def act_on_task(task_id: str, act: str) -> ResponseReturnValue:
    """Leave the request for the poller; respond with a conflict if the task's state does not allow it."""
    service = acting_service()
    {"cancel": service.cancel, "retry": service.retry, "delete": service.delete}[act](task_id)
    return _done(
        url_for("admin.tasks", done=act) if act == "delete" else url_for("admin.task", task_id=task_id, done=act)
    )


def ask_about_switch(act: str) -> ResponseReturnValue:
    """Ask for confirmation to pause or resume new tasks."""
    return render_template(
        "admin_ask.html", words=SWITCH[act], act=act, queue=web().tasks.queue(), danger=act == "drain"
    )


def switch(act: str) -> ResponseReturnValue:
    """Pause or resume new tasks."""
    if act == "drain":
        acting_service().drain()
    else:
        acting_service().resume(keep_notice="keep_notice" in request.form)
    return _done(url_for("admin.overview", done=act))


def _one_line(name: str) -> str:
    return " ".join(request.form.get(name, "").split())[:_LONGEST_NOTICE]


def notice_form() -> ResponseReturnValue:
    """Show the form for the notice with its current text."""
    control = Control.read(admin_parts().service.portal)
    return render_template("admin_notice.html", english=control.notice, chinese=control.notice_zh, asked=False)


def set_notice() -> ResponseReturnValue:
    """Show a preview of the notice for confirmation; once confirmed, set or remove it."""
    english, chinese = _one_line("english"), _one_line("chinese")
    if "sure" not in request.form:
        return render_template("admin_notice.html", english=english, chinese=chinese, asked=True)
    acting_service().set_notice(english, chinese)
    return _done(url_for("admin.notice", done="notice" if english or chinese else "clear"))
