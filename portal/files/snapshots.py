"""What a snapshot share shows: which results were done when it was made.

<task or submission>/shares/snapshot_<n>.json, written once with share <n> and removed with it. The list of shares has
its digest, and so has the token of the share: a list that was altered opens nothing. Names are not in the digest, so
that the one of a deleted strain can be erased.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta

from portal.domain.annotations import MAX_NAME, clean_text
from portal.domain.errors import CorruptRecord, InvalidValue, NewerFormat
from portal.domain.message import Message
from portal.domain.submission import MOST_ITEMS
from portal.domain.task_id import TASK_ID
from portal.files.document import (
    Moment,
    Number,
    Size,
    encode_object,
    parse_object,
    read_document,
    to_object,
    typed,
    write_document,
)
from portal.files.safe_open import discard, read_bytes

Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
_MOST_BYTES = 2 * 1024**2


@dataclass(frozen=True)
class SnapshotItem:
    """A task that was completed: its number in the submission, the attempt of its run, the digest of its results.

    `name` and `annotations` (their revision) are what its owner had written of it then.
    """

    n: Number
    task_id: Annotated[str, Meta(pattern=f"^{TASK_ID.pattern}$")]
    attempt: Number
    sha256: Sha256
    name: str = ""
    annotations: Size = 0


@dataclass(frozen=True)
class ShareSnapshot:
    """The tasks that were completed; a single task is number 1."""

    FORMAT: ClassVar[int] = 1

    items: Annotated[tuple[SnapshotItem, ...], Meta(min_length=1, max_length=MOST_ITEMS)]


@dataclass(frozen=True)
class SnapshotMark:
    """A snapshot in short: the digest of its file, when it was made, and that `done` tasks of `of` were completed."""

    sha256: Sha256
    at: Moment
    done: Number
    of: Number


def write_snapshot(path: Path, snapshot: ShareSnapshot) -> str:
    """Write a snapshot; return its digest. See `write_document` for errors."""
    write_document(path, snapshot)
    return _digest(snapshot)


def _digest(snapshot: ShareSnapshot) -> str:
    unnamed = ShareSnapshot(tuple(replace(item, name="") for item in snapshot.items))
    return hashlib.sha256(encode_object(to_object(unnamed))).hexdigest()


def erase_name(path: Path, task_id: str) -> None:
    """Erase what the owner had called a strain; one that cannot be read opens nothing, and is removed.

    Raises:
        NewerFormat, OSError, StorageFull: see `read_document` and `write_document`.
    """
    try:
        snapshot = read_document(path, ShareSnapshot, limit_bytes=_MOST_BYTES)
    except FileNotFoundError:
        return
    except CorruptRecord:
        discard(path)
        return
    items = tuple(replace(item, name="") if item.task_id == task_id else item for item in snapshot.items)
    if items != snapshot.items:
        write_document(path, ShareSnapshot(items))


def read_snapshot(path: Path, sha256: str) -> ShareSnapshot:
    """Return the snapshot with a digest.

    Raises:
        CorruptRecord: the file is damaged, missing, or another one.
        NewerFormat, OSError: see `read_document`.
    """
    try:
        data = read_bytes(path, limit_bytes=_MOST_BYTES)
    except FileNotFoundError as error:
        raise CorruptRecord(Message("record.changed", name=path.name)) from error
    of_file = hashlib.sha256(data).hexdigest()  # the digest of earlier versions
    try:
        snapshot = typed(parse_object(data, name=path.name), ShareSnapshot, name=path.name)
    except NewerFormat as error:
        if sha256 == of_file:
            raise
        raise CorruptRecord(Message("record.changed", name=path.name)) from error
    if sha256 not in (_digest(snapshot), of_file):
        raise CorruptRecord(Message("record.changed", name=path.name))
    try:
        named = all(clean_text(item.name, MAX_NAME) == item.name for item in snapshot.items)
    except InvalidValue:
        named = False
    if not named:
        raise CorruptRecord(Message("record.changed", name=path.name))
    return snapshot
