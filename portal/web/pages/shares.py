"""What the owner of a task or submission shares: a panel on its page, which is also a page of its own.

The link of a share is shown in the answer that makes it, this once: it is in no redirect and no cookie. Without scripts
that answer is the page of the shares; with them its panel takes the place of the one on the page.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from http import HTTPStatus

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.domain.errors import Conflict, InvalidRequest, NotFound
from portal.domain.message import Message
from portal.domain.submission import MAX_LABEL, Submission
from portal.domain.task import TaskMeta
from portal.services.browsers import OtherBrowsers
from portal.services.shares import MOST_YEARS, Grant, ShareFacts
from portal.services.submission_keys import Access
from portal.web.api.shares import share_number, snapshot_of
from portal.web.browser import session_in
from portal.web.context import web
from portal.web.pages.form import told
from portal.web.security import authorized_submission, authorized_task
from portal.web.strains import called
from portal.web.texts.wording import wording

_USUAL = timedelta(days=30)
Opened = TaskMeta | Submission


@dataclass(frozen=True)
class ShareForm:
    """The form for another share: its values, what is wrong with them, and the link that it has just made."""

    label: str = ""
    ends: str = ""
    snapshot: bool = False
    problems: dict[str, list[str]] = field(default_factory=dict)
    made: str = ""


@dataclass(frozen=True)
class Sharing:
    """What the panel shows. Links are empty for who may not pass them on; only the owner has `shares` and a form."""

    view_link: str
    owner_link: str = ""
    page: str = ""
    shares: Sequence[ShareFacts] = ()
    browsers: Sequence[OtherBrowsers] = ()
    form: ShareForm = ShareForm()
    first: str = ""
    last: str = ""
    longest: int = MAX_LABEL


def add_share_pages(pages: Blueprint) -> None:
    """Add the routes of tasks and of submissions."""
    owned: dict[str, Callable[[str], Opened]] = {
        "task": lambda opened_id: authorized_task(opened_id, Access.OWNER),
        "submission": lambda opened_id: authorized_submission(opened_id, Access.OWNER),
    }
    for kind, authorize in owned.items():
        place = f"/{kind}s/<opened_id>/shares"
        pages.add_url_rule(place, f"{kind}_shares", partial(_shares_page, authorize))
        acts: dict[str, tuple[str, Callable[..., ResponseReturnValue]]] = {
            f"make_{kind}_share": (place, _make),
            f"revoke_{kind}_share": (f"{place}/<n>/revoke", _revoke),
            f"replace_{kind}_link": (f"{place}/replace", _replace),
            f"end_{kind}_browsers": (f"{place}/browsers", _end_browsers),
        }
        for name, (address, act) in acts.items():
            pages.add_url_rule(address, name, partial(act, authorize), methods=["POST"])


def sharing_of(opened: Opened, grant: Grant, form: ShareForm = ShareForm()) -> Sharing:
    """Return what the panel shows to whoever came by a grant.

    Who came by the standing view link may pass it on. Who came by a share, or by the submission of a task, may not:
    the permanent link would outlive what they were given.
    """
    if web().parts.samples.is_public(opened):
        return Sharing("")  # its address is enough, and nobody takes it back
    view = web().tasks.shares.token(opened, Access.VIEW)
    view_link = _link(opened, view) if view and not grant.share and (grant.is_owner or grant.opened is opened) else ""
    if not grant.is_owner:
        return Sharing(view_link)
    today = datetime.now(UTC).date()
    return Sharing(
        view_link,
        _link(opened, web().tasks.shares.token(opened, Access.OWNER)),
        url_for(f"pages.{_kind(opened)}_shares", opened_id=_id(opened)),
        web().tasks.shares.all(opened),
        web().browsers.others(opened, session_in(request.environ, web().browsers)),
        form if form.ends else replace(form, ends=(today + _USUAL).isoformat()),
        today.isoformat(),
        date(today.year + MOST_YEARS, 12, 31).isoformat(),
    )


def _kind(opened: Opened) -> str:
    return "task" if isinstance(opened, TaskMeta) else "submission"


def _id(opened: Opened) -> str:
    return opened.task_id if isinstance(opened, TaskMeta) else opened.submission_id


def _address(opened: Opened, *, external: bool = False) -> str:
    if isinstance(opened, TaskMeta):
        return url_for("pages.task", task_id=opened.task_id, _external=external)
    return url_for("pages.submission", submission_id=opened.submission_id, _external=external)


def _link(opened: Opened, token: str) -> str:
    return f"{_address(opened, external=True)}#token={token}"


def _shares_page(authorize: Callable[[str], Opened], opened_id: str) -> ResponseReturnValue:
    """Show the panel alone."""
    return _page(authorize(opened_id))


def _page(opened: Opened, form: ShareForm = ShareForm(), status: HTTPStatus = HTTPStatus.OK) -> Response:
    name = called(opened) if isinstance(opened, TaskMeta) else opened.label
    sharing = sharing_of(opened, Grant(opened, Access.OWNER), form)
    page = render_template("shares.html", sharing=sharing, name=name or _id(opened), back=_address(opened))
    response = make_response(page, status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _make(authorize: Callable[[str], Opened], opened_id: str) -> ResponseReturnValue:
    """Make a share, and show its link."""
    opened = authorize(opened_id)
    label, ends = request.form.get("label", ""), request.form.get("ends", "")
    is_snapshot = "snapshot" in request.form
    try:
        then = snapshot_of(opened) if is_snapshot else None
        token = web().tasks.shares.make(opened, label=label, ends=_day(ends), then=then)[1]
    except (InvalidRequest, Conflict) as error:
        status = HTTPStatus.CONFLICT if isinstance(error, Conflict) else HTTPStatus.UNPROCESSABLE_ENTITY
        place = "snapshot" if error.message.code == "share.nothing_done" else "label"
        problems = told(error.errors) or {place: [wording(error.message)]}
        return _page(opened, ShareForm(label, ends, is_snapshot, problems), status)
    return _page(opened, ShareForm(made=_link(opened, token)), HTTPStatus.CREATED)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest(Message("request.fields"), errors={"ends": [Message("value.date")]}) from error


def _revoke(authorize: Callable[[str], Opened], opened_id: str, n: str) -> ResponseReturnValue:
    """Take a share back; one that is gone already is no error."""
    opened = authorize(opened_id)
    with contextlib.suppress(NotFound):
        web().browsers.revoke_share(opened, share_number(n))
    return _back(opened)


def _replace(authorize: Callable[[str], Opened], opened_id: str) -> ResponseReturnValue:
    """Take the standing view link back; the page shows the next one."""
    opened = authorize(opened_id)
    web().browsers.replace_view_token(opened)
    return _back(opened)


def _end_browsers(authorize: Callable[[str], Opened], opened_id: str) -> ResponseReturnValue:
    """Let no other browser in any more by what it has opened before."""
    opened = authorize(opened_id)
    web().browsers.end_others(opened, session_in(request.environ, web().browsers))
    return _back(opened)


def _back(opened: Opened) -> ResponseReturnValue:
    return redirect(url_for(f"pages.{_kind(opened)}_shares", opened_id=_id(opened)), HTTPStatus.SEE_OTHER)
