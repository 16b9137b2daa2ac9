"""`candidates.json`: genes that may deserve a name of their own, ranked. Pure: takes documents, returns values.

The steps are those of the nomenclature (Crickmore et al. 2021): a protein less than 45, 76 or 95 % identical to
all named ones gets a new first, second or third rank. Every field: docs/science/candidates.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from portal.results.loci import LociDocument, Locus, Verdict
from portal.results.locus_state import Qualified, qualified
from portal.results.tsv import tsv_line
from portal.results.units import Bases, CoveragePercent, Percent, Residues, Strain, ToxinName

CANDIDATES_SCHEMA = 1
NEIGHBOUR_BP = 20_000
_NEIGHBOURS_KEPT = 10
# More is a file of toxins, not a genome: its proteins and alignments would exceed what a stage may write.
MOST_CANDIDATES = 500
_LIMITS = (45.0, 76.0, 95.0)


class IdentityStep(StrEnum):
    """The rank of the name that would be new, from the most novel to a mere variant."""

    UNALIGNED = "unaligned"
    FIRST_RANK = "first_rank"
    SECOND_RANK = "second_rank"
    THIRD_RANK = "third_rank"
    VARIANT = "variant"


class Neighbour(Struct, frozen=True, kw_only=True):
    """Another toxin or accessory factor within 20 kb of a gene; `distance` in bases."""

    locus_id: str
    name: str
    distance: Bases


class CandidateProtein(Struct, frozen=True, kw_only=True):
    """The protein of a candidate; `start_is_sure`: it begins with the methionine where its closest relative begins."""

    sequence: str
    start_is_sure: bool


class NewToxinCandidate(Struct, frozen=True, kw_only=True):
    """One gene; `is_ready`: whole, unbroken and with a sure start, so that its protein can be sent in as it is.

    state: what its verdict alone would tell wrongly; None where that says all, and in documents of earlier versions.
    """

    rank: int
    locus_id: str
    step: IdentityStep
    reference: ToxinName | None
    identity_percent: Percent | None
    coverage_percent: CoveragePercent | None
    verdict: Verdict | None
    is_ready: bool
    length_aa: Residues
    domains: tuple[str, ...]
    neighbours: tuple[Neighbour, ...]
    places: tuple[str, ...]
    protein: CandidateProtein
    state: Qualified | None = None


class CandidatesDocument(Struct, frozen=True, kw_only=True):
    """The candidates of one genome, the most novel first; `omitted` counts those after the first 500."""

    schema: int = CANDIDATES_SCHEMA
    strain: Strain
    candidates: tuple[NewToxinCandidate, ...]
    omitted: int = 0


def candidates_of(document: LociDocument, proteins: Mapping[str, CandidateProtein]) -> CandidatesDocument:
    """Return the candidates among the genes of a genome.

    Args:
        document: the genes.
        proteins: of each toxin gene that is not identical to a named one, by locus.
    """
    near = neighbours_of(document.loci)
    made = [_candidate(locus, proteins[locus.locus_id], near) for locus in document.loci if is_candidate(locus)]
    made.sort(key=_place)
    ranked = tuple(replace(candidate, rank=rank) for rank, candidate in enumerate(made[:MOST_CANDIDATES], start=1))
    return CandidatesDocument(strain=document.strain, candidates=ranked, omitted=len(made) - len(ranked))


def is_candidate(locus: Locus) -> bool:
    """Return whether a gene is a toxin's and not identical to a named one over its whole length."""
    if locus.accessory:
        return False
    return locus.identity_percent is None or locus.identity_percent < 100.0


def step_of(identity: float | None) -> IdentityStep:
    """Return what would be new in the name of a protein with this identity, in percent, to the closest named one."""
    if identity is None:
        return IdentityStep.UNALIGNED
    first, second, third = _LIMITS
    if identity < first:
        return IdentityStep.FIRST_RANK
    if identity < second:
        return IdentityStep.SECOND_RANK
    return IdentityStep.THIRD_RANK if identity < third else IdentityStep.VARIANT


