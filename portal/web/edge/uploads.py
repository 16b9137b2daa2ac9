"""The active uploads of this process: read here, fed to their intake in a thread, limited in number."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from portal.domain.errors import TooManyRequests, TooSlow
from portal.domain.message import Message
from portal.web.edge.bounds import Bounds
from portal.web.edge.receiving import BodyReader
from portal.web.edge.threads import in_thread
from portal.web.upload.intake import Intake
from portal.web.upload.item import is_item

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

UPLOAD_PATHS = frozenset({"", "/api/tasks"})


def is_upload(environ: WSGIEnvironment) -> bool:
    """Return whether the request uploads a genome."""
    return is_item(environ) or (
        environ["REQUEST_METHOD"] == "POST"
        and environ["PATH_INFO"].rstrip("/") in UPLOAD_PATHS
        and environ.get("CONTENT_TYPE", "").lower().startswith("multipart/")
    )


class Uploads:
    """Tracks and receives the active uploads.

    If there are too many, a stalled one is aborted to make room; a new one is refused only if none has stalled.
    """

    def __init__(self, begin: Callable[[WSGIEnvironment], Intake], bounds: Bounds, threads: Executor) -> None:
        self._begin = begin
        self._bounds = bounds
        self._threads = threads
        self._under_way: dict[BodyReader, str] = {}  # and its client

    async def take_in(self, environ: WSGIEnvironment, body: BodyReader) -> Intake:
        """Read an upload until it ends or is refused; the caller must abandon the intake afterwards.

        Raises:
            ClientGone: nothing of the upload is left.
        """
        intake = self._begin(environ)
        client = environ["REMOTE_ADDR"]
        if not self._make_room(client):
            intake.give_up(TooManyRequests(Message("upload.busy"), retry_after_s=5))
            return intake
        self._under_way[body] = client
        try:
            await self._read(intake, body)
        except TooSlow as error:
            intake.give_up(error)
        except BaseException:  # the client is gone, or this task is cancelled
            self._threads.submit(intake.abandon)
            raise
        finally:
            del self._under_way[body]
        return intake

    async def _read(self, intake: Intake, body: BodyReader) -> None:
        if not intake.wants_more:
            return
        async for piece in body.pieces(self._bounds.pace):
            if not await in_thread(self._threads, intake.feed, piece):
                return
        intake.end()

    def _make_room(self, client: str) -> bool:
        """Return whether there is room for this client's upload, if necessary after aborting a stalled one."""
        own = [body for body, whose in self._under_way.items() if whose == client]
        crowd = own if len(own) >= self._bounds.uploads_of_client else list(self._under_way)
        if crowd is not own and len(crowd) < self._bounds.uploads:
            return True
        pace = self._bounds.pace
        slowest = max(crowd, key=lambda body: body.slowness(pace))
        if slowest.age_s < self._bounds.upload_grace_s or slowest.slowness(pace) < 1:
            return False
        slowest.give_up()
        return True
