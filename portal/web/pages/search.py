"""The search over one's own strains, on the page of one's tasks: a plain form whose address can be kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import request, url_for

from portal.domain.status import FailureKind
from portal.domain.submission import ItemStatus
from portal.services.own_search import MOST_SHOWN, submitted_at
from portal.services.own_strains import OwnStrain
from portal.web.browser import session_in
from portal.web.context import web
from portal.web.pages.grid import STATUS_TONE
from portal.web.security import signed_in, submitter
from portal.web.texts.words import item_word

MAX_TEXT = 200


@dataclass(frozen=True)
class SearchHit:
    """One strain that was found."""

    address: str
    name: str
    label: str
    tags: Sequence[str]
    task_id: str
    word: str
    tone: str
    submitted: datetime


@dataclass(frozen=True)
class SearchView:
    """The form, and if something was asked for, what was found."""

    text: str = ""
    hits: Sequence[SearchHit] | None = None
    total: int = 0
    is_partial: bool = False
    longest: int = MAX_TEXT
    most: int = MOST_SHOWN


def search_view() -> SearchView:
    """Return what the query asks for; an empty text finds everything of one's own."""
    if "find" not in request.args:
        return SearchView()
    text = request.args["find"][:MAX_TEXT]
    person = signed_in()
    found = web().parts.search.find(
        text,
        client=web().keyring.pseudonym(submitter()),
        owner="" if person is None else person.owner,
        session=session_in(request.environ, web().browsers),
        word=_word,
    )
    return SearchView(text, [_hit(strain) for strain in found.strains], found.total, found.is_partial)


def _word(strain: OwnStrain) -> str:
    return item_word(ItemStatus(strain.status), cancelled=strain.failure_kind == FailureKind.CANCELLED)


def _hit(strain: OwnStrain) -> SearchHit:
    cancelled = strain.failure_kind == FailureKind.CANCELLED
    return SearchHit(
        url_for("pages.task", task_id=strain.task_id),
        strain.written.called(strain.label),
        strain.label if strain.written.name else "",
        strain.written.tags,
        strain.task_id,
        _word(strain),
        "quiet" if cancelled else STATUS_TONE.get(ItemStatus(strain.status), "calm"),
        submitted_at(strain),
    )
