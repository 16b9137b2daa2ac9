"""A client of the REST API: submit, wait, download. Knows nothing of the server but its answers."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import httpx

from portal.domain.errors import FieldErrors, PortalError
from portal.domain.message import Message, verbatim
from portal.domain.status import Lang

Json = dict[str, Any]
FINAL_STATES = frozenset({"completed", "failed"})
_PIECE_BYTES = 1 << 18
_RETRIES = 4
# Worth another try after a pause: the portal said so itself, or something in front of it is restarting.
_PASSING = frozenset({429, 502, 503, 504})


class ClientError(PortalError):
    """The portal refused, or cannot be reached; `code` is the HTTP code, 0 where there was no answer."""

    def __init__(self, message: Message, *, code: int = 0, errors: FieldErrors | None = None) -> None:
        super().__init__(message, errors=errors)
        self.code = code


class _CountingFile:
    """A file that tells how much of it was read, for httpx to send in pieces."""

    def __init__(self, stream: IO[bytes], tell: Callable[[int], None]) -> None:
        self._stream = stream
        self._tell = tell

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        self._tell(self._stream.tell())
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def fileno(self) -> int:
        return self._stream.fileno()


def _nothing(_: int) -> None:
    """Swallow progress where nobody looks."""


class PortalClient:
    """One portal at one address (`http://host:8000`); use it in a `with` block.

    Tokens are given with each call, so that one client serves many tasks. All methods raise ClientError.
    """

    def __init__(self, url: str, *, timeout_s: float = 60.0, lang: Lang = Lang.EN) -> None:
        self._http = httpx.Client(
            base_url=url.rstrip("/"),
            timeout=httpx.Timeout(timeout_s, connect=10.0),
            headers={"Accept-Language": lang.value},
        )

    def __enter__(self) -> PortalClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._http.close()

    def submit(
        self,
        path: Path,
        *,
        fields: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
        on_sent: Callable[[int], None] = _nothing,
    ) -> Json:
        """Upload a genome and return its record with the `token`; `on_sent` is told the bytes sent so far.

        Without a key one is made, so that the retries in here never make two tasks.
        """
        key = idempotency_key or secrets.token_urlsafe(24)
        with path.open("rb") as stream:

            def send() -> httpx.Response:
                stream.seek(0)
                return self._http.post(
                    "/api/tasks",
                    data=dict(fields or {}),
                    files={"file": (path.name, _CountingFile(stream, on_sent), "application/octet-stream")},  # type: ignore[dict-item]
                    headers={"Idempotency-Key": key},
                )

            return _json(self._retried(send))

    def status(self, task_id: str, token: str) -> Json:
        """Return the record of a task."""
        return self._get(f"/api/tasks/{task_id}", token)

    def watch(self, task_id: str, token: str, *, timeout_s: float | None = None) -> Iterator[Json]:
        """Yield the record now and whenever it changed, the last time when the task has ended.

        Asks as often as the portal advises. Raises ClientError when `timeout_s` is over.
        """
        until = None if timeout_s is None else time.monotonic() + timeout_s
        etag: str | None = None
        while True:
            headers = _bearer(token) | ({"If-None-Match": etag} if etag else {})
            answer = self._retried(lambda headers=headers: self._http.get(f"/api/tasks/{task_id}", headers=headers))  # type: ignore[misc]
            etag = answer.headers.get("ETag")
            if answer.status_code != httpx.codes.NOT_MODIFIED:
                record = _json(answer)
                yield record
                if record["status"] in FINAL_STATES:
                    return
            pause = float(answer.headers.get("Retry-After", "2"))
            if until is not None and time.monotonic() + pause > until:
                raise ClientError(Message("client.timeout", task_id=task_id, seconds=timeout_s or 0))
            time.sleep(pause)

    def results(self, task_id: str, token: str) -> Json:
        """Return the list of result files, with toxins and scores."""
        return self._get(f"/api/tasks/{task_id}/results", token)

    def log(self, task_id: str, token: str, stage: str | None = None) -> str:
        """Return the end of a stage's log."""
        params = {"stage": stage} if stage else None
        url = f"/api/tasks/{task_id}/log"
        return _checked(self._retried(lambda: self._http.get(url, params=params, headers=_bearer(token)))).text

    def cancel(self, task_id: str, token: str) -> Json:
        """Ask for the end of a task."""
        return _json(self._http_error(lambda: self._http.post(f"/api/tasks/{task_id}/cancel", headers=_bearer(token))))

    def delete(self, task_id: str, token: str) -> None:
        """Cancel a task and remove all of it."""
        _checked(self._http_error(lambda: self._http.delete(f"/api/tasks/{task_id}", headers=_bearer(token))))

    def queue(self) -> Json:
        """Return how busy the portal is."""
        return self._get("/api/queue", None)

    def health(self) -> Json:
        """Return the state of the portal's parts."""
        return self._get("/api/health", None)

    def download(
        self, task_id: str, token: str, target: Path, *, on_received: Callable[[int, int], None] | None = None
    ) -> Path:
        """Save the bundle as `target`, whole or not at all; `on_received` is told the bytes so far and their total."""
        part = target.with_name(f".{target.name}.{secrets.token_hex(4)}.part")
        try:
            with self._stream(f"/api/tasks/{task_id}/bundle", token) as answer, part.open("wb") as stream:
                total = int(answer.headers.get("Content-Length", "0"))
                for piece in answer.iter_bytes(_PIECE_BYTES):
                    stream.write(piece)
                    if on_received is not None:
                        on_received(stream.tell(), total)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return target

    @contextlib.contextmanager
    def _stream(self, url: str, token: str) -> Iterator[httpx.Response]:
        try:
            with self._http.stream("GET", url, headers=_bearer(token)) as answer:
                if answer.is_error:
                    answer.read()
                yield _checked(answer)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def _get(self, url: str, token: str | None) -> Json:
        return _json(self._retried(lambda: self._http.get(url, headers=_bearer(token))))

    def _http_error(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        try:
            return send()
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def _retried(self, send: Callable[[], httpx.Response]) -> httpx.Response:
        """Send what may be sent again, some times, when the portal is away or asks for patience."""
        for attempt in range(_RETRIES):
            try:
                answer = send()
            except httpx.TransportError as error:
                if attempt == _RETRIES - 1:
                    raise self._unreachable(error) from error
                time.sleep(2**attempt)
                continue
            pause = answer.headers.get("Retry-After", "")
            if answer.status_code not in _PASSING or attempt == _RETRIES - 1 or (pause.isdigit() and int(pause) > 60):
                return answer
            time.sleep(int(pause) if pause.isdigit() else 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _unreachable(self, error: httpx.HTTPError) -> ClientError:
        reason = str(error) or type(error).__name__
        return ClientError(Message("client.unreachable", url=str(self._http.base_url), reason=reason))


def _bearer(token: str | None) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _checked(answer: httpx.Response) -> httpx.Response:
    """Return the answer, or raise what it says is wrong."""
    if not answer.is_error:
        return answer
    try:
        body = answer.json()
        errors = {field: [verbatim(text) for text in texts] for field, texts in body["errors"].items()}
        raise ClientError(verbatim(str(body["message"])), code=answer.status_code, errors=errors)
    except (ValueError, KeyError, TypeError) as error:
        message = Message("client.status", code=answer.status_code, status=answer.reason_phrase)
        raise ClientError(message, code=answer.status_code) from error


def _json(answer: httpx.Response) -> Json:
    value: Json = _checked(answer).json()
    return value
