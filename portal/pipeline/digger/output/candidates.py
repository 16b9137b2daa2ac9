"""Candidates for new toxins: their proteins from a likely start, as FASTA for a naming request, and alignments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal.pipeline.digger.calls import Toxin
from portal.pipeline.digger.output.annotations import alignment_text
from portal.results.candidates import (
    CandidateProtein,
    CandidatesDocument,
    candidates_of,
    is_candidate,
)
from portal.results.loci import LociDocument, Locus

# A start further than this from where the closest relative begins is a guess.
_SURE_WITHIN_AA = 30
_WIDTH = 80


def find_candidates(document: LociDocument, toxins: Sequence[Toxin]) -> CandidatesDocument:
    """Return the candidates among the genes of a genome."""
    genes = document.by_row()
    rows = {toxin.query.protein_id: toxin for toxin in toxins if len(genes.get(toxin.query.protein_id, ())) == 1}
    proteins = {locus.locus_id: _protein(locus, rows) for locus in document.loci if is_candidate(locus)}
    return candidates_of(document, proteins)


def _protein(locus: Locus, rows: Mapping[str, Toxin]) -> CandidateProtein:
    """Return a gene's protein from its likely start to its stop.

    Reading frames run from stop to stop. The start is the methionine nearest to where the closest relative begins. Of
    a gene in several pieces, and of one of two genes in one frame, only the aligned and repaired part is known.
    """
    toxin = rows.get(locus.pieces[0].protein_id or "") if len(locus.pieces) == 1 else None
    if toxin is None or toxin.alignment is None:
        return CandidateProtein(sequence=locus.protein, start_is_sure=False)
    whole, hit = toxin.query.orf.protein, toxin.alignment
    if toxin.query.orf.frame == 0:
        return CandidateProtein(sequence=whole, start_is_sure=whole.startswith("M"))
    expected = hit.query_start - hit.hit_start
    starts = [at for at, letter in enumerate(whole[: hit.query_start]) if letter == "M"]
    if not starts:
        return CandidateProtein(sequence=whole, start_is_sure=False)
    start = min(starts, key=lambda at: (abs(at - expected), at))
    return CandidateProtein(sequence=whole[start:], start_is_sure=abs(start - expected) <= _SURE_WITHIN_AA)


def candidate_fasta(document: CandidatesDocument) -> str:
    """Return the proteins, best candidate first; the header says what each is closest to and where it lies."""
    return "".join(
        f">{document.strain}_{one.locus_id} closest={one.reference or 'none'} identity="
        f"{'none' if one.identity_percent is None else f'{one.identity_percent:.1f}%'} length={one.length_aa} "
        f"state={one.state or one.verdict or 'not_judged'} ready={'yes' if one.is_ready else 'no'} "
        f"{';'.join(one.places)}\n" + _lines(one.protein.sequence)
        for one in document.candidates
    )


def candidate_alignments(document: CandidatesDocument, loci: LociDocument, toxins: Sequence[Toxin]) -> str:
    """Return the alignments of the candidates with their closest named toxins, best candidate first."""
    rows = {toxin.query.protein_id: toxin for toxin in toxins}
    genes = {locus.locus_id: locus for locus in loci.loci}
    return "".join(
        f"# {one.locus_id} (rank {one.rank})\n"
        + "".join(alignment_text(rows[row]) for row in genes[one.locus_id].protein_ids if row in rows)
        for one in document.candidates
    )


def _lines(letters: str) -> str:
    return "".join(f"{letters[at : at + _WIDTH]}\n" for at in range(0, len(letters), _WIDTH))
