"""Group hits into genes: fragments of one gene are merged, near-identical copies are counted once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from portal.pipeline.shoter.damage import what_is_left
from portal.pipeline.shoter.hits import Hit
from portal.pipeline.shoter.names import ToxinRanks, old_name, present_name, ranks_of, toxin_key
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.weights import (
    Weight,
    evidence_weight,
    flag_factor,
    three_domain_completeness,
)
from portal.results.loci import Locus, Verdict
from portal.results.toxin_core import covered_length, fold_completeness

# Without sequences, two proteins that are both this close to the same reference count as copies.
_COPY_BY_REFERENCE = 97.5
_WORD = 5


@dataclass(frozen=True)
class Gene:
    """One gene of the strain; `hits` are its fragments (usually one) followed by those of its copies, `copied`."""

    hits: tuple[Hit, ...]
    fragments: int
    copies: int
    identity: float | None
    coverage: float | None
    weight: Weight
    copied: tuple[Gene, ...] = ()

    @property
    def hit(self) -> Hit:
        """Return the hit that represents the gene."""
        return self.hits[0]

    @property
    def name(self) -> str:
        return self.hit.name_2020

    @property
    def ranks(self) -> ToxinRanks | None:
        return self.hit.ranks

    @property
    def family(self) -> str:
        return self.hit.family

    @cached_property
    def as_good(self) -> tuple[tuple[str, ToxinRanks], ...]:
        """Return one equally close toxin for each other rank-3 name (Cry1Ab besides Cry1Ac)."""
        if self.ranks is None:
            return ()
        others: dict[str, tuple[str, ToxinRanks]] = {}
        for name in map(present_name, self.hit.ties):
            if (ranks := ranks_of(name)) is not None:
                others.setdefault(toxin_key(name, ranks), (name, ranks))
        others.pop(toxin_key(self.name, self.ranks), None)
        return tuple(others.values())

    @property
    def contigs(self) -> frozenset[str]:
        return frozenset(hit.contig for hit in self.hits)


def find_genes(hits: Iterable[Hit], parameters: ShoterParameters) -> list[Gene]:
    """Return the genes behind the hits of one strain, strongest first."""
    hits = list(hits)
    placed: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        if hit.locus:
            placed[hit.locus.locus_id].append(hit)
    genes = [_of_locus(pieces, parameters) for pieces in placed.values()]
    loose = [hit for hit in hits if not hit.locus]
    genes += [_gene(fragments, parameters) for fragments in _group_fragments(loose, parameters)]
    genes.sort(key=lambda gene: (-gene.weight.value, -(gene.identity or 0.0), gene.hit.line))
    return _count_copies(genes, parameters)


def _of_locus(pieces: list[Hit], parameters: ShoterParameters) -> Gene:
    """Return the gene of one locus, with the data of the whole gene instead of those of its rows."""
    lead = max(pieces, key=lambda hit: (_span(hit), -hit.line))
    locus = lead.locus
    assert locus is not None
    if locus.reference is not None:
        name = present_name(locus.reference)
        lead = replace(
            lead,
            hit_name=locus.reference,
            name_2020=name,
            name_1998=old_name(name),
            ranks=ranks_of(name),
            identity=locus.identity_percent,
            coverage=lead.gene_coverage,
            reference_length=locus.reference_length,
            domains={column: _called(call) for column, call in locus.domain_calls.items()},
            sequence=locus.protein,
            ties=locus.equal_to,
        )
    others = tuple(hit for hit in pieces if hit.protein_id != lead.protein_id)
    weight = _weigh_locus(locus, lead, parameters)
    return Gene((lead, *others), len(locus.pieces), 1, lead.identity, lead.coverage, weight)


def _called(call: str) -> bool | None:
    return None if call == "NA" else call == "YES"


def _weigh_locus(locus: Locus, lead: Hit, parameters: ShoterParameters) -> Weight:
    evidence = evidence_weight(lead.blast, locus.hmm or lead.hmm, parameters)
    three_domains = lead.ranks is not None and lead.ranks.r1.startswith("Cry")
    if three_domains:
        core = _core(locus, lead.reference_length, parameters)
        completeness = three_domain_completeness(lead.domains, core, parameters)
    else:
        coverage = _known_coverage(locus, lead.coverage)
        completeness = 1.0 if coverage is None else fold_completeness(coverage, parameters)
    completeness, factor, flags = what_is_left(locus, completeness, three_domains, parameters)
    if not lead.blast:
        flags = ("hmm_only", *flags)
    if len(locus.pieces) > 1 and not flags:
        flags = ("merged_fragments",)
    if completeness < 0.5:
        flags = (*flags, "incomplete")
    return Weight(evidence, completeness, factor, flags)


def _known_coverage(locus: Locus, coverage: float | None) -> float | None:
    """Return the coverage of a locus; a complete gene has the residues that lie unread between its pieces."""
    if locus.verdict not in (Verdict.INTACT, Verdict.SPLIT) or coverage is None or not locus.reference_length:
        return coverage
    starts = [piece.reference_start for piece in locus.pieces if piece.reference_start is not None]
    ends = [piece.reference_end for piece in locus.pieces if piece.reference_end is not None]
    return max(coverage, (max(ends) - min(starts) + 1) / locus.reference_length) if starts and ends else coverage


def _core(locus: Locus, length: int | None, parameters: ShoterParameters) -> float | None:
    ranges = [(piece.reference_start, piece.reference_end) for piece in locus.pieces]
    aligned = [(start, end) for start, end in ranges if start is not None and end is not None]
    if not aligned or not length:
        return None
    core = min(length, parameters.core_length)
    return covered_length(aligned, core) / core


def _group_fragments(hits: Sequence[Hit], parameters: ShoterParameters) -> list[list[Hit]]:
    """Merge cut hits of the same reference whose reference ranges hardly overlap."""
    groups: list[list[Hit]] = []
    open_groups: dict[str, list[list[Hit]]] = defaultdict(list)
    for hit in sorted(hits, key=lambda hit: (hit.reference_range or (0, 0), hit.line)):
        if not hit.is_cut or hit.reference_range is None:
            groups.append([hit])
            continue
        for group in open_groups[hit.hit_name]:
            if all(_overlap(hit, other) < parameters.fragment_overlap for other in group):
                group.append(hit)
                break
        else:
            group = [hit]
            open_groups[hit.hit_name].append(group)
            groups.append(group)
    return groups


def _overlap(one: Hit, other: Hit) -> float:
    """Return the overlap of two reference ranges as a fraction of the shorter one."""
    assert one.reference_range is not None
    assert other.reference_range is not None
    first = max(one.reference_range[0], other.reference_range[0])
    last = min(one.reference_range[1], other.reference_range[1])
    shorter = min(end - start + 1 for start, end in (one.reference_range, other.reference_range))
    return max(0, last - first + 1) / shorter


def _gene(fragments: list[Hit], parameters: ShoterParameters) -> Gene:
    fragments = sorted(fragments, key=lambda hit: (-_span(hit), hit.line))
    first = fragments[0]
    identity, coverage = first.identity, first.coverage
    if len(fragments) > 1:
        spans = [_span(hit) for hit in fragments]
        identity = sum((hit.identity or 0.0) * span for hit, span in zip(fragments, spans, strict=True)) / sum(spans)
        ranges = [hit.reference_range for hit in fragments if hit.reference_range]
        length = first.reference_length or 1
        coverage = covered_length(ranges, length) / length
    return Gene(tuple(fragments), len(fragments), 1, identity, coverage, _weigh(fragments, coverage, parameters))


def _span(hit: Hit) -> int:
    return hit.reference_range[1] - hit.reference_range[0] + 1 if hit.reference_range else 0


def _weigh(fragments: Sequence[Hit], coverage: float | None, parameters: ShoterParameters) -> Weight:
    first = fragments[0]
    evidence = max(evidence_weight(hit.blast, hit.hmm, parameters) for hit in fragments)
    is_cut = any(hit.is_cut for hit in fragments) and (coverage is None or coverage < 0.95)
    factor, flags = flag_factor(any(hit.internal_stop for hit in fragments), is_cut, parameters)
    if not first.blast:
        flags = ("hmm_only", *flags)
    if len(fragments) > 1:
        flags = ("merged_fragments", *flags)
    if first.ranks is not None and first.ranks.r1.startswith("Cry"):
        domains = {name: _any_call([hit.domains.get(name) for hit in fragments]) for name in first.domains}
        completeness = three_domain_completeness(domains, _core_coverage(fragments, parameters), parameters)
    else:
        completeness = 1.0 if coverage is None else fold_completeness(coverage, parameters)
    if completeness < 0.5:
        flags = (*flags, "incomplete")
    return Weight(evidence, completeness, factor, flags)


def _any_call(calls: Sequence[bool | None]) -> bool | None:
    known = [call for call in calls if call is not None]
    return any(known) if known else None


def _core_coverage(fragments: Sequence[Hit], parameters: ShoterParameters) -> float | None:
    length = fragments[0].reference_length
    ranges = [hit.reference_range for hit in fragments if hit.reference_range]
    if not length:
        return None
    if not ranges:
        coverage = fragments[0].coverage
        return None if coverage is None else min(1.0, coverage)
    core = min(length, parameters.core_length)
    return covered_length(ranges, core) / core


def _count_copies(genes: Sequence[Gene], parameters: ShoterParameters) -> list[Gene]:
    """Merge genes with near-identical proteins; the strongest represents its copies."""
    kept: list[Gene] = []
    by_toxin: dict[str, list[int]] = defaultdict(list)
    for gene in genes:
        same_toxin = by_toxin[toxin_key(gene.name, gene.ranks)]
        for at in same_toxin:
            if gene.hit.blast and _are_copies(kept[at], gene, parameters):
                original = kept[at]
                kept[at] = replace(
                    original,
                    hits=original.hits + gene.hits,
                    copies=original.copies + 1,
                    copied=(*original.copied, gene),
                )
                break
        else:
            same_toxin.append(len(kept))
            kept.append(gene)
    return kept


def _are_copies(one: Gene, other: Gene, parameters: ShoterParameters) -> bool:
    first, second = one.hit.sequence, other.hit.sequence
    if not first or not second:
        return _same_part(one.hit, other.hit) and min(one.identity or 0.0, other.identity or 0.0) >= _COPY_BY_REFERENCE
    if first == second:
        return True
    if min(len(first), len(second)) < 0.8 * max(len(first), len(second)):
        return False
    limit = parameters.copy_identity
    if limit >= 90.0 and _shared_words(first, second) < 0.3:  # 95 % identity leaves about 77 % of the 5-letter words
        return False
    return percent_identity(first, second) >= limit


def _same_part(one: Hit, other: Hit) -> bool:
    """Return whether two hits cover the same part of their references, as far as the table shows."""
    if one.reference_range is None or other.reference_range is None:
        return True
    return _overlap(one, other) >= 0.8 and min(_span(one), _span(other)) >= 0.8 * max(_span(one), _span(other))


def _shared_words(first: str, second: str) -> float:
    one = {first[at : at + _WORD] for at in range(len(first) - _WORD + 1)}
    other = {second[at : at + _WORD] for at in range(len(second) - _WORD + 1)}
    return len(one & other) / max(1, min(len(one), len(other)))


def percent_identity(first: str, second: str) -> float:
    """Return identical residues per aligned pair of residues, in percent, of the best local alignment.

    ORFs run from stop to stop, so two copies may differ before the start codon; the local alignment leaves that part
    out.
    """
    import parasail

    found = parasail.sw_stats_striped_16(first, second, 11, 1, parasail.blosum62)
    if found.saturated:
        found = parasail.sw_stats_striped_32(first, second, 11, 1, parasail.blosum62)
    if found.length < 0.8 * max(len(first), len(second)):
        return 0.0
    return 100.0 * float(found.matches) / float(found.length)
