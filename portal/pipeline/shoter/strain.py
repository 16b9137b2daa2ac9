"""Compute the scores of one strain from its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from portal.domain.message import Message
from portal.pipeline.shoter.calibration import Calibration
from portal.pipeline.shoter.genes import find_genes
from portal.pipeline.shoter.hits import Hit
from portal.pipeline.shoter.pairs import find_helpers
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.scoring import Scorer, TargetScore, unit_probability, unknown_target
from portal.pipeline.shoter.selection import Selection, select_hits
from portal.pipeline.shoter.tiers import settle_tiers
from portal.pipeline.shoter.units import Unit, build_units
from portal.results.scores import Helper


@dataclass(frozen=True)
class StrainResult:
    """All results of one strain; `orders` follows the run's targets, `species` is sorted best first."""

    strain: str
    selection: Selection
    units: tuple[Unit, ...]
    orders: tuple[TargetScore, ...]
    species: tuple[TargetScore, ...]
    unknown_score: float
    unknown_units: tuple[Unit, ...]
    helpers: tuple[Helper, ...]
    remarks: tuple[Message, ...]


def score_strain(
    strain: str,
    hits: Sequence[Hit],
    orders: Scorer,
    species: Scorer,
    targets: Sequence[str],
    parameters: ShoterParameters,
    calibration: Calibration | None = None,
) -> StrainResult:
    """Return the scores of one strain for all orders and species; with a calibration, also the documented shares."""
    selection = select_hits(hits, orders.index, parameters)
    units = build_units(find_genes(selection.kept, parameters), parameters)
    unknown_score, silent = unknown_target(units, orders.index, targets)
    scores = [orders.score(strain, units, target) for target in targets]
    return StrainResult(
        strain=strain,
        selection=selection,
        units=tuple(units),
        orders=settle_tiers(_with_shares(scores, calibration), parameters),
        species=_score_species(strain, units, species),
        unknown_score=unknown_score,
        unknown_units=tuple(silent),
        helpers=tuple(_helpers(units)),
        remarks=_remarks(selection, units),
    )


def _helpers(units: Sequence[Unit]) -> list[Helper]:
    """Return the helpers among whole genes: what a broken one makes strengthens nothing for certain."""
    return find_helpers([(gene.name, gene.ranks) for unit in units if not unit.is_broken for gene in unit.genes])


def _with_shares(scores: Sequence[TargetScore], calibration: Calibration | None) -> Sequence[TargetScore]:
    if calibration is None:
        return scores
    return [replace(score, documented=calibration.documented(score.target, score.score)) for score in scores]


def _score_species(strain: str, units: Sequence[Unit], scorer: Scorer) -> tuple[TargetScore, ...]:
    """Score the species for which any unit has an applicable record; the others would all be `no_evidence`."""
    reached = (
        target
        for target in scorer.index.targets
        if any(unit_probability(unit, scorer.index, target).state != "no_evidence" for unit in units)
    )
    scores = [scorer.score(strain, units, target) for target in reached]
    return tuple(sorted(scores, key=lambda score: (-score.score, score.target)))


def _remarks(selection: Selection, units: Sequence[Unit]) -> tuple[Message, ...]:
    remarks = []
    if selection.dropped:
        remarks.append(Message("remark.not_scored", count=len(selection.dropped)))
    remarks += [
        Message("remark.partner_missing", name=unit.name, partner=unit.partner_missing)
        for unit in units
        if unit.partner_missing
    ]
    if broken := [unit.name for unit in units if unit.is_broken]:
        remarks.append(Message("remark.broken", names=list(dict.fromkeys(broken))))
    unnamed = sorted({hit.hit_name for hit in selection.kept if hit.blast and hit.ranks is None})
    if unnamed:
        remarks.append(Message("remark.other_names", names=unnamed))
    return tuple(remarks)
