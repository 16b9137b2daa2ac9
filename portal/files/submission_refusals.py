"""Why genomes of a submission were not taken: kept beside the announcement, so that everybody who looks reads it.

<JOBS_DIR>/.portal/submissions/<submission_id>/refused/<n>.json

A file that is sent again and taken is received; what was said of it before no longer counts.
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
    """What was wrong with a genome."""

    FORMAT: ClassVar[int] = 1

    message: Message


def write_refusal(submission: Path, n: int, message: Message) -> None:
    """Keep why an item was not taken; for what it raises see `atomic.write_bytes`."""
    folder = submission / _FOLDER
    folder.mkdir(exist_ok=True)
    write_document(folder / f"{n}{_SUFFIX}", ItemRefusal(message), durable=False)


def refused_items(submission: Path) -> frozenset[int]:
    """Return the numbers of the items that were refused."""
    try:
        names = [entry.stem for entry in (submission / _FOLDER).iterdir() if entry.suffix == _SUFFIX]
    except FileNotFoundError:
        return frozenset()
    return frozenset(int(name) for name in names if name.isascii() and name.isdecimal())


def read_refusals(submission: Path) -> Mapping[int, Message]:
    """Return why items were refused, by their number; one that cannot be read is left out."""
    found = {}
    for n in sorted(refused_items(submission)):
        try:
            found[n] = read_document(submission / _FOLDER / f"{n}{_SUFFIX}", ItemRefusal).message
        except (FileNotFoundError, CorruptRecord, NewerFormat):
            continue
    return found
