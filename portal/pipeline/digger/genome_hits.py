"""The results of one genome, and those of a file of which some records were read in another way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from portal.domain.message import Message
from portal.pipeline.digger.calls import Toxin
from portal.pipeline.digger.screening.watch import Watch
from portal.results.loci import Locus


@dataclass(frozen=True)
class GenomeHits:
    """The results of one genome: rows in the real tool's order, loci, notes for the user, what screening has seen."""

    toxins: tuple[Toxin, ...]
    loci: tuple[Locus, ...]
    notes: tuple[Message, ...]
    watch: Watch | None = None


def merged(parts: Sequence[GenomeHits], records: Sequence[str]) -> GenomeHits:
    """Return the results of separate records of one file, which share a `watch`, in the order of the file.

    Args:
        records: the names of all records, in the order of the file.
    """
    order = {name: number for number, name in enumerate(records)}
    toxins = sorted(
        (toxin for part in parts for toxin in part.toxins), key=lambda toxin: order[toxin.query.source.name]
    )
    loci = sorted((locus for part in parts for locus in part.loci), key=lambda locus: order[locus.pieces[0].contig])
    return GenomeHits(
        toxins=tuple(toxins),
        loci=tuple(replace(locus, locus_id=f"L{number}") for number, locus in enumerate(loci, start=1)),
        notes=tuple(note for part in parts for note in part.notes),
        watch=parts[0].watch,
    )
