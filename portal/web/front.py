"""The stage before Flask: a short path for task records, the most frequent request.

Reading a record costs 0.1 ms here and 0.5 ms through Flask (routing, view classes, schema, handlers). The short path
has one response: the record, for a request with the right token in its header. Everything else, including every error,
is left to Flask, so that errors are made in one place. Both use the same functions for token check, response and
headers; a test compares the responses.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from portal.domain.errors import PortalError
from portal.domain.logs import carrying_request_id
from portal.files.maintenance import Maintenance
from portal.files.taskdir import PortalDir
from portal.services.answers import TaskView
from portal.services.tasks import TaskService
from portal.web.answer import Answer
from portal.web.api.record import answer_look
from portal.web.headers import CrossOrigin, security_headers
from portal.web.identity import Identity
from portal.web.metrics import WebMetrics
from portal.web.public_address import UNKNOWN_HOST, PublicAddress
from portal.web.request_id import HEADER, KEY, request_id_of

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_RECORD = re.compile(r"/api/tasks/([a-z2-7]{12})")
_BEARER = re.compile(r"Bearer ([\w-]{43})", re.ASCII)
_PHRASES = {200: "200 OK", 304: "304 NOT MODIFIED"}


class Front:
    """A WSGI application: the short path, then the application behind it. The edge calls its steps one by one."""

    def __init__(
        self,
        behind: WSGIApplication,
        portal: PortalDir,
        tasks: TaskService,
        cross_origin: CrossOrigin,
        address: PublicAddress,
        metrics: WebMetrics,
        identity: Identity | None = None,
    ) -> None:
        self.behind = behind
        self._portal = portal
        self._tasks = tasks
        self._cross_origin = cross_origin
        self._address = address
        self._metrics = metrics
        self._identity = identity

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.prepare(environ)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            return start_response(status, [*headers, (HEADER, environ[KEY])], *more)

        with carrying_request_id(environ[KEY]):
            answer = self.short(environ) if self.is_short(environ) else None
            if answer is None:
                return self.behind(environ, start)
            start(_PHRASES[answer.status], answer.headers)
            return [answer.body]

    def prepare(self, environ: WSGIEnvironment) -> None:
        """Put the verified client, person and address and the request id into the environ."""
        if self._identity is not None:
            self._identity.prepare(environ)
        self._address.apply(environ)
        request_id_of(environ)

    @staticmethod
    def is_short(environ: WSGIEnvironment) -> bool:
        """Return, without disk access, whether the short path may have a response."""
        return (
            environ["REQUEST_METHOD"] == "GET"
            and "HTTP_AUTHORIZATION" in environ
            and "HTTP_X_API_KEY" not in environ  # which may be revoked
            and UNKNOWN_HOST not in environ
            and _RECORD.fullmatch(environ["PATH_INFO"]) is not None
        )

    def at_once(self, environ: WSGIEnvironment) -> Answer | None:
        """Return the same as `short` from memory, or None to call it; does nothing that could take long."""
        return self._record(environ, self._tasks.look_at_once)

    def short(self, environ: WSGIEnvironment) -> Answer | None:
        """Return the record for a request with the right token, or None to leave the response to Flask."""
        return self._record(environ, self._tasks.look)

    def _record(self, environ: WSGIEnvironment, look: Callable[[str, str], TaskView | None]) -> Answer | None:
        record = _RECORD.fullmatch(environ["PATH_INFO"])
        token = _BEARER.fullmatch(environ["HTTP_AUTHORIZATION"])
        if record is None or token is None or Maintenance.read(self._portal) is not None:
            return None
        began = time.perf_counter()
        try:
            view = look(record[1], token[1])
        except (PortalError, OSError):
            return None
        if view is None:
            return None
        answer = self._finish(environ, answer_look(view, environ.get("HTTP_IF_NONE_MATCH")))
        self._metrics.answered("look", "GET", answer.status, time.perf_counter() - began)
        return answer

    def _finish(self, environ: WSGIEnvironment, answer: Answer) -> Answer:
        """Add the headers of every response."""
        headers: list[tuple[str, str]] = answer.headers
        if answer.status != 304:
            headers.append(("Content-Length", str(len(answer.body))))
        headers.extend(security_headers(environ["PATH_INFO"], secure=environ["wsgi.url_scheme"] == "https"))
        if self._cross_origin.varies:
            headers.append(("Vary", "Origin"))
        headers.extend(self._cross_origin.headers(environ.get("HTTP_ORIGIN")))
        return answer
