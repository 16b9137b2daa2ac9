"""Units of action: a single toxin, or a pair that needs both halves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from portal.pipeline.shoter.genes import Gene
from portal.pipeline.shoter.pairs import ToxinPair, pair_role
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.results.gene_state import CORE_WHOLE, has_break, is_broken, is_part


@dataclass(frozen=True)
class Unit:
    """One or two genes with the weight w that enters the score."""

    unit_id: str
    genes: tuple[Gene, ...]
    kind: str  # single, pair, merged_fragments
    family: str
    weight: float
    flags: tuple[str, ...]
    partner_missing: str | None

    @property
    def name(self) -> str:
        return " + ".join(gene.name for gene in self.genes)

    @property
    def is_broken(self) -> bool:
        """Tell whether a gene is broken; of a pair, either."""
        return is_broken(self.flags)

    @property
    def copies(self) -> int:
        return min(gene.copies for gene in self.genes)


@dataclass(frozen=True)
class _Draft:
    genes: tuple[Gene, ...]
    kind: str
    family: str
    weight: float
    flags: tuple[str, ...]
    partner_missing: str | None = None


def build_units(genes: Sequence[Gene], parameters: ShoterParameters) -> list[Unit]:
    """Return the units of a strain, strongest first; ids are u1, u2, ... in that order."""
    drafts: list[_Draft] = []
    halves: dict[ToxinPair, tuple[list[Gene], list[Gene]]] = defaultdict(lambda: ([], []))
    for gene in genes:
        role = pair_role(gene.ranks)
        if role is None:
            kind = "merged_fragments" if gene.fragments > 1 else "single"
            drafts.append(_Draft((gene,), kind, gene.family, gene.weight.value, gene.weight.flags))
        else:
            halves[role[0]][role[1]].append(gene)
    for pair, (first, second) in halves.items():
        drafts.extend(_pair_up(pair, first, second, parameters))
    drafts.sort(key=lambda draft: (-draft.weight, draft.genes[0].hit.line))
    return [
        Unit(f"u{number}", draft.genes, draft.kind, draft.family, draft.weight, draft.flags, draft.partner_missing)
        for number, draft in enumerate(drafts, start=1)
    ]


def _pair_up(pair: ToxinPair, first: list[Gene], second: list[Gene], parameters: ShoterParameters) -> list[_Draft]:
    """Join halves into pairs, first within a contig; a single half keeps a tenth of its weight.

    Surplus halves join the strongest partner: one partner protein serves several.
    """
    if not first or not second:
        missing = pair.second if first else pair.first
        return [_lonely(pair, gene, missing, parameters) for gene in (first or second)]
    more, fewer = (first, second) if len(first) >= len(second) else (second, first)
    free = list(fewer)
    drafts = []
    for gene in sorted(more, key=lambda gene: not any(gene.contigs & other.contigs for other in fewer)):
        partner = max(free or fewer, key=lambda other: (bool(gene.contigs & other.contigs), other.weight.value))
        if partner in free:
            free.remove(partner)
        drafts.append(_joined(pair, (gene, partner) if more is first else (partner, gene), parameters))
    return drafts


def _joined(pair: ToxinPair, genes: tuple[Gene, Gene], parameters: ShoterParameters) -> _Draft:
    weight = min(gene.weight.value for gene in genes)
    flags = tuple(dict.fromkeys(flag for gene in genes for flag in gene.weight.flags))
    halves = [gene.weight.flags for gene in genes]
    is_any_part = any(map(is_part, halves)) and not any(map(has_break, halves))
    if any(map(is_broken, halves)) or is_any_part:  # the other's core makes up for nothing
        flags = tuple(flag for flag in flags if flag != CORE_WHOLE)
    contigs = [contig for gene in genes for contig in gene.contigs]
    if all(contigs) and not genes[0].contigs & genes[1].contigs:
        weight *= parameters.factor_other_contig
        flags = (*flags, "other_contig")
    return _Draft(genes, "pair", pair.label, weight, flags)


def _lonely(pair: ToxinPair, gene: Gene, missing: str, parameters: ShoterParameters) -> _Draft:
    weight = gene.weight.value * parameters.factor_partner_missing
    flags = (*gene.weight.flags, f"partner_missing:{missing}")
    return _Draft((gene,), "single", pair.label, weight, flags, missing)
