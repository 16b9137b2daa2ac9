"""Pages about the portal itself: queue and health, help, and two lists that the browser fills."""

from __future__ import annotations

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from portal.web.context import web
from portal.web.deleted import deletions
from portal.web.pages.search import search_view
from portal.web.pages.status_line import status_line
from portal.web.texts.i18n import gettext as _
from portal.web.texts.words import PART, PART_STATE

_SLOTS_DRAWN = 40


def queue_page() -> ResponseReturnValue:
    """Show slots, the queue (numbers, no names) and the health of the portal's parts."""
    queue = web().tasks.queue()
    health = web().health.report()
    line = status_line(health, draining=queue.draining, on_cluster=queue.on_cluster)
    drawn = min(queue.slots_total, _SLOTS_DRAWN)
    return render_template(
        "queue.html",
        queue=queue,
        health=health.parts,
        line=line,
        slots=[place < queue.slots_used for place in range(drawn)],
        part_words=PART if queue.on_cluster else {**PART, "scheduler": _("Jobs on this machine")},
        part_states=PART_STATE,
    )


def help_page() -> ResponseReturnValue:
    """Show first steps, method, the meaning of scores, API, privacy and accessibility."""
    settings = web().settings
    return render_template(
        "help.html",
        retention_days=settings.RESULT_RETENTION_DAYS,
        debug=settings.DEBUG,
        sample_state=web().parts.samples.look().state.value,
        base_url=request.host_url.rstrip("/") + request.script_root,
        script_root=request.script_root,
    )


def my_tasks_page() -> ResponseReturnValue:
    """Show the page for the list of tasks that the browser keeps; with `find`, what a search finds instead."""
    response = make_response(
        render_template(
            "tasks.html", deletions=deletions(), deleted=request.args.get("deleted", ""), search=search_view()
        )
    )
    response.headers["Cache-Control"] = "no-store"
    return response
