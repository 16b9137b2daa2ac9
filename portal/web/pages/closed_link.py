"""What the page that asks for a token says to whoever comes by a link that was closed."""

from __future__ import annotations

from collections.abc import Callable

from flask import request

from portal.domain.errors import PortalError
from portal.domain.message import Message
from portal.domain.submission import Submission
from portal.domain.task import TaskMeta
from portal.services.closed_links import ClosedLinks
from portal.web.browser import old_token_in, session_in
from portal.web.context import web
from portal.web.security import token_in
from portal.web.texts.wording import wording


def closed_link(find: Callable[[str], TaskMeta | Submission], opened_id: str) -> str:
    """Return why the link by which the request comes is no longer valid; empty if it never was.

    It comes by the token in a form, else by what its browser has shown before.
    """
    try:
        opened = find(opened_id)
    except (PortalError, OSError):
        return ""
    why = _why(opened)
    return "" if why is None else wording(why)


def _why(opened: TaskMeta | Submission) -> Message | None:
    links = ClosedLinks(web().tasks.shares, web().submissions, web().browsers)
    given = request.form.get("token", "")
    if given:
        token = token_in(given)
        return None if token is None else links.of_token(opened, token)
    session, old = session_in(request.environ, web().browsers), old_token_in(request.environ)
    found = None if session is None else links.of_session(opened, session)
    return links.of_token(opened, old) if found is None and old is not None else found
