"""Compare several finished tasks on demand: tables, pictures and a bundle.

Runs in the web process, which starts `portal.pipeline.compare.job` as a separate process, one at a time, and keeps the
output below `.portal/compare/<key>`. The key derives from the checksums of the results and from what the strains are
called: the same tasks in the same order are compared once, another attempt or name makes another comparison. The
janitor removes the folders.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import shutil
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal import __version__
from portal.domain.errors import Conflict, InvalidRequest, NotFound, NotReady, PortalError, StorageFull, TooManyRequests
from portal.domain.message import Message
from portal.domain.runs import last_good
from portal.domain.status import Lang, PipelineStage
from portal.domain.submission import MOST_ITEMS
from portal.domain.task import TaskMeta
from portal.files.atomic import encode_json
from portal.files.snapshots import ShareSnapshot
from portal.files.taskdir import PortalDir
from portal.results.names import COMPARE_FILES, SCORES_JSON, SPECIES_JSON, TOXINS_JSON
from portal.services.secrets import Keyring
from portal.services.shares import Grant
from portal.services.submissions import SubmissionService
from portal.services.tasks import TaskService

log = logging.getLogger(__name__)

LEAST, MOST = 2, MOST_ITEMS  # a whole submission
_READ = frozenset({TOXINS_JSON, SCORES_JSON, SPECIES_JSON})
_WAITING = 4  # requests that may wait in one worker
_CODE_DISK_FULL, _CODE_UNREADABLE = 28, 2


@dataclass(frozen=True)
class ComparisonBounds:
    """Limits of one comparison."""

    wall_s: float = 120.0  # a thousand strains took 12 s of CPU
    cpu_s: int = 60
    memory_mb: int = 2048


class _Ways:
    """The ways into the tasks of one request. What they share is read once: a submission, its shares, a snapshot."""

    def __init__(self, tasks: TaskService, submissions: SubmissionService) -> None:
        self._tasks = tasks
        self._submissions = submissions
        self._of: dict[str, tuple[frozenset[str], list[tuple[Grant, str]]]] = {}
        self._then: dict[tuple[str, int], ShareSnapshot] = {}

    def into(self, task: TaskMeta) -> Iterator[tuple[Grant, str]]:
        """Yield the ways into a task with their tokens: its own, then those of the submission that it is of."""
        yield from self._tasks.shares.ways(task)
        members, ways = self._of_submission(task.submission)
        if task.task_id in members:  # a record may name any submission
            yield from ways

    def _of_submission(self, submission_id: str) -> tuple[frozenset[str], list[tuple[Grant, str]]]:
        if submission_id not in self._of:
            try:
                submission = self._submissions.read(submission_id)
            except PortalError:  # there is none, or nobody can tell whether the task is of it
                self._of[submission_id] = frozenset(), []
            else:
                members = frozenset(self._submissions.task_ids(submission))
                self._of[submission_id] = members, list(self._tasks.shares.ways(submission))
        return self._of[submission_id]

    def shown(self, task: TaskMeta, grant: Grant) -> TaskMeta:
        """Return what a grant shows of a task; see `Snapshots.task` for errors."""
        if grant.snapshot is None or isinstance(grant.opened, TaskMeta):
            return self._tasks.snapshots.task(task, grant)
        key = grant.opened.submission_id, grant.share
        if key not in self._then:
            self._then[key] = self._tasks.snapshots.read(grant)
        return self._tasks.snapshots.task_then(task, self._then[key])


class CompareService:
    """Comparisons of tasks, authorised by tokens of theirs or of their submission, or by tickets in place of tokens."""

    def __init__(
        self,
        portal: PortalDir,
        tasks: TaskService,
        submissions: SubmissionService,
        keyring: Keyring,
        *,
        bounds: ComparisonBounds = ComparisonBounds(),
    ) -> None:
        self._portal = portal
        self._tasks = tasks
        self._submissions = submissions
        self._keyring = keyring
        self._bounds = bounds
        self._one_at_a_time = threading.Lock()
        self._line = threading.BoundedSemaphore(_WAITING)

    def open(self, asked: Sequence[tuple[str, str]]) -> list[TaskMeta]:
        """Return the tasks for pairs of (task id, token or ticket), as their last completed run left them.

        Raises:
            InvalidRequest: a task is given twice.
            NotFound: no such task, or the token is wrong.
            NotShown: the token is of a snapshot, and the results of then are no longer kept.
            Conflict: no run of a task has completed.
        """
        if len({task_id for task_id, _ in asked}) < len(asked):
            raise InvalidRequest(Message("compare.twice"), errors={"tasks": [Message("field.once")]})
        ways = _Ways(self._tasks, self._submissions)
        opened = [self._open(task_id, token, ways) for task_id, token in asked]
        tasks = [good for task in opened if (good := last_good(task)) is not None]
        unfinished = [task.task_id for task in opened if last_good(task) is None]
        if unfinished:
            named = [Message("field.unfinished", task_id=task_id) for task_id in unfinished]
            raise Conflict(Message("compare.unfinished"), errors={"tasks": named})
        return tasks

    def _open(self, task_id: str, token: str, ways: _Ways) -> TaskMeta:
        task = self._tasks.record(task_id)
        is_ticket = "." in token  # which every ticket has, and no token
        given = token.encode("utf-8", "surrogatepass")
        for grant, right in ways.into(task):
            if is_ticket:
                opens = self._keyring.ticket_opens(token, task_id, right)
            else:
                opens = hmac.compare_digest(given, right.encode())
            if opens:
                if not is_ticket:
                    self._tasks.shares.note_use(grant)
                return ways.shown(task, grant)
        raise NotFound(Message("task.unknown"))

    def ticket(self, task: TaskMeta, grant: Grant) -> str:
        """Return what stands for a task's token in a comparison for ten minutes, while the way in stays open."""
        return self._keyring.ticket(task.task_id, self._tasks.shares.token_of(grant))

    def file(self, strains: Sequence[tuple[str, TaskMeta]], lang: Lang, name: str) -> Path:
        """Return one file of the comparison of tasks, each with what its strain is called, made if necessary.

        Raises:
            TooManyRequests: too many comparisons are requested at once.
            NotReady: it took too long, or a result cannot be read.
            StorageFull: no room on the disk.
        """
        if name not in COMPARE_FILES:
            raise NotFound(Message("results.no_such_file"))
        order = self._order(strains, lang)
        folder = self._portal.comparisons / self._key(strains, lang)
        if not (folder / name).is_file():
            self._verify([task for _, task in strains])
            self._make_in_turn(order, folder)
        return folder / name

    def _verify(self, tasks: Sequence[TaskMeta]) -> None:
        """Raise NotReady if a file that is about to be read is not the one that its stage produced."""
        for task in tasks:
            for file in self._tasks.results(task):
                if file.name in _READ:
                    self._tasks.shelf.open_file(task, file).close()

    def _order(self, strains: Sequence[tuple[str, TaskMeta]], lang: Lang) -> dict[str, Any]:
        folders = [
            [self._tasks.shelf.stage_dir(task, stage) for stage in (PipelineStage.DIGGER, PipelineStage.SHOTER)]
            for _, task in strains
        ]
        return {
            "lang": lang.value,
            "date": max(task.submission_time for _, task in strains).isoformat(),
            "cpu_s": self._bounds.cpu_s,
            "memory_mb": self._bounds.memory_mb,
            "tasks": [
                {"label": label, "digger": str(digger.out), "shoter": str(shoter.out)}
                for (label, _), (digger, shoter) in zip(strains, folders, strict=True)
                if digger and shoter
            ],
        }

    def _key(self, strains: Sequence[tuple[str, TaskMeta]], lang: Lang) -> str:
        made = [
            [task.task_id, label, sorted(f"{file.name} {file.sha256}" for file in self._tasks.results(task))]
            for label, task in strains
        ]
        return hashlib.sha256(encode_json({"portal": __version__, "lang": lang.value, "tasks": made})).hexdigest()[:32]

    def _make_in_turn(self, order: dict[str, Any], folder: Path) -> None:
        if not self._line.acquire(blocking=False):
            raise TooManyRequests(Message("compare.busy"), retry_after_s=10)
        try:
            if not self._one_at_a_time.acquire(timeout=self._bounds.wall_s):
                raise TooManyRequests(Message("compare.busy"), retry_after_s=10)
            try:
                if not folder.is_dir():
                    self._make(order, folder)
            finally:
                self._one_at_a_time.release()
        finally:
            self._line.release()

    def _make(self, order: dict[str, Any], folder: Path) -> None:
        """Make the files in a separate folder, which gets its final name when it is complete."""
        half_made = folder.with_name(f"{folder.name}~{uuid.uuid4().hex[:8]}")
        try:
            half_made.mkdir(parents=True)
            self._run({**order, "out": str(half_made)})
            half_made.rename(folder)
        except OSError as error:
            if not folder.is_dir():  # otherwise another worker was faster
                raise _as_portal_error(error) from error
        finally:
            shutil.rmtree(half_made, ignore_errors=True)

    def _run(self, order: dict[str, Any]) -> None:
        command = [sys.executable, "-m", "portal.pipeline.compare.job"]
        try:
            done = subprocess.run(
                command,
                input=json.dumps(order),
                capture_output=True,
                text=True,
                timeout=self._bounds.wall_s,
                check=False,
                env=_environment(),
                start_new_session=True,
            )
        except subprocess.TimeoutExpired as error:
            raise NotReady(Message("compare.too_long")) from error
        if done.returncode == _CODE_DISK_FULL:
            raise StorageFull(Message("disk.full"))
        if done.returncode == _CODE_UNREADABLE:
            raise NotReady(Message("compare.unreadable", reason=_reason(done.stdout)))
        if done.returncode:
            log.error("the comparison ended with code %s: %s", done.returncode, done.stderr[-2000:])
            raise NotReady(Message("compare.failed"))


def _as_portal_error(error: OSError) -> NotReady | StorageFull:
    if error.errno == _CODE_DISK_FULL:
        return StorageFull(Message("disk.full"))
    return NotReady(Message("compare.not_kept"))


def _reason(said: str) -> Message:
    """Return the message that the process reported as JSON."""
    return Message.from_json(json.loads(said))


def _environment() -> dict[str, str]:
    """Return the process's environment, without our secrets; one thread, so that requests keep their cores."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "PYTHONPATH", "TMPDIR") if name in os.environ}
    return {**kept, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
