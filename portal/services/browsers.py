"""Sessions of browsers: one random value per browser, and a mark in each task and submission that it has opened.

A browser keeps about 180 cookies per host, so it cannot have one for each task. Its session is a random value with a
signature. It contains no token, and no token can be computed from it; a mark derives from the session and the token, so
that it is worthless for another browser, for a later task of the same id, and once its link has been taken back.
"""

from __future__ import annotations

import base64
import hmac
import logging
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from portal.domain.errors import CorruptRecord, NotFound, NotReady, StorageFull
from portal.domain.message import Message
from portal.domain.submission import Submission
from portal.domain.task import TaskMeta
from portal.files.browsers import BrowserMarks
from portal.files.opened import OpenedEntry, OpenedList
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.services.secrets import Keyring
from portal.services.shares import Grant
from portal.services.submission_keys import Access
from portal.services.submissions import SubmissionService
from portal.services.tasks import TaskService

log = logging.getLogger(__name__)

# Per task or submission. Apart for each way in: who has one link cannot push out the browsers that came by another.
MOST_BROWSERS: Mapping[str, int] = {Access.OWNER: 100, Access.VIEW: 500}
MOST_BROWSERS_OF_A_SHARE = 100
_NAME_BYTES, _SIGNATURE_BYTES = 18, 18
_NAME_CHARS = 24  # of base64, for 18 bytes
_FORM = re.compile(r"[A-Za-z0-9_-]{48}")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()


@dataclass(frozen=True)
class OtherBrowsers:
    """Browsers besides the one that asks: what they may do, by which share (0: none), how many, the last one's time."""

    access: Access
    share: int
    count: int
    last_at: datetime


