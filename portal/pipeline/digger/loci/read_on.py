"""Find genes that lost their stop codon: the reading frame goes on behind the end of the toxin."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from portal.pipeline.digger.loci.drafts import Draft
from portal.pipeline.digger.loci.ends import MISSING_AA
from portal.pipeline.digger.orfs import AMINO_LETTERS, decode_protein
from portal.results.loci import Event, EventKind

_STOP = AMINO_LETTERS.index("*")
# Identities in percent: below the first a gene may end where its own kind does, from the second on one codon is news.
_SAME_TOXIN, _SAME_ALLELE = 95.0, 99.0
# Amino acids behind the end that are looked up in other entries, and how many in a row are recognised.
_LOOKED_UP, _WORD = 40, 8
_MOST_CODONS = 5000


def read_on(draft: Draft, reference_length: int, identity: float, known: Iterable[str]) -> Event | None:
    """Return the event of a missing stop codon, with the bases up to the next one; None if there is nothing to say.

    Named entries may lack their end: what goes on as another entry does is no readthrough.

    Args:
        identity: of the gene to its reference, in percent.
        known: the proteins of all entries.
    """
    last = draft.last
    left = reference_length - last.reference_end
    if identity < _SAME_TOXIN or left >= MISSING_AA:
        return None
    place = last.end + 3 * left
    strand = last.strand
    amino = strand.amino(min(place, strand.length), min(place + 3 * _MOST_CODONS, strand.length))
    stops = np.flatnonzero(amino == _STOP)
    behind = decode_protein(amino[: stops[0]] if len(stops) else amino)
    behind = behind.partition("X")[0]
    least = 1 if identity >= _SAME_ALLELE and not left else MISSING_AA
    if len(behind) < least or _is_known(last.protein[-_WORD:], behind[:_LOOKED_UP], known):
        return None
    position = strand.on_plus(place, place + 1)[0]
    return Event(
        kind=EventKind.NO_STOP,
        residue=reference_length,
        contig=strand.name,
        position=position,
        bases=3 * len(behind),
    )


def _is_known(end: str, behind: str, known: Iterable[str]) -> bool:
    """Return whether an entry has a word of what is behind the end; a short one counts with the end before it."""
    text = behind if len(behind) >= _WORD else (end + behind)[-_WORD:]
    words = {text[at : at + _WORD] for at in range(len(text) - _WORD + 1)}
    return any(word in letters for letters in known for word in words)
