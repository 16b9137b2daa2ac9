"""Access control: tokens, the task's cookie, and the origin of requests that carry a cookie.

The token is sent as `Authorization: Bearer`. Pages cannot send that for images, downloads and links; they keep it in
a cookie that scripts cannot read and that the browser sends only to this task's addresses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from flask import Response, request

from portal.domain.errors import Forbidden, NotFound, Unauthorized
from portal.domain.message import Message
from portal.domain.person import Person
from portal.domain.submission import Submission
from portal.domain.task import TaskMeta
from portal.domain.task_id import is_task_id
from portal.services.submission_keys import Access
from portal.web.client import submitter_of
from portal.web.context import web
from portal.web.identity import person_of

COOKIE_NAME = "bttoxin_token"
TOKEN = re.compile(r"[A-Za-z0-9_-]{20,100}")
# The addresses of a task and of a submission: pages and API.
TASK_PATHS = ("/tasks/{}", "/api/tasks/{}")
SUBMISSION_PATHS = ("/submissions/{}", "/api/submissions/{}")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def _bearer_token() -> str | None:
    authorization = request.authorization
    if authorization is None or authorization.type != "bearer":
        return None
    return authorization.token


def token_from_request(owner_id: str) -> str | None:
    """Return the token for a task or submission: from the Authorization header, else from the cookie."""
    return _bearer_token() or (request.cookies.get(COOKIE_NAME) if is_task_id(owner_id) else None)


def authorized_task(task_id: str, wanted: Access | None = None) -> TaskMeta:
    """Return the task if the request has its token or comes from the person who owns it.

    By default the view token is enough for GET; a change needs the owner's. One authorised by a cookie or a sign-in
    alone must come from one of our own pages.

    Raises:
        Unauthorized: there is no token.
        NotFound: the token is wrong, or there is no such task.
        Forbidden: a POST or DELETE with a cookie from another site.
    """
    token = _proof(task_id)
    return open_task(task_id, token, wanted or (Access.VIEW if request.method in _SAFE_METHODS else Access.OWNER))


def _proof(owner_id: str) -> str:
    """Return the token of this request, empty if a person's sign-in has to do.

    Raises:
        Unauthorized: there is neither.
        Forbidden: a change by cookie or sign-in from another site.
    """
    token = token_from_request(owner_id)
    if not token and signed_in() is None:
        raise Unauthorized(Message("access.no_token"))
    if _bearer_token() is None and request.method not in _SAFE_METHODS:
        require_same_origin()
    return token or ""


def open_task(task_id: str, token: str, wanted: Access) -> TaskMeta:
    """Return a task to its owner, or the holder of its token or its submission's; a view token allows reading only.

    Raises:
        NotFound: the token is wrong or allows less, or there is no such task.
    """
    with counting_wrong_tokens():
        task = web().tasks.record(task_id)
        access = task_access(task, token)
        if access is None or (wanted is Access.OWNER and access is not Access.OWNER):
            raise NotFound(Message("task.unknown"))
        return task


def task_access(task: TaskMeta, token: str | None) -> Access | None:
    """Return the access that this request has to the task: as its owner, or by a token of it or of its submission."""
    person = signed_in()
    if person is not None and person.owns(task.owner):
        return Access.OWNER
    if not token:
        return None
    return web().tasks.access(task, token) or web().submissions.task_access(task, token)


def authorized_submission(submission_id: str, wanted: Access) -> Submission:
    """Return the submission if the request's token allows the requested access, or its owner asks.

    Raises:
        Unauthorized: there is no token.
        NotFound: the token is wrong or allows less, or there is no such submission.
        Forbidden: a change with a cookie from another site.
    """
    token = _proof(submission_id)
    with counting_wrong_tokens():
        return web().submissions.open(submission_id, token, wanted, person=signed_in())


def require_same_origin() -> None:
    """Raise Forbidden unless the browser states that one of our own pages sent this request.

    `Sec-Fetch-Site` cannot be set by scripts and holds behind any proxy; older browsers send `Origin` with a POST.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site == "same-origin":
            return
    else:
        origin = urlsplit(request.headers.get("Origin", ""))
        if (origin.scheme, origin.netloc) == (request.scheme, request.host):
            return
    raise Forbidden(Message("access.foreign_page"))


def _cookie_paths(owner_id: str, paths: tuple[str, ...]) -> list[str]:
    if not is_task_id(owner_id):
        raise NotFound(Message("task.unknown"))
    return [request.script_root + path.format(owner_id) for path in paths]


def set_task_cookie(response: Response, task_id: str, token: str) -> None:
    """Make the browser send the token with requests to this task's pages and API."""
    _set_cookie(response, token, _cookie_paths(task_id, TASK_PATHS))


def set_submission_cookie(response: Response, submission_id: str, token: str) -> None:
    """Make the browser send the token with requests to this submission's pages and API."""
    _set_cookie(response, token, _cookie_paths(submission_id, SUBMISSION_PATHS))


def _set_cookie(response: Response, token: str, paths: list[str]) -> None:
    """Set the cookie: lax, so that a link to the page from elsewhere works.

    Changes are also protected by `require_same_origin`.
    """
    for path in paths:
        response.set_cookie(
            COOKIE_NAME,
            token,
            path=path,
            max_age=web().settings.RESULT_RETENTION_DAYS * 86400,
            secure=request.is_secure,
            httponly=True,
            samesite="Lax",
        )


def clear_task_cookie(response: Response, task_id: str) -> None:
    """Remove a task's token from the browser."""
    _clear_cookie(response, _cookie_paths(task_id, TASK_PATHS))


def clear_submission_cookie(response: Response, submission_id: str) -> None:
    """Remove a submission's token from the browser."""
    _clear_cookie(response, _cookie_paths(submission_id, SUBMISSION_PATHS))


def _clear_cookie(response: Response, paths: list[str]) -> None:
    for path in paths:
        response.delete_cookie(COOKIE_NAME, path=path, secure=request.is_secure, httponly=True, samesite="Lax")


def submitter() -> str:
    """Return the sender of this request, for limits and the fair queue; the services keep only a pseudonym."""
    return submitter_of(request.environ)


def signed_in() -> Person | None:
    """Return the person who sends this request; None if nobody is signed in."""
    return person_of(request.environ)


def owner() -> str:
    """Return the pseudonym for the record of what this request submits, and note whose it is; empty for nobody."""
    person, people = signed_in(), web().parts.people
    if person is None or people is None:
        return ""
    people.note_use(person)
    return person.owner


@contextmanager
def counting_wrong_tokens() -> Iterator[None]:
    """Throttle clients with too many wrong tokens, without revealing anything; a right token always works.

    Raises:
        TooManyRequests: instead of NotFound, above this client's limit.
    """
    try:
        yield
    except NotFound:
        web().parts.wrong_tokens.count(web().keyring.pseudonym(submitter()))
        raise
