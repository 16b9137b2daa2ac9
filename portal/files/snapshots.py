"""What a snapshot share shows: which results were done when it was made.

<task or submission>/shares/snapshot_<n>.json, written once with share <n> and removed with it. The list of shares has
its digest, and so has the token of the share: a list that was altered opens nothing. What the owner
had written of a strain is in it as a digest, so that it can be erased with the strain.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta

from portal.domain.annotations import MAX_NAME, earlier_text
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
_MOST_BYTES = 64 * 1024**2  # a thousand strains with the longest texts in a script of four bytes


@dataclass(frozen=True)
class SnapshotItem:
    """A task that was completed: its number in the submission, the attempt of its run, the digest of its results.

    `name`, `tags` and `metadata` are what its owner had written of it then, at `changed_at`, in the revision
    `annotations` (0: nothing), and `written` is their digest. All are empty for a strain that was deleted. Earlier
    versions wrote no digest, and of the texts only the name. A note is never in it.
    """

    n: Number
    task_id: Annotated[str, Meta(pattern=f"^{TASK_ID.pattern}$")]
    attempt: Number
    sha256: Sha256
    name: str = ""
    annotations: Size = 0
    tags: tuple[str, ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    changed_at: Moment | None = None
    written: Annotated[str, Meta(pattern=r"^([0-9a-f]{64})?\Z")] = ""

    def sealed(self) -> SnapshotItem:
        """Return the item with the digest of what was written."""
        return replace(self, written=_digest_of_texts(self))

    def erased(self) -> SnapshotItem:
        """Return the item without what was written."""
        return replace(self, name="", tags=(), metadata=(), changed_at=None)

    @property
    def is_genuine(self) -> bool:
        """Whether the texts are those that were written down, or were erased."""
        if self == self.erased():
            return True
        if self.written:
            return self.written == _digest_of_texts(self)
        return self == replace(self.erased(), name=self.name) and _is_name(self.name)


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
    plain = to_object(ShareSnapshot(tuple(item.erased() for item in snapshot.items)))
    for item in plain["items"]:
        for name in ("tags", "metadata", "changed_at", *([] if item["written"] else ["written"])):
            del item[name]  # as earlier versions computed it
    return hashlib.sha256(encode_object(plain)).hexdigest()


def _digest_of_texts(item: SnapshotItem) -> str:
    at = item.changed_at and item.changed_at.isoformat()
    texts = {"name": item.name, "tags": item.tags, "metadata": item.metadata, "changed_at": at}
    return hashlib.sha256(encode_object(texts)).hexdigest()


def _is_name(text: str) -> bool:
    try:
        return earlier_text(text, MAX_NAME) == text
    except InvalidValue:
        return False


def erase_texts(path: Path, task_id: str) -> None:
    """Erase what the owner had written of a strain; one that cannot be read opens nothing, and is removed.

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
    items = tuple(item.erased() if item.task_id == task_id else item for item in snapshot.items)
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
    if not all(item.is_genuine for item in snapshot.items):
        raise CorruptRecord(Message("record.changed", name=path.name))
    return snapshot
