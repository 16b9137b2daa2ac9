"""The pages of a task's runs: the results of one completed run at an address that always shows them."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from portal.domain.errors import NotFound, Unauthorized
from portal.domain.runs import run_of
from portal.web.pages import charts, evidence, toxin
from portal.web.pages.changes_view import changes_view
from portal.web.pages.kept_results import written_results
from portal.web.pages.run_links import show_run
from portal.web.pages.run_view import runs_of
from portal.web.pages.task import ask_for_token
from portal.web.security import authorized_task

_RUN = "/tasks/<task_id>/runs/<int:run>"


def run_page(task_id: str, run: int) -> ResponseReturnValue:
    """Show the results of one completed run."""
    try:
        task = authorized_task(task_id)
    except (Unauthorized, NotFound) as error:
        return ask_for_token(task_id, wrong=isinstance(error, NotFound))
    past = run_of(task, run)
    show_run(run)
    runs = runs_of(task, run)
    changes = changes_view(task, runs.before.number, run) if runs.before else None
    return render_template("run.html", task=past, runs=runs, results=written_results(past), changes=changes)


def add_run_pages(pages: Blueprint) -> None:
    """Add the pages of a run."""
    pages.add_url_rule(_RUN, "run", run_page)
    pages.add_url_rule(f"{_RUN}/charts", "charts", charts.charts)
    pages.add_url_rule(f"{_RUN}/evidence", "evidence", evidence.evidence_page)
    pages.add_url_rule(f"{_RUN}/toxins/<path:wanted>", "toxin", toxin.toxin_page)
