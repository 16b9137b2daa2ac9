"""What a link that was closed says to whoever has it: revoked, or on which day it ended.

Only a token that has opened the task or submission before learns it, or a browser that came by such a token. Tokens are
computed from the records of the closed shares, so nothing more is stored for this.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator

from portal.domain.errors import Unreadable
from portal.domain.message import Message
from portal.domain.submission import Submission
from portal.domain.task import TaskMeta
from portal.services.browsers import Browsers
from portal.services.shares import Grant, ShareService
from portal.services.submissions import SubmissionService


class ClosedLinks:
    """The links of tasks and submissions that opened them once and no longer do."""

    def __init__(self, shares: ShareService, submissions: SubmissionService, browsers: Browsers) -> None:
        self._shares = shares
        self._submissions = submissions
        self._browsers = browsers

    def of_token(self, opened: TaskMeta | Submission, token: str) -> Message | None:
        """Return why a token opens this no longer; None if it never did, or still does."""
        given = token.encode("utf-8", "surrogatepass")
        found = (why for _, former, why in self._ways(opened) if hmac.compare_digest(given, former.encode()))
        return next(found, None)

    def of_session(self, opened: TaskMeta | Submission, session: str) -> Message | None:
        """Return why the link by which a browser came opens this no longer; None if it came by no such link."""
        found = (why for grant, former, why in self._ways(opened) if self._browsers.came_by(session, grant, former))
        return next(found, None)

    def _ways(self, opened: TaskMeta | Submission) -> Iterator[tuple[Grant, str, Message]]:
        try:
            yield from self._shares.former_ways(opened)
            submission = self._submissions.of_task(opened) if isinstance(opened, TaskMeta) else None
            if submission is not None:
                yield from self._shares.former_ways(submission)
        except (Unreadable, OSError):
            return  # nobody can tell at the moment: the answer is that of a wrong token