class Browsers:
    """Which browsers may open which tasks and submissions."""

    def __init__(self, portal: PortalDir, keyring: Keyring, tasks: TaskService, submissions: SubmissionService) -> None:
        self._portal = portal
        self._keyring = keyring
        self._shares = tasks.shares
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

    def access(self, opened: TaskMeta | Submission, session: str) -> Access | None:
        """Return what a session may do with a task or submission."""
        grant = self.grant(opened, session)
        return None if grant is None else grant.access

    def grant(self, opened: TaskMeta | Submission, session: str) -> Grant | None:
        """Return by which open way a session may come in; a submission's browsers may open its tasks too.

        Of several it is the one that gives most: the owner's, else one that shows all, else the newest snapshot.
        """
        found = self._best_way(opened, session)
        if isinstance(opened, TaskMeta) and (found is None or not found.is_owner):
            submission = self._submissions.of_task(opened)
            more = None if submission is None else self._best_way(submission, session)
            found = max((grant for grant in (found, more) if grant is not None), key=_worth, default=None)
        if found is not None:
            self._shares.note_use(found)
        return found

    def _best_way(self, opened: TaskMeta | Submission, session: str) -> Grant | None:
        best, marks = None, self._marks(opened)
        for grant, token in self._shares.ways(opened):
            if (best is None or _worth(grant) > _worth(best)) and marks.has(_way(grant), self._mark(session, token)):
                best = grant
                if best.is_owner:
                    break
        return best

    def came_by(self, session: str, grant: Grant, token: str) -> bool:
        """Tell whether a session came by a way in, open or not, which had this token."""
        return self._marks(grant.opened).has(_way(grant), self._mark(session, token))

    def let_in(self, session: str, grant: Grant, *, is_new: bool = False) -> None:
        """Let a session open a task or submission from now on, for as long as the way in stays open.

        `is_new`: the session was made for this.

        Raises:
            NotFound: it is gone.
            NotReady, StorageFull: this cannot be written down at the moment.
        """
        mark = self._mark(session, self._shares.token_of(grant))
        most = MOST_BROWSERS_OF_A_SHARE if grant.share else MOST_BROWSERS[grant.access]
        # First, since an entry that opens nothing is ignored, and a mark without one is not found by a search.
        self._list(session, grant.opened, is_new=is_new)
        try:
            self._marks(grant.opened).add(_way(grant), mark, most=most)
        except FileNotFoundError as error:
            raise NotFound(Message("task.unknown")) from error
        except (OSError, CorruptRecord) as error:
            log.error("a browser's mark cannot be written: %s", error)
            raise NotReady(Message("task.being_repaired")) from error

    def opened(self, session: str) -> OpenedList:
        """Return the list of what a session has opened; whether it still may must be asked of `grant`."""
        return OpenedList(self._portal, self._keyring.derive("browser list", session).hex()[:32])

    def _list(self, session: str, opened: TaskMeta | Submission, *, is_new: bool) -> None:
        try:
            self.opened(session).add(entry_of(opened), starts_complete=is_new)
        except (OSError, CorruptRecord, StorageFull) as error:  # the task itself can be opened all the same
            log.error("a task or submission is missing in the list of a browser: %s", error)

    def others(self, opened: TaskMeta | Submission, session: str | None) -> list[OtherBrowsers]:
        """Return how many other browsers have come in by each way that is open, the owner's first."""
        own, marks = self._own(opened, session), self._marks(opened).all()
        found = []
        for grant, _ in self._shares.ways(opened):
            made = [mark.made_at for mark in marks if mark.way == _way(grant) and (mark.way, mark.mark) not in own]
            if made:
                found.append(OtherBrowsers(grant.access, grant.share, len(made), max(made)))
        return found

    def end_others(self, opened: TaskMeta | Submission, session: str | None) -> None:
        """Let no browser but this one in any more; who has a token may come in again by it."""
        own, marks = self._own(opened, session), self._marks(opened)
        for mark in marks.all():
            if (mark.way, mark.mark) not in own:
                marks.drop(mark.way, mark.mark)

    def revoke_share(self, opened: TaskMeta | Submission, share: int) -> None:
        """Take a share back; see `ShareService.revoke` for errors.

        The marks of the browsers that came by it stay as long as it is listed: they let nobody in, and tell why.
        """
        self._shares.revoke(opened, share)
        listed = {_way(Grant(opened, Access.VIEW, each.n)) for each in self._shares.all(opened)}
        marks = self._marks(opened)
        for mark in marks.all():
            if mark.way.startswith("share") and mark.way not in listed:
                marks.drop(mark.way, mark.mark)

    def replace_view_token(self, opened: TaskMeta | Submission) -> str:
        """Return the next standing token that only reads; see `ShareService.replace_view_token` for errors."""
        token = self._shares.replace_view_token(opened)
        marks = self._marks(opened)
        for mark in marks.all():
            if mark.way == Access.VIEW.value:  # they let nobody in, and would push out those of the next token
                marks.drop(mark.way, mark.mark)
        return token

    def _own(self, opened: TaskMeta | Submission, session: str | None) -> set[tuple[str, str]]:
        if session is None:
            return set()
        return {(_way(grant), self._mark(session, token)) for grant, token in self._shares.ways(opened)}

    def _marks(self, opened: TaskMeta | Submission) -> BrowserMarks:
        if isinstance(opened, TaskMeta):
            return BrowserMarks(self._portal.task(opened.task_id).path)
        return BrowserMarks(self._folders.folder(opened.submission_id))

    def _mark(self, session: str, token: str) -> str:
        return self._keyring.derive("browser mark", f"{session}\0{token}").hex()


def entry_of(opened: TaskMeta | Submission) -> OpenedEntry:
    """Return the entry of a task or submission in the lists of browsers."""
    return (
        OpenedEntry(True, opened.task_id) if isinstance(opened, TaskMeta) else OpenedEntry(False, opened.submission_id)
    )


def _worth(grant: Grant) -> tuple[bool, bool, float]:
    """Return what a grant gives, for comparison: all rights, all results, and of snapshots the time."""
    shows_all = grant.snapshot is None
    return grant.is_owner, shows_all, 0.0 if grant.snapshot is None else grant.snapshot.at.timestamp()


def _way(grant: Grant) -> str:
    return f"share{grant.share}" if grant.share else grant.access.value
