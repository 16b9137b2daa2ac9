"""Addresses of results: of the task, or below the run that the page shows.

The address of a task shows its latest results; one with a run always shows the same ones. A page of a run links to
the pages and files of that run only.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from flask import abort, g, redirect, request, url_for

from portal.domain.runs import good_run, run_of
from portal.domain.status import TaskStatus
from portal.domain.task import TaskMeta
from portal.results.names import BUNDLE_ZIP

# Endpoint of what belongs to a task's results -> endpoint of the same below a run.
OF_RUN: Mapping[str, str] = {
    "pages.task": "pages.run",
    "pages.toxin": "pages.toxin",
    "pages.evidence": "pages.evidence",
    "pages.charts": "pages.charts",
    "results.Result": "runs.RunResult",
    "results.Bundle": "runs.RunBundle",
    "results.Toxins": "runs.RunToxins",
    "evidence.Evidence": "runs.RunEvidence",
}


def show_run(number: int) -> None:
    """Have all links to results in this response lead to one run."""
    g.shown_run = number


def shown_run() -> int | None:
    """Return the run that this response shows; None if it shows what the task has now."""
    number: int | None = g.get("shown_run")
    return number


def result_url(endpoint: str, *, task_id: str, **values: Any) -> str:
    """Return the address of something among a task's results, below the run that is shown, if any."""
    number = shown_run()
    if number is None:
        return url_for(endpoint, task_id=task_id, **values)
    return url_for(OF_RUN[endpoint], task_id=task_id, run=number, **values)


def file_url(name: str, *, bundle: bool = False) -> str:
    """Return the API address of a result file of the current page's task; the API accepts the cookie."""
    task_id = (request.view_args or {})["task_id"]
    if bundle and name == BUNDLE_ZIP:
        return result_url("results.Bundle", task_id=task_id)
    return result_url("results.Result", task_id=task_id, name=name)


def run_to_read(task: TaskMeta, run: int | None) -> TaskMeta:
    """Return the record whose results a page shows: of the run in its address, else of the task.

    While another run works or after it has failed, an address without a run leads on to the last completed one, with
    its query as it was sent: no name in it means anything to `url_for`.

    Raises:
        NotFound: the run has no results.
    """
    if run is not None:
        show_run(run)
        return run_of(task, run)
    last = good_run(task)
    if task.status is not TaskStatus.COMPLETED and last is not None and request.endpoint is not None:
        address = url_for(request.endpoint, **{**(request.view_args or {}), "run": last})
        query = quote(request.query_string, safe="/?:@!$&'()*+,;=%-._~")
        abort(redirect(f"{address}?{query}" if query else address, HTTPStatus.SEE_OTHER))
    return task
