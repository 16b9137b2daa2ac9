"""Submissions of many genomes: read them, send their genomes, and the parts that announce them and act on them.

Each item becomes an ordinary task; its id derives from submission and number.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from portal.domain.errors import (
    Conflict,
    CorruptRecord,
    InvalidInput,
    NewerFormat,
    NotFound,
    NotReady,
    NotShown,
    PortalError,
    StorageFull,
)
from portal.domain.message import Message
from portal.domain.person import Person
from portal.domain.submission import ItemStatus, Submission, SubmissionItem
from portal.domain.task import TaskMeta
from portal.files.snapshots import ShareSnapshot
from portal.files.staging import StagedUpload
from portal.files.submission_refusals import read_refusals, write_refusal
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.files.withdrawn import WithdrawnSubmissions
from portal.services.acceptance import Acceptance, Asked
from portal.services.admission import Admission
from portal.services.annotations import AnnotatedStrain, AnnotationService
from portal.services.announcer import Announcer
from portal.services.answers import CreatedTask
from portal.services.notification_requests import NotificationRequests
from portal.services.reservations import Reservations
from portal.services.secrets import Keyring
from portal.services.shares import Grant
from portal.services.snapshots import SubmissionThen
from portal.services.submission_actions import SubmissionActions
from portal.services.submission_bundle import BundleMaker, SubmissionBundle
from portal.services.submission_grid import GridBy, GridRow, LabelledRow, SubmissionGrid, labelled
from portal.services.submission_keys import Access, SubmissionKeys
from portal.services.submission_progress import SubmissionProgress, SubmissionView
from portal.services.submission_tables import SubmissionTables
from portal.services.tasks import TaskService

log = logging.getLogger(__name__)


class SubmissionService:
    """Use cases of a submission."""

    def __init__(
        self,
        portal: PortalDir,
        tasks: TaskService,
        acceptance: Acceptance,
        admission: Admission,
        reservations: Reservations,
        keyring: Keyring,
        notifications: NotificationRequests,
    ) -> None:
        self._tasks = tasks
        self._acceptance = acceptance
        self._keys = SubmissionKeys(keyring)
        self._folders = SubmissionFolders(portal)
        self._bundles = BundleMaker(tasks)
        self._grid = SubmissionGrid(tasks)
        self._progress = SubmissionProgress(portal, self._folders, self._keys, tasks.view_of)
        self.annotations = AnnotationService(portal, self.of_task, self._progress.task_ids)
        self.tables = SubmissionTables(tasks, self.refusals, self.annotations)
        self.announcer = Announcer(portal, admission, reservations, keyring, notifications, read=self.read)
        self.actions = SubmissionActions(tasks, self._folders, WithdrawnSubmissions(portal), self.look)

    # -- queries

    def open(
        self, submission_id: str, token: str, wanted: Access = Access.VIEW, *, person: Person | None = None
    ) -> Submission:
        """Return a submission if the token may read it, or with `Access.OWNER`, change it; its owner needs no token.

        Raises:
            NotFound: no such submission, or a wrong token; the answer is the same.
        """
        submission = self.read(submission_id)
        if person is not None and person.owns(submission.owner):
            return submission
        grant = self.grant(submission, token)
        if grant is None or (wanted is Access.OWNER and not grant.is_owner):
            raise NotFound(Message("submission.unknown"))
        return self._tasks.snapshots.submission(submission, grant)

    def read(self, submission_id: str) -> Submission:
        """Return a submission, for callers that check the access themselves.

        Raises:
            NotFound: there is none.
            NotReady: it cannot be read.
        """
        try:
            return self._folders.read(submission_id)
        except (CorruptRecord, NewerFormat) as error:
            log.error("submission %s cannot be read: %s", submission_id, error.message)
            raise NotReady(Message("submission.unreadable")) from error

    def of_task(self, task: TaskMeta) -> Submission | None:
        """Return the submission that a task belongs to; None if there is none, or it cannot be read."""
        try:
            submission = self.read(task.submission)
        except PortalError:
            return None
        return submission if task.task_id in self.task_ids(submission) else None

    def task_grant(self, task: TaskMeta, token: str) -> Grant | None:
        """Return what a token of a task's submission allows; None if the task has no submission."""
        submission = self.of_task(task)
        return None if submission is None else self.grant(submission, token)

    def snapshot(self, submission: Submission) -> tuple[ShareSnapshot, int]:
        """Return what is completed now, and of how many items; raise Conflict if nothing is."""
        return self._tasks.snapshots.of_submission(self.look(submission), self._tasks.record, self.annotations.of)

    def look(self, submission: Submission) -> SubmissionView:
        """Return the submission with the state of its items."""
        view = self._progress.look(submission, self._tasks.queue(), datetime.now(UTC))
        if isinstance(submission, SubmissionThen):
            return self._tasks.snapshots.rows(view, submission.then, self._tasks.record)
        return view

    def kept_until(self, view: SubmissionView) -> tuple[datetime, datetime] | None:
        """Return when the first and the last task of those that have ended are removed; None if none of them is.

        What an operator keeps since it was last read does not count.
        """
        kept = self._folders.kept_by_operators
        dates = [row.expires for row in view.rows if row.expires is not None and not kept(row.task_id)]
        return (min(dates), max(dates)) if dates else None

    def completed(self, submission: Submission) -> list[TaskMeta]:
        """Return the tasks of all items with results, in their order, as their last completed run left them.

        Raises:
            Conflict: there are fewer than two of them.
        """
        tasks = []
        for row in self.look(submission).rows:
            if row.has_results:
                with contextlib.suppress(NotFound, NotReady, NotShown):  # it was removed at this very moment
                    tasks.append(self._tasks.results_of(row))
        if len(tasks) < 2:
            raise Conflict(Message("submission.too_few"))
        return tasks

    def bundle(self, submission: Submission) -> SubmissionBundle:
        """Return all bundles as one archive; raise Conflict if there is none, NotReady if one is unreadable."""
        view = self.look(submission)
        names = {task_id: found.values.name for task_id, found in self.tables.annotations(view).items()}
        return self._bundles.make(view, names)

    def grid(self, view: SubmissionView, by: GridBy) -> list[GridRow]:
        """Return the results of each genome, in the order of the submission."""
        return self.strains(labelled(view), by)

    def strains(self, genomes: Iterable[LabelledRow], by: GridBy) -> list[GridRow]:
        """Return the results of genomes, of whatever submission or none; the caller has checked the access."""
        return self._grid.rows(genomes, by)

    def annotated_strains(self, submission: Submission) -> list[AnnotatedStrain]:
        """Return the strains of a submission as annotations name them, in its order."""
        absent = (ItemStatus.AWAITED, ItemStatus.REFUSED, ItemStatus.LAPSED, ItemStatus.DELETED)
        return [
            AnnotatedStrain(genome.label, genome.item.task_id, genome.item.status not in absent)
            for genome in labelled(self.look(submission))
        ]

    def task_ids(self, submission: Submission) -> tuple[str, ...]:
        """Return the ids of all items' tasks, in their order; whether a task is of a submission, they alone tell."""
        return self._progress.task_ids(submission)

    def task_id(self, submission: Submission, n: int) -> str:
        """Return the id of an item's task."""
        return self._keys.task_id(submission.submission_id, n)

    def item_task_id(self, submission_id: str, n: int) -> str:
        """Return the id that the task of an item has, or would have."""
        return self._keys.task_id(submission_id, n)

    def refusals(self, submission: Submission) -> Mapping[int, Message]:
        """Return why genomes were refused, by item number."""
        return read_refusals(self._folders.folder(submission.submission_id))

    def token(self, submission: Submission, access: Access) -> str:
        """Return a standing token of a submission; the read-only one may be shared."""
        return self._tasks.shares.token(submission, access)

    def grant(self, submission: Submission, token: str) -> Grant | None:
        """Return what a token allows by the submission's own tokens and shares; None if it is not one of them."""
        return self._tasks.shares.grant(submission, token)

    # -- sending

    def item(self, submission: Submission, n: int) -> SubmissionItem:
        """Return an item that may be sent.

        Raises:
            NotFound: there is no item with this number.
            Conflict: the time for sending it is over, or the submission was closed without it.
        """
        item = submission.item(n)
        if item is None:
            raise NotFound(Message("submission.no_item", n=n, count=len(submission.items)))
        closed = self._folders.is_closed(submission.submission_id)
        over = closed or datetime.now(UTC) > submission.upload_until
        if over and n not in self._folders.received(submission.submission_id):
            raise _closed(item) if closed else Conflict(Message("submission.lapsed"))
        return item

    def present(self, submission: Submission, n: int) -> CreatedTask | None:
        """Return the existing task of an item, if any."""
        task_id = self._keys.task_id(submission.submission_id, n)
        try:
            return CreatedTask(self._tasks.view_of(task_id), "", created=False)
        except NotFound:
            return None

    def begin_item(self) -> StagedUpload:
        """Return a receiver for an item's chunks; its room is already reserved.

        Raises:
            StorageFull: something else has filled the disk meanwhile.
        """
        return self._acceptance.begin_promised()

    def accept(self, submission: Submission, item: SubmissionItem, upload: StagedUpload) -> CreatedTask:
        """Turn a finished upload into a task. The upload is removed in any case.

        Raises:
            InvalidInput: the file is not FASTA, or not the one that was announced.
            Conflict: the submission was closed while it arrived.
            StorageFull: no room.
        """
        try:
            if (upload.size, upload.sha256) != (item.size, item.sha256):
                raise InvalidInput(Message("item.not_announced"))
            try:
                upload.finish(submission.parameters["sequence_kind"])
            except InvalidInput as error:
                self.note_refusal(submission, item.n, error)
                raise
            if not self._folders.begin_receiving(submission.submission_id, item.n, upload.name):
                raise _closed(item)
            return self._make_task(submission, item, upload)
        finally:
            upload.abandon()

    def _make_task(self, submission: Submission, item: SubmissionItem, upload: StagedUpload) -> CreatedTask:
        submission_id = submission.submission_id
        upload.before_removal(lambda: self._folders.take_back(upload.name, submission_id=submission_id, n=item.n))
        created = self._acceptance.accept(
            upload,
            Asked(item.label, submission.lang, submission.parameters, submission_id),
            task_id=self._keys.task_id(submission_id, item.n),
            client=submission.submitter,
            owner=submission.owner,
        )
        with contextlib.suppress(PortalError, OSError):  # what was begun says the same, now that the upload is gone
            self._folders.mark_received(submission_id, item.n, upload.name)
        return created

    def close(self, submission: Submission) -> SubmissionView:
        """Give up the items that have not arrived, so that the submission is complete without them; may be repeated.

        Raises:
            NotReady: it cannot be done at the moment.
            StorageFull: no room for the record of it.
        """
        self._folders.close(submission)
        view = self.look(submission)
        if view.is_closed:
            log.info("submission %s: closed without %d", submission.submission_id, view.counts[ItemStatus.LAPSED])
        return view

    def note_refusal(self, submission: Submission, n: int, error: InvalidInput) -> None:
        """Store why a genome was refused, for later readers; transfer damage is not the file's fault."""
        if error.reason.code.startswith("fasta."):
            with contextlib.suppress(OSError, StorageFull):  # the sender gets the error in any case
                write_refusal(self._folders.folder(submission.submission_id), n, error.message)


def _closed(item: SubmissionItem) -> Conflict:
    return Conflict(Message("submission.closed", label=item.label))
