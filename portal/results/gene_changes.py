"""Toxin genes of two runs of one genome, matched by their place, and what differs between them. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from msgspec import Struct

from portal.results.loci import LociDocument, Verdict
from portal.results.locus_state import Qualified, qualified
from portal.results.scores import ScoresDocument
from portal.results.toxin_lookup import ToxinGene, toxin_genes
from portal.results.toxins import ToxinsDocument
from portal.results.units import Contig, CoveragePercent, Percent, Position, Strand


class GeneFate(StrEnum):
    """What became of a gene in the later run."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


class GeneFact(StrEnum):
    """What can differ in a gene that both runs found."""

    NAME = "name"
    IDENTITY = "identity"
    COVERAGE = "coverage"
    VERDICT = "verdict"
    SCORED = "scored"
    PLACE = "place"


class GeneInRun(Struct, frozen=True, kw_only=True):
    """A toxin gene in one run; `key` is its part of an address in that run, `start` and `end` span its pieces.

    `scored`: at least one of its rows counts in the scores. `state`: what the verdict alone would tell wrongly.
    """

    key: str
    name: str
    contig: Contig
    start: Position
    end: Position
    strand: Strand
    identity_percent: Percent | None
    coverage_percent: CoveragePercent | None
    verdict: Verdict | None
    scored: bool
    state: Qualified | None = None


class GeneChange(Struct, frozen=True, kw_only=True):
    """A gene that is new (`before` is None), gone (`after` is None), or differs in `facts`."""

    fate: GeneFate
    before: GeneInRun | None
    after: GeneInRun | None
    facts: tuple[GeneFact, ...] = ()


_Stretch = tuple[str, str, int, int]  # contig, strand, start, end


class _Placed:
    """A gene with its state and the stretches of the genome that it covers."""

    def __init__(self, gene: ToxinGene, kept: frozenset[str]) -> None:
        pieces = gene.locus.pieces if gene.locus else gene.hits
        self.stretches: list[_Stretch] = [(each.contig, each.strand, each.start, each.end) for each in pieces]
        contig, strand, _, _ = self.stretches[0]
        ends = [each for each in self.stretches if each[0] == contig]
        found = gene.locus or gene.hits[0]
        self.state = GeneInRun(
            key=gene.key,
            name=gene.name,
            contig=contig,
            start=min(each[2] for each in ends),
            end=max(each[3] for each in ends),
            strand=strand,
            identity_percent=found.identity_percent,
            coverage_percent=found.coverage_percent,
            verdict=gene.locus.verdict if gene.locus else None,
            state=qualified(gene.locus) if gene.locus else None,
            scored=any(hit.protein_id in kept for hit in gene.hits),
        )


@dataclass(frozen=True)
class FoundGenes:
    """The documents of one run that tell its genes; engines without loci have one gene per row."""

    toxins: ToxinsDocument
    loci: LociDocument | None
    scores: ScoresDocument


def compare_genes(earlier: FoundGenes, later: FoundGenes) -> tuple[GeneChange, ...]:
    """Return the genes that differ, in the order of the earlier run, then the new ones; accessory factors are left out.

    Two genes are the same one if they share bases on the same strand, each with the one that it shares most with.
    """
    before, after = _placed(earlier), _placed(later)
    partners = _match(before, after)
    taken = set(partners.values())
    changes: list[GeneChange] = []
    for place, gene in enumerate(before):
        partner = partners.get(place)
        if partner is None:
            changes.append(GeneChange(fate=GeneFate.GONE, before=gene.state, after=None))
            continue
        facts = _facts(gene.state, after[partner].state)
        if facts:
            state = after[partner].state
            changes.append(GeneChange(fate=GeneFate.CHANGED, before=gene.state, after=state, facts=facts))
    for place, gene in enumerate(after):
        if place not in taken:
            changes.append(GeneChange(fate=GeneFate.NEW, before=None, after=gene.state))
    return tuple(changes)


def _placed(found: FoundGenes) -> list[_Placed]:
    kept = frozenset(hit.protein_id for strain in found.scores.strains for hit in strain.hits if hit.kept)
    return [_Placed(gene, kept) for gene in toxin_genes(found.toxins, found.loci)]


def _match(before: Sequence[_Placed], after: Sequence[_Placed]) -> dict[int, int]:
    """Return the partner in `after` of each gene in `before` that has one; the largest overlaps first."""
    by_contig: dict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    for place, gene in enumerate(after):
        for contig, strand, start, end in gene.stretches:
            by_contig[contig, strand].append((place, start, end))
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for place, gene in enumerate(before):
        for contig, strand, start, end in gene.stretches:
            for other, other_start, other_end in by_contig[contig, strand]:
                common = min(end, other_end) - max(start, other_start) + 1
                if common > 0:
                    shared[place, other] += common
    partners: dict[int, int] = {}
    taken: set[int] = set()
    for (place, other), _ in sorted(shared.items(), key=lambda pair: (-pair[1], pair[0])):
        if place not in partners and other not in taken:
            partners[place] = other
            taken.add(other)
    return partners


def _facts(before: GeneInRun, after: GeneInRun) -> tuple[GeneFact, ...]:
    pairs = {
        GeneFact.NAME: (before.name, after.name),
        GeneFact.IDENTITY: (_shown(before.identity_percent), _shown(after.identity_percent)),
        GeneFact.COVERAGE: (_shown(before.coverage_percent), _shown(after.coverage_percent)),
        GeneFact.VERDICT: ((before.verdict, before.state), (after.verdict, after.state)),
        GeneFact.SCORED: (before.scored, after.scored),
        GeneFact.PLACE: ((before.start, before.end), (after.start, after.end)),
    }
    return tuple(fact for fact, (one, other) in pairs.items() if one != other)


def _shown(percent: float | None) -> float | None:
    return None if percent is None else round(percent, 2)
