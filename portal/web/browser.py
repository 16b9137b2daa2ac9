"""The cookie of a browser: one for all tasks and submissions that it has opened.

Its value is a session (`portal.services.browsers`), never a token. Browsers accept the prefixes of its name only in a
cookie that was set over TLS, so that no other service on the host, or a neighbouring one, can plant a cookie of its
own. Earlier versions set a cookie with the token itself for each task; it still opens the task, and is removed once
the session does.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from flask import Response, request
from werkzeug.http import parse_cookie

from portal.domain.errors import PortalError
from portal.domain.task import TaskMeta
from portal.services.browsers import Browsers
from portal.services.shares import Grant
from portal.web.context import web

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

NAME = "bttoxin_session"
OLD_NAME = "bttoxin_token"
# The longest that browsers keep a cookie; what it opens ends with the tasks.
_AGE_S = 400 * 86400
# The addresses of a task and of a submission to which the cookies of earlier versions were bound.
_OLD_PATHS = ("/tasks/{}", "/api/tasks/{}", "/submissions/{}", "/api/submissions/{}")


def cookie_name(environ: WSGIEnvironment, name: str = NAME) -> str:
    """Return the name of a cookie, by default the session's; with TLS it has the prefix that fits its path."""
    if environ["wsgi.url_scheme"] != "https":
        return name
    return f"__Secure-{name}" if environ.get("SCRIPT_NAME") else f"__Host-{name}"


def session_in(environ: WSGIEnvironment, browsers: Browsers) -> str | None:
    """Return the session that a request carries; None if there is none, or the portal did not make it."""
    session = parse_cookie(environ).get(cookie_name(environ))
    return session if session and browsers.is_session(session) else None


def old_token_in(environ: WSGIEnvironment) -> str | None:
    """Return the token in a cookie of an earlier version, which browsers send only to the addresses of its task."""
    return parse_cookie(environ).get(OLD_NAME)


def let_in(response: Response, grant: Grant) -> None:
    """Let the browser open a task or submission from now on, and give it a session if it has none.

    The cookie is lax, so that a link to a page from elsewhere works; changes are protected by `require_same_origin`.

    Raises:
        NotFound, NotReady, StorageFull: see `Browsers.let_in`.
    """
    browsers = web().browsers
    present = session_in(request.environ, browsers)
    session = present or browsers.new_session()
    browsers.let_in(session, grant, is_new=present is None)
    response.set_cookie(
        cookie_name(request.environ),
        session,
        path=request.script_root or "/",
        max_age=_AGE_S,
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )


def replace_old_cookie(response: Response, grant: Grant | None) -> None:
    """Replace a cookie of an earlier version by the session; `grant` is what the token in the cookie opens.

    It is removed only when the browser has come back with a session that opens the page: of several pages that are
    opened at once by a browser without a session, each gives it a new one, and it keeps only the last.
    """
    if grant is None:
        return
    session, opened = session_in(request.environ, web().browsers), grant.opened
    if session is not None and web().browsers.access(opened, session) is grant.access:
        drop_old_cookie(response, opened.task_id if isinstance(opened, TaskMeta) else opened.submission_id)
        return
    with contextlib.suppress(PortalError):  # the old cookie still opens the page; it is replaced another time
        let_in(response, grant)


def drop_old_cookie(response: Response, owner_id: str) -> None:
    """Remove the cookies of an earlier version for a task or submission, if the browser has sent one."""
    if old_token_in(request.environ) is None:
        return
    for path in _OLD_PATHS:
        response.delete_cookie(
            OLD_NAME,
            path=request.script_root + path.format(owner_id),
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )
