"""Which submission holds the ready samples, and which is being made to replace it.

The entry of a submission that is being made is written before the submission: whatever comes between, the next step
continues with that one, and never begins a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from portal.domain.errors import CorruptRecord
from portal.files.document import Moment, read_document, write_document
from portal.files.taskdir import PortalDir


@dataclass(frozen=True)
class SampleSet:
    """A submission of samples; `made_from` is a digest of all that its results depend on."""

    submission: str
    made_from: str
    begun_at: Moment
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class SampleSets:
    """At most one set of each kind: `ready` is complete and shown, `coming` is being made."""

    FORMAT: ClassVar[int] = 1

    ready: tuple[SampleSet, ...] = ()
    coming: tuple[SampleSet, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, portal: PortalDir) -> SampleSets:
        """Return the sets; none if the file is missing or damaged, since samples can be made again.

        Raises:
            NewerFormat: a newer version has written it.
            OSError: it cannot be reached.
        """
        try:
            return read_document(portal.samples, cls)
        except (FileNotFoundError, CorruptRecord):
            return cls()

    def write(self, portal: PortalDir) -> None:
        """Replace the file; see `write_document` for errors."""
        write_document(portal.samples, self)
