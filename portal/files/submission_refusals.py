"""Why genomes of a submission were refused: kept beside the announcement, so that every reader sees it.

<JOBS_DIR>/.portal/submissions/<submission_id>/refused/<n>.json

A file that is sent again and accepted counts as received; its earlier refusal no longer counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from portal.domain.errors import CorruptRecord, NewerFormat
from portal.domain.message import Message
from portal.files.document import read_document, write_document

_FOLDER = "refused"
_SUFFIX = ".json"


@dataclass(frozen=True)
class ItemRefusal:
    """Why a genome was refused."""

    FORMAT: ClassVar[int] = 1

    message: Message


def write_refusal(submission: Path, n: int, message: Message) -> None:
    """Store why an item was refused; see `atomic.write_bytes` for errors."""
    folder = submission / _FOLDER
    folder.mkdir(exist_ok=True)
    write_document(folder / f"{n}{_SUFFIX}", ItemRefusal(message), durable=False)


def refused_items(submission: Path) -> frozenset[int]:
    """Return the numbers of the refused items."""
    try:
        names = [entry.stem for entry in (submission / _FOLDER).iterdir() if entry.suffix == _SUFFIX]
    except FileNotFoundError:
        return frozenset()
    return frozenset(int(name) for name in names if name.isascii() and name.isdecimal())


def read_refusals(submission: Path) -> Mapping[int, Message]:
    """Return why items were refused, by item number; unreadable files are left out."""
    found = {}
    for n in sorted(refused_items(submission)):
        try:
            found[n] = read_document(submission / _FOLDER / f"{n}{_SUFFIX}", ItemRefusal).message
        except (FileNotFoundError, CorruptRecord, NewerFormat):
            continue
    return found
