"""Deletions that can be undone for some minutes: each gives a receipt, and who holds it brings back what was deleted.

The receipt names the task or submission and the moment when its files go, and is signed: nothing is stored for it.
"""

from __future__ import annotations

import base64
import hmac
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from portal.domain.errors import Conflict, NotFound
from portal.domain.message import Message
from portal.domain.submission import Submission
from portal.domain.task import TaskMeta
from portal.files.taskdir import PortalDir
from portal.files.wishes import can_undo, withdraw_deletion
from portal.files.withdrawn import WithdrawnSubmissions
from portal.services.secrets import Keyring
from portal.services.submissions import SubmissionService
from portal.services.tasks import TaskService

log = logging.getLogger(__name__)

UNDO_FOR = timedelta(minutes=10)
# The clocks of the web process and of the poller may differ by that much.
_MARGIN = timedelta(seconds=15)
# Kind and id, when it is due (s since 1970), its name in Base64, the signature.
_RECEIPT = re.compile(r"([ts])([a-z2-7]{12})\.([0-9]{1,11})\.([A-Za-z0-9_=-]{0,320})\.([A-Za-z0-9_-]{24})")
_SIGNATURE_BYTES = 18
_LONGEST_NAME = 60


@dataclass(frozen=True)
class Deletion:
    """A deletion that can be undone until `until`; `receipt` is what undoes it."""

    is_task: bool
    deleted_id: str
    name: str  # cut to 60 characters; empty for a submission without one
    until: datetime
    receipt: str


class UndoService:
    """Deletes tasks and submissions so that they can be brought back."""

    def __init__(
        self,
        portal: PortalDir,
        keyring: Keyring,
        tasks: TaskService,
        submissions: SubmissionService,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._portal = portal
        self._keyring = keyring
        self._tasks = tasks
        self._submissions = submissions
        self._withdrawn = WithdrawnSubmissions(portal)
        self._now = now

    def delete_task(self, task: TaskMeta) -> Deletion:
        """Delete a task; see `TaskService.delete`."""
        due = self._due()
        name = self._submissions.annotations.of(task.task_id).values.called(task.filename)
        self._tasks.delete(task, due=due)
        return self._deletion(True, task.task_id, name, due)

    def delete_submission(self, submission: Submission) -> Deletion:
        """Delete a submission with all of its tasks; see `SubmissionActions.delete`."""
        due = self._due()
        self._submissions.actions.delete(submission, due=due)
        return self._deletion(False, submission.submission_id, submission.label, due)

    def read(self, receipt: str) -> Deletion | None:
        """Return the deletion that a receipt undoes; None if it is not one, or it is too late."""
        deletion = self.recognise(receipt)
        return deletion if deletion is not None and self.can_undo(deletion) else None

    def can_undo(self, deletion: Deletion) -> bool:
        """Tell whether a deletion can still be undone."""
        return can_undo(deletion.until, self._now())

    def recognise(self, receipt: str) -> Deletion | None:
        """Return the deletion of a receipt, be it too late to undo it or not; None if the portal did not make it."""
        found = _RECEIPT.fullmatch(receipt)
        if found is None:
            return None
        kind, deleted_id, due, name, mark = found.groups()
        if not hmac.compare_digest(mark, self._mark(receipt.rpartition(".")[0])):
            return None
        shown = base64.urlsafe_b64decode(name).decode()
        return self._deletion(kind == "t", deleted_id, shown, datetime.fromtimestamp(int(due), UTC))

    def bring_back(self, deletion: Deletion) -> None:
        """Undo a deletion; jobs that it ended stay ended. A repeat is no error.

        Raises:
            Conflict: the files are gone, or the same was announced again meanwhile.
        """
        log.info("%s: the deletion was undone", deletion.deleted_id)
        if deletion.is_task:
            back = withdraw_deletion(self._portal, deletion.deleted_id, self._due_of(deletion))
        else:
            back = self._bring_submission_back(deletion)
        if not back:
            raise Conflict(Message("task.undo_late"))

    def _bring_submission_back(self, deletion: Deletion) -> bool:
        due = self._due_of(deletion)
        try:
            if not self._withdrawn.bring_back(deletion.deleted_id, due):
                return False
            submission = self._submissions.read(deletion.deleted_id)
        except (OSError, NotFound) as error:
            log.error("submission %s cannot be brought back: %s", deletion.deleted_id, error)
            return False
        for item in submission.items:
            withdraw_deletion(self._portal, self._submissions.task_id(submission, item.n), due)
        return True

    def _due(self) -> datetime:
        """Return when the files of what is deleted now go; a receipt holds whole seconds."""
        return self._now().replace(microsecond=0) + UNDO_FOR + _MARGIN

    @staticmethod
    def _due_of(deletion: Deletion) -> datetime:
        return deletion.until + _MARGIN

    def _deletion(self, is_task: bool, deleted_id: str, name: str, due: datetime) -> Deletion:
        shown = name[:_LONGEST_NAME]
        coded = base64.urlsafe_b64encode(shown.encode("utf-8", "replace")).decode()
        text = f"{'t' if is_task else 's'}{deleted_id}.{int(due.timestamp())}.{coded}"
        return Deletion(is_task, deleted_id, shown, due - _MARGIN, f"{text}.{self._mark(text)}")

    def _mark(self, text: str) -> str:
        return base64.urlsafe_b64encode(self._keyring.derive("undo", text)[:_SIGNATURE_BYTES]).decode()
