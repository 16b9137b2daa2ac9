"""Access control: tokens, the browser's session, and the origin of requests that carry a cookie.

The token is sent as `Authorization: Bearer`. Pages cannot send that for images, downloads and links: once a browser has
shown a token, the session in its cookie (`portal.web.browser`) opens the task.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar, overload
from urllib.parse import urlsplit

from flask import request

from portal.domain.errors import Forbidden, NotFound, NotShown, PortalError, Unauthorized
from portal.domain.message import Message
from portal.domain.person import Person
from portal.domain.submission import Submission
from portal.domain.task import TaskMeta
from portal.services.shares import Grant
from portal.services.submission_keys import Access
from portal.web.browser import old_token_in, session_in
from portal.web.client import submitter_of
from portal.web.context import web
from portal.web.deleted import deleted_here, is_gone
from portal.web.identity import api_key_of, person_of

TOKEN = re.compile(r"[A-Za-z0-9_-]{20,100}")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
Opened = TypeVar("Opened", TaskMeta, Submission)


def _bearer_token() -> str | None:
    authorization = request.authorization
    if authorization is None or authorization.type != "bearer":
        return None
    if web().parts.people is not None and api_key_of(request.environ) == authorization.token:
        return None  # it says who asks; their tasks need no token
    return authorization.token or None


def authorized_task(task_id: str, wanted: Access | None = None) -> TaskMeta:
    """Return the task if the request may open it: by default for reading with GET, else as its owner.

    Raises:
        Unauthorized: there is no token, nobody is signed in, and the browser has not opened this task.
        NotFound: the token is wrong or allows less, or there is no such task.
        Forbidden: a POST or DELETE with a cookie from another site.
        NotShown: the request came by a snapshot, and the results of then are no longer kept; or it would change what
            this browser has deleted.
    """
    reading = request.method in _SAFE_METHODS
    return _authorized(web().tasks.record, task_id, wanted or (Access.VIEW if reading else Access.OWNER))


def authorized_submission(submission_id: str, wanted: Access) -> Submission:
    """Return the submission if the request may open it; see `authorized_task` for errors."""
    return _authorized(web().submissions.read, submission_id, wanted)


def _authorized(find: Callable[[str], Opened], opened_id: str, wanted: Access) -> Opened:
    try:
        return _let_in(find, opened_id, wanted)
    except (Unauthorized, NotFound) as error:
        if request.method not in _SAFE_METHODS and _bearer_token() is None:
            _require_not_deleted(find, opened_id, error)
        raise


def _require_not_deleted(find: Callable[[str], Opened], opened_id: str, error: PortalError) -> None:
    """Raise NotShown if this browser has deleted what it would change now, such as in another tab."""
    deleted = deleted_here(opened_id)
    if deleted is None or not is_gone(find, opened_id):
        return
    is_task = deleted.deletion.is_task
    raise NotShown(Message("task.deleted_here") if is_task else Message("submission.deleted_here")) from error


def _let_in(find: Callable[[str], Opened], opened_id: str, wanted: Access) -> Opened:
    token, person = _bearer_token(), signed_in()
    by_key = person is not None and not person.is_present
    if token is None and not by_key:
        token = old_token_in(request.environ)
        if token is None and session_in(request.environ, web().browsers) is None and person is None:
            return _open_to_all(find, opened_id, wanted)
        if request.method not in _SAFE_METHODS:
            require_same_origin()
    if token is None and person is None:
        return _open_to_session(find, opened_id, wanted)
    with counting_wrong_tokens():
        opened = find(opened_id)
        grant = _require(request_grant(opened), opened, wanted)
    return _shown(opened, grant)


def _open_to_all(find: Callable[[str], Opened], opened_id: str, wanted: Access) -> Opened:
    """Return a sample, which everybody may read; whatever else is asked for looks the same, existing or not."""
    if wanted is Access.VIEW:
        with contextlib.suppress(PortalError):
            opened = find(opened_id)
            if web().parts.samples.is_public(opened):
                return opened
    raise Unauthorized(Message("access.no_token"))


def _open_to_session(find: Callable[[str], Opened], opened_id: str, wanted: Access) -> Opened:
    """Return what a browser has opened before; whatever else it asks for looks the same, existing or not."""
    try:
        opened = find(opened_id)
    except NotFound as error:
        raise Unauthorized(Message("access.no_token")) from error
    grant = request_grant(opened)
    if grant is None:
        raise Unauthorized(Message("access.no_token"))
    return _shown(opened, _require(grant, opened, wanted))


@overload
def _shown(opened: TaskMeta, grant: Grant) -> TaskMeta: ...


@overload
def _shown(opened: Submission, grant: Grant) -> Submission: ...


def _shown(opened: TaskMeta | Submission, grant: Grant) -> TaskMeta | Submission:
    """Return what a grant shows of a task or submission: all of it, or what it was when a snapshot was made.

    Raises:
        NotShown: its results of then are no longer kept.
    """
    if isinstance(opened, TaskMeta):
        return web().tasks.snapshots.task(opened, grant)
    return web().tasks.snapshots.submission(opened, grant)


def _require(grant: Grant | None, opened: TaskMeta | Submission, wanted: Access) -> Grant:
    if grant is None or (wanted is Access.OWNER and not grant.is_owner):
        is_task = isinstance(opened, TaskMeta)
        raise NotFound(Message("task.unknown") if is_task else Message("submission.unknown"))
    return grant


def request_grant(opened: TaskMeta | Submission) -> Grant | None:
    """Return what the request may do: as the owner, by the token in its header, else by session or an old cookie.

    Samples may be read by everybody, whatever the token; nobody is their owner.
    """
    if web().parts.samples.is_public(opened):
        return Grant(opened, Access.VIEW)
    person = signed_in()
    if person is not None and person.owns(opened.owner):
        return Grant(opened, Access.OWNER)
    token = _bearer_token()
    if token is not None:
        return token_grant(opened, token)
    session = session_in(request.environ, web().browsers)
    found = None if session is None else web().browsers.grant(opened, session)
    old = None if found is not None and found.is_owner else old_cookie_grant(opened)
    return old if found is None or (old is not None and old.is_owner) else found


def task_of_reader(task_id: str) -> TaskMeta | None:
    """Return a task that this browser, or who is signed in, may read; None if it is closed to them or does not exist.

    For lists, where some may be closed: nothing is counted as a wrong token, and no token is taken.

    Raises:
        NotReady: its record is being repaired.
        NotShown: it is open to them by a snapshot, and the results of then are no longer kept.
    """
    return _of_reader(web().tasks.record, task_id)


def submission_of_reader(submission_id: str) -> Submission | None:
    """Return a submission that this browser, or who is signed in, may read; see `task_of_reader`."""
    return _of_reader(web().submissions.read, submission_id)


def _of_reader(find: Callable[[str], Opened], opened_id: str) -> Opened | None:
    if _bearer_token() is not None:
        return None
    try:
        opened = find(opened_id)
    except NotFound:
        return None
    grant = request_grant(opened)
    return None if grant is None else _shown(opened, grant)


def granted(opened: TaskMeta | Submission) -> Grant:
    """Return what an authorized request may do.

    Raises:
        NotFound: its way in was closed at this very moment.
    """
    grant = request_grant(opened)
    if grant is None:
        raise NotFound(Message("task.unknown") if isinstance(opened, TaskMeta) else Message("submission.unknown"))
    return grant


def token_grant(opened: TaskMeta | Submission, token: str) -> Grant | None:
    """Return what a token of a task, of its submission or of this submission allows."""
    if isinstance(opened, TaskMeta):
        return web().tasks.grant(opened, token) or web().submissions.task_grant(opened, token)
    return web().submissions.grant(opened, token)


def old_cookie_grant(opened: TaskMeta | Submission) -> Grant | None:
    """Return what the token in a cookie of an earlier version allows, if there is one."""
    token = old_token_in(request.environ)
    return None if token is None else token_grant(opened, token)


def token_in(text: str) -> str | None:
    """Return the token that was pasted, alone or as the end of a link; None if it cannot be one."""
    token = text.strip().rpartition("token=")[2]
    return token if TOKEN.fullmatch(token) else None


def open_with_token(find: Callable[[str], Opened], owner_id: str, text: str) -> Grant:
    """Return what a token, or a link that ends in it, allows with a task or submission.

    Raises:
        NotFound: the token is wrong, or there is no such task or submission.
    """
    token = token_in(text)
    if token is None:
        raise NotFound(Message("task.unknown"))
    with counting_wrong_tokens():
        grant = token_grant(find(owner_id), token)
        if grant is None:
            raise NotFound(Message("task.unknown"))
        return grant


def require_same_origin() -> None:
    """Raise Forbidden unless the browser states that one of our own pages sent this request; see `is_own_page`."""
    if not is_own_page():
        raise Forbidden(Message("access.foreign_page"))


def is_own_page() -> bool:
    """Tell whether the browser states that one of our own pages sent this request.

    `Sec-Fetch-Site` cannot be set by scripts and holds behind any proxy; older browsers send `Origin` with a POST.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    with contextlib.suppress(ValueError):  # some texts are no address at all
        origin = urlsplit(request.headers.get("Origin", ""))
        return (origin.scheme, origin.netloc) == (request.scheme, request.host)
    return False


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


def own_mail() -> str | None:
    """Return the verified mail address of the signed-in person, empty if it is not known; None for nobody."""
    person, people = signed_in(), web().parts.people
    return None if person is None or people is None else people.mail_of(person)


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
