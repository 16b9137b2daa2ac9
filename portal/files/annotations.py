"""What the owner of a strain writes about it, beside its record.

<task>/annotations/
    annotations.json    name, tags, note and metadata, with their revision (web)
    lock                of a task without a submission

The strains of a submission are changed under one lock, in the folder of the submission, so that a table for all of them
is written as a whole; see `annotation_journal`.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from portal.domain.annotations import (
    MAX_COLUMN,
    MAX_NAME,
    MAX_NOTE,
    MAX_TAG,
    MAX_VALUE,
    MOST_COLUMNS,
    MOST_TAGS,
    Annotations,
    is_as_written,
)
from portal.domain.errors import CorruptRecord, InvalidRequest
from portal.domain.message import Message
from portal.files.document import Moment, Number, read_document, write_document
from portal.files.locks import LONGEST_WAIT_S, locked
from portal.files.safe_open import discard

FOLDER = "annotations"
_MOST_BYTES = 256 * 1024
_Tag = Annotated[str, Meta(max_length=MAX_TAG)]
_Column = Annotated[str, Meta(max_length=MAX_COLUMN)]
_Value = Annotated[str, Meta(max_length=MAX_VALUE)]


@dataclass(frozen=True)
class AnnotationRecord:
    """The annotations of one strain; `revision` grows by one with each change.

    `changed_by` is the pseudonym of the signed-in person who changed it; empty for a holder of the owner's link.
    """

    FORMAT: ClassVar[int] = 1

    revision: Number
    name: Annotated[str, Meta(max_length=MAX_NAME)]
    tags: Annotated[tuple[_Tag, ...], Meta(max_length=MOST_TAGS)]
    note: Annotated[str, Meta(max_length=MAX_NOTE)]
    metadata: Annotated[tuple[tuple[_Column, _Value], ...], Meta(max_length=MOST_COLUMNS)]  # in the owner's order
    changed_at: Moment
    changed_by: str
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def annotations(self) -> Annotations:
        """The annotations alone."""
        return Annotations(self.name, self.tags, self.note, dict(self.metadata))


class AnnotationFile:
    """The annotations in the folder of one task."""

    def __init__(self, task_folder: Path) -> None:
        self._folder = task_folder / FOLDER
        self.path = self._folder / "annotations.json"

    def read(self) -> AnnotationRecord | None:
        """Return the record; None if nothing was ever written.

        Raises:
            CorruptRecord, NewerFormat, OSError: see `read_document`; another program's text is damage, too.
        """
        try:
            record = read_document(self.path, AnnotationRecord, limit_bytes=_MOST_BYTES)
        except FileNotFoundError:
            return None
        held = record.annotations
        try:
            same = is_as_written(held) and len(held.metadata) == len(record.metadata)
        except InvalidRequest as error:
            raise CorruptRecord(Message("record.form", name=self.path.name, reason=str(error))) from error
        if not same:
            raise CorruptRecord(Message("record.form", name=self.path.name, reason="text"))
        return record

    def read_or_none(self) -> AnnotationRecord | None:
        """Return the record; None as well if it is damaged. Raise NewerFormat, OSError."""
        try:
            return self.read()
        except CorruptRecord:
            return None

    def write(self, record: AnnotationRecord, *, durable: bool = True) -> None:
        """Replace the record; see `document.write_document`.

        Raises:
            FileNotFoundError: the task has just been removed.
            CorruptRecord: something else has taken the place of the folder.
            OSError, StorageFull: it cannot be written.
        """
        with contextlib.suppress(FileExistsError):
            self._folder.mkdir(mode=0o700)
        write_document(self.path, record, durable=durable)

    def remove(self) -> None:
        """Remove the record, as if nothing had been written."""
        discard(self.path)


@contextmanager
def annotations_locked(owner_folder: Path, *, wait_s: float = LONGEST_WAIT_S) -> Iterator[None]:
    """Let one process at a time change the annotations of a submission, or of a task without one, by its folder.

    Raises:
        FileNotFoundError: the task or submission has just been removed.
        CorruptRecord: something else has taken the place of the folder.
        NotReady: another process has held the lock all the while.
    """
    folder = owner_folder / FOLDER
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    with locked(folder / "lock", "annotations/lock", wait_s=wait_s):
        yield
