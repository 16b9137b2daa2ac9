"""What the tokens made with the portal's secret open: the tasks and submissions of a folder."""

from __future__ import annotations

from dataclasses import dataclass

from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir


@dataclass(frozen=True)
class TokensInUse:
    """The numbers of tasks and submissions that can be opened by tokens."""

    tasks: int = 0
    submissions: int = 0

    @classmethod
    def of(cls, portal: PortalDir) -> TokensInUse:
        """Return the numbers for a folder; nothing is opened, only names are read."""
        return cls(len(portal.task_ids()), len(SubmissionFolders(portal).ids()))
