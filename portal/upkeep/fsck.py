"""Check all files of all tasks in JOBS_DIR, without changing anything."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

from portal.domain.errors import NotFound, PortalError, Unreadable
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.domain.runs import as_run, readable_runs
from portal.domain.status import PipelineStage, TaskStatus
from portal.domain.task import TaskMeta
from portal.domain.task_id import is_task_id
from portal.files.reports import OutputFile, Sentinel
from portal.files.safe_open import open_to_read
from portal.files.taskdir import PortalDir, TaskDir
from portal.ports import TaskStore


@dataclass(frozen=True)
class FolderFinding:
    """A problem with a task (empty id: with JOBS_DIR itself)."""

    task_id: str
    message: Message


def check_folder(portal: PortalDir, store: TaskStore) -> Iterator[FolderFinding]:
    """Yield the problems: damaged records, changed or missing genomes and results, files that belong to no task."""
    for path in sorted(portal.jobs.iterdir()):
        if path.name == portal.own.name:
            continue
        if not is_task_id(path.name) or path.is_symlink() or not path.is_dir():
            yield FolderFinding("", Message("fsck.stranger", name=path.name))
            continue
        found: list[Message] = list(_check_task(portal.task(path.name), path.name, store))
        for message in found:
            yield FolderFinding(path.name, message)


def _check_task(folder: TaskDir, task_id: str, store: TaskStore) -> Iterator[Message]:
    try:
        task = store.get(task_id)
    except NotFound:
        yield Message("fsck.no_record")
        return
    except PortalError as error:
        yield error.message
        return
    if task.task_id != task_id:
        yield Message("fsck.other_record", task_id=task.task_id)
        return
    if not folder.request.is_file():
        yield Message("fsck.missing", name=folder.request.name)
    yield from _check_file(folder, "input/genome.fna", task.file_size, task.input_sha256)
    runs = readable_runs(task)
    for run in runs:
        yield from _check_results(folder, as_run(task, run))
    if task.status is TaskStatus.COMPLETED and not runs:
        yield Message("fsck.missing", name="attempts")


def _check_results(folder: TaskDir, task: TaskMeta) -> Iterator[Message]:
    attempt = task.attempt
    assert attempt is not None
    for stage in PipelineStage:
        number = attempt.reuse.get(stage, attempt.number)
        files = folder.attempt(number).stage(stage)
        try:
            sentinel = Sentinel.read(files.sentinel)
        except (PortalError, OSError) as error:
            yield error.message if isinstance(error, PortalError) else Message("fsck.missing", name=str(stage))
            continue
        if sentinel is None or not sentinel.succeeded:
            yield Message("fsck.missing", name=f"attempts/{number}/{stage}/sentinel.json")
            continue
        for output in sentinel.outputs:
            yield from _check_output(folder, f"attempts/{number}/{stage}/out", output)


def _check_output(folder: TaskDir, place: str, output: OutputFile) -> Iterator[Message]:
    yield from _check_file(folder, f"{place}/{output.name}", output.size, output.sha256)


def _check_file(folder: TaskDir, name: str, size: int, sha256: str | None) -> Iterator[Message]:
    try:
        with os.fdopen(open_to_read(folder.path / name), "rb") as stream:
            same = os.fstat(stream.fileno()).st_size == size
            if same and sha256 is not None:
                same = hashlib.file_digest(stream, "sha256").hexdigest() == sha256
    except FileNotFoundError:
        yield Message("fsck.missing", name=name)
    except Unreadable as error:
        yield error.message
    except OSError as error:
        yield Message("record.unreadable", name=name, reason=os_reason(error))
    else:
        if not same:
            yield Message("record.changed", name=name)
