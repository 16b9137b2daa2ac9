"""What a snapshot share shows: which results were done when it was made.

<task or submission>/shares/snapshot_<n>.json, written once with share <n> and removed with it. The list of shares has
its SHA-256, and so has the token of the share: a list that was altered opens nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta

from portal.domain.errors import CorruptRecord
from portal.domain.message import Message
from portal.domain.submission import MOST_ITEMS
from portal.domain.task_id import TASK_ID
from portal.files.document import Moment, Number, Size, encode_object, parse_object, to_object, typed, write_document
from portal.files.safe_open import read_bytes

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
    """Write a snapshot; return the SHA-256 of its file. See `write_document` for errors."""
    write_document(path, snapshot)
    return hashlib.sha256(encode_object(to_object(snapshot))).hexdigest()


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
    if hashlib.sha256(data).hexdigest() != sha256:
        raise CorruptRecord(Message("record.changed", name=path.name))
    return typed(parse_object(data, name=path.name), ShareSnapshot, name=path.name)
