"""Sessions of browsers: one random value per browser, and a mark in each task and submission that it has opened.

A browser keeps about 180 cookies per host, so it cannot have one for each task. Its session is a random value with a
signature. It contains no token, and no token can be computed from it; a mark derives from the session and the token, so
that it is worthless for another browser, and for a later task of the same id.
"""

from __future__ import annotations

import base64
import hmac
import logging
import re
import secrets
from collections.abc import Mapping

from portal.domain.errors import CorruptRecord, NotFound, NotReady
from portal.domain.message import Message
from portal.domain.submission import Submission
from portal.domain.task import TaskMeta
from portal.files.browsers import BrowserMarks
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.services.secrets import Keyring
from portal.services.submission_keys import Access
from portal.services.submissions import SubmissionService
from portal.services.tasks import TaskService

log = logging.getLogger(__name__)

# Per task or submission. Apart for each access: who only has the link to look cannot push the owner's browser out.
MOST_BROWSERS: Mapping[str, int] = {Access.OWNER: 100, Access.VIEW: 500}
_NAME_BYTES, _SIGNATURE_BYTES = 18, 18
_NAME_CHARS = 24  # of base64, for 18 bytes
_FORM = re.compile(r"[A-Za-z0-9_-]{48}")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


class Browsers:
    """Which browsers may open which tasks and submissions."""

    def __init__(self, portal: PortalDir, keyring: Keyring, tasks: TaskService, submissions: SubmissionService) -> None:
        self._portal = portal
        self._keyring = keyring
        self._tasks = tasks
        self._submissions = submissions
        self._folders = SubmissionFolders(portal)

    def new_session(self) -> str:
        """Return the session of a browser that has none: 48 characters, URL-safe. Nothing is stored for it."""
        return self._signed(_text(secrets.token_bytes(_NAME_BYTES)))

    def is_session(self, session: str) -> bool:
        """Tell, in constant time, whether the portal has made this session."""
        return _FORM.fullmatch(session) is not None and hmac.compare_digest(
            session, self._signed(session[:_NAME_CHARS])
        )

    def _signed(self, name: str) -> str:
        return name + _text(self._keyring.derive("browser session", name)[:_SIGNATURE_BYTES])

    def access(self, owner: TaskMeta | Submission, session: str) -> Access | None:
        """Return what a session may do with a task or submission; a submission's browsers may open its tasks too."""
        marks = self._marks(owner)
        found: list[Access | None] = [
            access for access in Access if marks.has(access, self._mark(session, owner, access))
        ]
        if Access.OWNER not in found and isinstance(owner, TaskMeta):
            submission = self._submissions.of_task(owner)
            found += [] if submission is None else [self.access(submission, session)]
        return next((access for access in Access if access in found), None)

    def let_in(self, session: str, owner: TaskMeta | Submission, access: Access) -> None:
        """Let a session open a task or submission from now on.

        Raises:
            NotFound: it is gone.
            NotReady, StorageFull: this cannot be written down at the moment.
        """
        try:
            self._marks(owner).add(access, self._mark(session, owner, access))
        except FileNotFoundError as error:
            raise NotFound(Message("task.unknown")) from error
        except (OSError, CorruptRecord) as error:
            log.error("a browser's mark cannot be written: %s", error)
            raise NotReady(Message("task.being_repaired")) from error

    def _marks(self, owner: TaskMeta | Submission) -> BrowserMarks:
        if isinstance(owner, TaskMeta):
            return BrowserMarks(self._portal.task(owner.task_id).path, MOST_BROWSERS)
        return BrowserMarks(self._folders.folder(owner.submission_id), MOST_BROWSERS)

    def _mark(self, session: str, owner: TaskMeta | Submission, access: Access) -> str:
        return self._keyring.derive("browser mark", f"{session}\0{self._token(owner, access)}").hex()

    def _token(self, owner: TaskMeta | Submission, access: Access) -> str:
        if isinstance(owner, TaskMeta):
            return self._tasks.token(owner, access)
        return self._submissions.token(owner, access)
