"""A pack: small genomes of one submission that one job processes, one after the other.

Each has its own claim, stages, sentinels and record; only the job is shared.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar

from msgspec import Meta

from portal.files.document import Number, read_document, write_document

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def new_pack_id() -> str:
    """Return a unique pack id, in the form of a task id."""
    return "".join(secrets.choice(_LETTERS) for _ in range(12))


@dataclass(frozen=True)
class PackMember:
    """One genome of a pack."""

    task_id: str
    attempt: Number


@dataclass(frozen=True)
class Pack:
    """The genomes that the job processes, in this order. Times in seconds, memory in GB.

    `time_limit_s` is the job's limit, `member_limit_s` that of each genome: one that takes longer is stopped and runs
    alone afterwards, with its full time limit.
    """

    FORMAT: ClassVar[int] = 1

    name: str
    comment: str
    members: tuple[PackMember, ...]
    time_limit_s: Annotated[int, Meta(ge=1, le=10**9)]
    member_limit_s: Annotated[int, Meta(ge=1, le=10**9)]
    memory_gb: float | None = None

    def write(self, path: Path) -> None:
        write_document(path, self)

    @classmethod
    def read(cls, path: Path) -> Pack:
        """Return the pack.

        Raises:
            FileNotFoundError: there is none.
            CorruptRecord, NewerFormat: it cannot be read.
        """
        return read_document(path, cls)
