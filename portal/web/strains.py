"""What a strain is called on pages, in downloads and in messages: the one rule, for whoever reads this request.

A snapshot keeps the names of then; whatever was written later is not shown through it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from portal.domain.file_names import safe_stem
from portal.domain.submission import Submission
from portal.domain.task import TaskMeta
from portal.files.taskdir import fasta_stem
from portal.services.annotations import Annotated
from portal.services.snapshots import annotations_as_shown, annotations_shown
from portal.web.context import web


def annotations_of(task: TaskMeta) -> Annotated:
    """Return what is written of a strain, or was when a snapshot was made."""
    return annotations_as_shown(task, web().submissions.annotations.of(task.task_id))


def called(task: TaskMeta) -> str:
    """Return what the strain of a task is called: as its owner has named it, else as its file."""
    return annotations_of(task).values.called(task.filename)


def called_in_tables(task: TaskMeta) -> str:
    """Return what the strain of a task is called in tables and pictures: without the suffix of a file."""
    return annotations_of(task).values.called(fasta_stem(task.filename))


def named(tasks: Iterable[TaskMeta]) -> list[tuple[str, TaskMeta]]:
    """Return tasks, each with what its strain is called in tables and pictures of several."""
    return [(called_in_tables(task), task) for task in tasks]


def named_of(submission: Submission, tasks: Sequence[TaskMeta]) -> list[tuple[str, TaskMeta]]:
    """Return tasks of a submission, each with what its strain is called there, as the grid shows it."""
    service = web().submissions
    labels = {service.task_id(submission, item.n): item.label for item in submission.items}
    written = annotations_shown(submission, service.annotations.of_all(task.task_id for task in tasks))
    return [(written[task.task_id].values.called(labels[task.task_id]), task) for task in tasks]


def stem_of(task: TaskMeta) -> str:
    """Return what the names of downloaded files begin with: what the strain is called, possible on every system."""
    name = annotations_of(task).values.name
    return safe_stem(name) if name else task.strain


def saved_as(task: TaskMeta, run: int | None = None) -> str:
    """Return the beginning of the names under which files of a task, or of one of its runs, are saved."""
    of_run = "" if run is None else f"_run{run}"
    return f"{stem_of(task)}_{task.task_id}{of_run}"
