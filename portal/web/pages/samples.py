"""The ready samples: a page that lists them, and what stands on the page of one: a note, and the short tour."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

from flask import Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import NotFound
from portal.domain.message import Message
from portal.domain.samples import sample_name
from portal.domain.task import TaskMeta
from portal.reference.store import ReferenceStore
from portal.services.samples import SampleState
from portal.web.context import web
from portal.web.texts.sample_words import NOTHING_FOUND, SAMPLES, STOPS, SampleWords, TourStop

# The name of all three together, as a grid.
ALL = "all"


def samples_page() -> Response:
    """List the samples, or say why there are none yet."""
    found = web().parts.samples.look()
    coming = found.state is SampleState.COMING
    text = render_template(
        "samples.html",
        found=found,
        samples=SAMPLES,
        lacks_reference=coming and ReferenceStore(web().settings.reference_dir).current() is None,
        paused=coming and web().tasks.queue().draining,
    )
    response = make_response(text)
    response.headers["Cache-Control"] = "no-store"
    return response


def sample(name: str) -> ResponseReturnValue:
    """Redirect to the page of a sample, or of all; to the list while they are being made."""
    if name not in SAMPLES and name != ALL:
        raise NotFound(Message("task.unknown"))
    found = web().parts.samples.look()
    if found.state is not SampleState.READY:
        address = url_for("pages.samples")
    elif name == ALL:
        address = url_for("pages.submission", submission_id=found.submission_id)
    else:
        address = url_for("pages.task", task_id=found.tasks[name])
    response = make_response(redirect(address, HTTPStatus.SEE_OTHER))
    response.headers["Cache-Control"] = "no-store"
    return response


def words_of_sample(task: TaskMeta) -> SampleWords | None:
    """Return what is said of a task if it is a sample, else None."""
    return SAMPLES.get(sample_name(task.strain)) if web().parts.samples.is_public(task) else None


def tour_of(page: str) -> Sequence[TourStop]:
    """Return the stops of the tour of a sample's results; `page` is their HTML, which has not all sections always."""
    there = {stop.title: stop for stop in reversed(STOPS) if f'id="{stop.anchor}"' in page}
    stops = sorted(there.values(), key=lambda stop: page.index(f'id="{stop.anchor}"'))
    return stops if "evidence-title" in [stop.anchor for stop in stops] else [NOTHING_FOUND, *stops[1:]]
