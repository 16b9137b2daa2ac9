"""The result files of a task: list, locate and read them."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO, TypeVar

import msgspec

from portal.domain.errors import Conflict, CorruptRecord, NotFound, NotReady, Unreadable
from portal.domain.message import Message
from portal.domain.runs import good_run
from portal.domain.status import STAGE_ORDER, PipelineStage, TaskStatus
from portal.domain.task import TaskMeta
from portal.files.document import LIMIT_BYTES, read_document
from portal.files.reports import OutputFile, Sentinel
from portal.files.safe_open import open_to_read, read_bytes
from portal.files.submission import TaskRequest
from portal.files.taskdir import PortalDir, StageDir
from portal.files.verified import VerifiedFiles
from portal.results.codec import DocumentError, from_json
from portal.results.media import content_type
from portal.results.names import BUNDLE_ZIP, FOLDERS
from portal.services.answers import ResultFile

D = TypeVar("D", bound=msgspec.Struct)

log = logging.getLogger(__name__)

# The web process loads no larger result into memory.
RESULT_LIMIT_BYTES = 32 * 1024**2
# A sentinel is read on each visit, and parsed again only if its bytes have changed.
_KEPT_SENTINELS, _KEPT_SENTINEL_BYTES = 256, 32 * 1024


@lru_cache(maxsize=_KEPT_SENTINELS)
def _outputs_in(data: bytes, stage: PipelineStage) -> tuple[ResultFile, ...]:
    """Return the outputs of a stage by the bytes of its sentinel, none if it failed; raise Unreadable."""
    sentinel = Sentinel.parse(data, name="sentinel.json", stage=stage.value)
    outputs = sentinel.outputs if sentinel.succeeded else ()
    folder = FOLDERS[stage]
    return tuple(
        ResultFile(each.name, stage.value, folder, each.size, each.sha256, content_type(each.name)) for each in outputs
    )


class ResultShelf:
    """Result files named by sentinels; nothing else in a task's folder can be reached from here."""

    def __init__(self, portal: PortalDir) -> None:
        self._portal = portal
        self._verified = VerifiedFiles()

    def request(self, task_id: str) -> TaskRequest:
        """Return the request made at submission; raise NotFound, or NotReady if it cannot be read."""
        try:
            return read_document(self._portal.task(task_id).request, TaskRequest)
        except FileNotFoundError as error:
            raise NotFound(Message("task.unknown")) from error
        except Unreadable as error:
            raise NotReady(Message("task.unreadable")) from error

    def stage_dir(self, task: TaskMeta, stage: PipelineStage) -> StageDir | None:
        """Return the folder that holds a stage's files: of this attempt, or of the one it builds on."""
        attempt = task.attempt
        if attempt is None:
            return None
        number = attempt.reuse.get(stage, attempt.number)
        return self._portal.task(task.task_id).attempt(number).stage(stage)

    def files(self, task: TaskMeta) -> list[ResultFile]:
        """Return the files of a completed task; for a failed one, those of its successful stages.

        Raises:
            Conflict: the task is still running, or failed before it produced anything.
        """
        found = list(self._found(task))
        if not found and task.status is TaskStatus.FAILED:
            raise _without_results(task, Message("results.none"))
        return found

    def _found(self, task: TaskMeta) -> Iterator[ResultFile]:
        """Yield the files stage by stage, each read when it is its turn."""
        if not task.status.is_final:
            raise _without_results(task, Message("results.not_yet"))
        for stage in STAGE_ORDER:
            yield from self._outputs(task, stage)

    def _outputs(self, task: TaskMeta, stage: PipelineStage) -> tuple[ResultFile, ...]:
        folder = self.stage_dir(task, stage)
        if folder is None:
            return ()
        try:
            data = read_bytes(folder.sentinel, limit_bytes=LIMIT_BYTES)
            outputs = _outputs_in if len(data) <= _KEPT_SENTINEL_BYTES else _outputs_in.__wrapped__
            return outputs(data, stage)
        except (Unreadable, OSError):
            return ()

    def open(self, task: TaskMeta, name: str) -> tuple[ResultFile, BinaryIO]:
        """Return one result file, opened, with the content that the stage produced.

        Raises:
            NotFound: no result has this name.
            NotReady: the file is gone or was replaced.
            Conflict: see `files`.
        """
        found = self.find(task, name)
        return found, self.open_file(task, found)

    def find(self, task: TaskMeta, name: str) -> ResultFile:
        """Return one result file by its name; raise NotFound or Conflict as `open` does."""
        found = next((file for file in self._found(task) if file.name == name), None)
        if found is not None:
            return found
        self.files(task)  # which says if there is none at all
        raise NotFound(Message("results.no_such_file"))

    def open_file(self, task: TaskMeta, file: ResultFile) -> BinaryIO:
        """Open one of the files returned by `files`; raise NotFound or NotReady as `open` does."""
        folder = self.stage_dir(task, PipelineStage(file.stage))
        if folder is None:
            raise NotFound(Message("results.no_such_file"))
        try:
            return self._verified.open(folder.out / file.name, OutputFile(file.name, file.size, file.sha256))
        except (CorruptRecord, OSError) as error:
            log.error("task %s: %s cannot be served: %s", task.task_id, file.name, error)
            raise NotReady(Message("results.unreachable")) from error

    def find_bundle(self, task: TaskMeta) -> ResultFile:
        """Return the ZIP of a completed task; raise Conflict if there is none."""
        if task.status is not TaskStatus.COMPLETED:
            raise _without_results(task, Message("results.no_bundle"))
        return self.find(task, BUNDLE_ZIP)

    def document(self, task: TaskMeta, name: str, kind: type[D]) -> D:
        """Return a result document of any earlier version; raise NotFound, Conflict or NotReady."""
        return self.read(task, self.find(task, name), kind)

    def read(self, task: TaskMeta, file: ResultFile, kind: type[D]) -> D:
        """Return the document in one of the files returned by `files`; raise NotFound or NotReady."""
        with self.open_file(task, file) as stream:
            if file.size > RESULT_LIMIT_BYTES:
                raise NotReady(Message("results.unreachable"))
            try:
                return from_json(stream.read(), kind)
            except DocumentError as error:
                raise NotReady(Message("results.unreachable")) from error

    def log(self, task: TaskMeta, stage: PipelineStage, *, limit_bytes: int) -> str:
        """Return the last lines of a stage's log, at most `limit_bytes`; empty if there is none."""
        folder = self.stage_dir(task, stage)
        if folder is None:
            return ""
        try:
            with os.fdopen(open_to_read(folder.log), "rb") as stream:
                size = stream.seek(0, os.SEEK_END)
                stream.seek(max(0, size - limit_bytes))
                data = stream.read(limit_bytes)
        except (Unreadable, OSError):
            return ""
        text = data.decode("utf-8", "replace")
        return text.partition("\n")[2] if size > limit_bytes else text


def _without_results(task: TaskMeta, why: Message) -> Conflict:
    """Return why the latest run has no results, or which earlier run has some."""
    number = good_run(task)
    return Conflict(why if number is None else Message("results.of_earlier_run", number=number))