def _candidate(locus: Locus, protein: CandidateProtein, near: Mapping[str, tuple[Neighbour, ...]]) -> NewToxinCandidate:
    return NewToxinCandidate(
        rank=0,
        locus_id=locus.locus_id,
        step=step_of(locus.identity_percent),
        reference=locus.reference,
        identity_percent=locus.identity_percent,
        coverage_percent=locus.coverage_percent,
        verdict=locus.verdict,
        state=qualified(locus),
        is_ready=locus.verdict is Verdict.INTACT and not locus.unknown_letters and protein.start_is_sure,
        length_aa=len(protein.sequence),
        domains=tuple(name for name, call in locus.domain_calls.items() if call == "YES"),
        neighbours=near.get(locus.locus_id, ()),
        places=tuple(f"{piece.contig}:{piece.start}-{piece.end} ({piece.strand})" for piece in locus.pieces),
        protein=protein,
    )


def _place(candidate: NewToxinCandidate) -> tuple[int, bool, bool, int, int, float, str]:
    return (
        list(IdentityStep).index(candidate.step),
        candidate.verdict not in (Verdict.INTACT, Verdict.SPLIT),
        not candidate.is_ready,
        -len(candidate.domains),
        -len(candidate.neighbours),
        candidate.identity_percent or 0.0,
        candidate.locus_id,
    )


def neighbours_of(loci: Iterable[Locus]) -> dict[str, tuple[Neighbour, ...]]:
    """Return the genes within 20 kb of each gene on its first contig, the nearest first."""
    by_contig: dict[str, list[tuple[int, int, Locus]]] = {}
    for locus in loci:
        piece = locus.pieces[0]
        if piece.strand != ".":
            same = [each for each in locus.pieces if each.contig == piece.contig]
            span = (min(each.start for each in same), max(each.end for each in same), locus)
            by_contig.setdefault(piece.contig, []).append(span)
    found: dict[str, tuple[Neighbour, ...]] = {}
    for spans in by_contig.values():
        spans.sort(key=lambda span: (span[0], span[1], span[2].locus_id))
        for at, span in enumerate(spans):
            found[span[2].locus_id] = _nearest(spans, at)
    return found


def _nearest(spans: Sequence[tuple[int, int, Locus]], at: int) -> tuple[Neighbour, ...]:
    start, end, _ = spans[at]
    around = (*spans[max(0, at - _NEIGHBOURS_KEPT) : at], *spans[at + 1 : at + 1 + _NEIGHBOURS_KEPT])
    near = [
        Neighbour(locus_id=other.locus_id, name=other.name, distance=max(0, other_start - end, start - other_end))
        for other_start, other_end, other in around
    ]
    near.sort(key=lambda neighbour: (neighbour.distance, neighbour.locus_id))
    return tuple(neighbour for neighbour in near[:_NEIGHBOURS_KEPT] if neighbour.distance <= NEIGHBOUR_BP)


COLUMNS = (
    "strain", "rank", "locus", "step", "reference", "identity_percent", "coverage_percent", "verdict", "ready",
    "length_aa", "domains", "neighbours", "places", "state", "protein",
)  # fmt: skip


def candidate_rows(document: CandidatesDocument) -> Iterable[str]:
    """Yield a line of candidates.tsv per candidate; unknown values are empty, lists are joined with `;`."""
    for one in document.candidates:
        cells = (
            document.strain, one.rank, one.locus_id, one.step, one.reference, one.identity_percent,
            one.coverage_percent, one.verdict, "yes" if one.is_ready else "no", one.length_aa, ";".join(one.domains),
            ";".join(f"{each.name} ({each.distance})" for each in one.neighbours), ";".join(one.places),
            one.state, one.protein.sequence,
        )  # fmt: skip
        yield tsv_line("" if cell is None else str(cell) for cell in cells)
