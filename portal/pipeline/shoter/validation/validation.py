"""Validate how well scores tell known targets from other orders: in full, with records left out, and by a baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from portal.domain.message import Message
from portal.pipeline.shoter.baseline import noisy_or_score
from portal.pipeline.shoter.calibration import Calibration
from portal.pipeline.shoter.evidence import EvidenceIndex
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.scoring import combine, score_units
from portal.pipeline.shoter.specificity.facts import Fact
from portal.pipeline.shoter.validation.causes import CAUSES, cause_of_failure
from portal.pipeline.shoter.validation.cells import (
    ReliabilityBin,
    Scores,
    ValidationCell,
    auc,
    brier,
    cells_of,
    reliability,
)
from portal.pipeline.shoter.validation.orders import OrderReliability, order_reliability
from portal.pipeline.shoter.validation.strains import KnownStrain, known_units, source_keys
from portal.results.conclusion import POSSIBLE_FROM
from portal.results.targets import PANELS, TARGET_ORDER

TIE = 0.01  # scores this close are displayed alike: a tie
CONTROL_LIMIT = POSSIBLE_FROM


@dataclass(frozen=True)
class Failure:
    """A wrong score of a strain: the problem, the order, and whether facts or the formula caused it."""

    what: Message
    order: str
    cause: str = ""
    why: Message | None = None

    def about(self, strain_id: str) -> Message:
        """Return the failure in one line, with its cause if that was determined."""
        if self.why is None:
            return Message("validation.failed_strain_only", strain=strain_id, what=self.what)
        return Message(
            "validation.failed_strain", strain=strain_id, what=self.what, cause=CAUSES[self.cause], why=self.why
        )


@dataclass(frozen=True)
class StrainVerdict:
    """One strain under one method; `failure` is None if its scores are right."""

    strain: KnownStrain
    scores: Scores
    failure: Failure | None

    @property
    def top(self) -> str | None:
        """Return the order with the highest score, None if all are 0."""
        best = max(self.scores, key=lambda order: self.scores[order], default=None)
        return best if best is not None and self.scores[best] > 0.0 else None


@dataclass(frozen=True)
class MethodResult:
    """All figures of one method over all strains."""

    method: str
    verdicts: tuple[StrainVerdict, ...]
    cells: tuple[ValidationCell, ...]
    top1: float
    reliability: tuple[ReliabilityBin, ...]
    confusions: tuple[tuple[str, str, int], ...]  # expected, on top instead, strains

    @property
    def positives(self) -> int:
        return sum(cell.documented for cell in self.cells)

    @property
    def auc(self) -> float:
        return auc([cell.score for cell in self.cells], [cell.documented for cell in self.cells])

    @property
    def brier(self) -> float:
        return brier([cell.score for cell in self.cells], [cell.documented for cell in self.cells])

    @property
    def failures(self) -> list[Message]:
        return [verdict.failure.about(verdict.strain.strain_id) for verdict in self.verdicts if verdict.failure]


@dataclass(frozen=True)
class Validation:
    """The scoring and the baseline, each in full and with records left out; and how calibrated shares hold."""

    full: MethodResult
    left_out: MethodResult
    source_left_out: MethodResult
    baseline_full: MethodResult
    baseline_left_out: MethodResult
    orders: tuple[OrderReliability, ...]
    fitted_on: int  # number of these strains that the calibration was fitted on

    @property
    def methods(self) -> tuple[MethodResult, ...]:
        return self.full, self.left_out, self.source_left_out, self.baseline_full, self.baseline_left_out


def pest_orders(index: EvidenceIndex) -> list[str]:
    """Return the pest orders that occur in the facts, in the order of the tables."""
    return [order for order in TARGET_ORDER if order in index.order_of and PANELS[order] == "pest"]


def score_known(
    strain: KnownStrain, index: EvidenceIndex, orders: Sequence[str], *, leave_own_out: bool = False
) -> dict[str, float]:
    """Return the scores of a published inventory, every toxin complete, by order."""
    units = known_units(strain, index.parameters)
    return {
        order: combine(entry.contribution for entry in score_units(units, index, order, leave_own_out=leave_own_out))
        for order in orders
    }


def validate(
    strains: Sequence[KnownStrain], facts: Sequence[Fact], parameters: ShoterParameters, calibration: Calibration | None
) -> Validation:
    """Score strains with known targets in five ways, and compare calibrated shares with documented targets."""
    index = EvidenceIndex(facts, parameters)
    orders = pest_orders(index)

    def without_sources(strain: KnownStrain) -> EvidenceIndex:
        if not strain.sources:
            return index
        kept = [fact for fact in facts if not strain.sources & source_keys(f"{fact.doi or ''} {fact.reference}")]
        return index if len(kept) == len(facts) else EvidenceIndex(kept, parameters)

    def baseline(leave_own_out: bool) -> Callable[[KnownStrain], Scores]:
        return lambda strain: {
            order: noisy_or_score(strain.toxins, facts, order, parameters, leave_own_out=leave_own_out)
            for order in orders
        }

    full = _evaluate("Shoter", strains, lambda strain: score_known(strain, index, orders), index)
    return Validation(
        full=full,
        left_out=_evaluate(
            "Shoter, own records left out",
            strains,
            lambda strain: score_known(strain, index, orders, leave_own_out=True),
        ),
        source_left_out=_evaluate(
            "Shoter, own sources left out",
            strains,
            lambda strain: score_known(strain, without_sources(strain), orders),
        ),
        baseline_full=_evaluate("noisy-OR", strains, baseline(False)),
        baseline_left_out=_evaluate("noisy-OR, own records left out", strains, baseline(True)),
        orders=order_reliability(full.cells, calibration),
        fitted_on=sum(strain.strain_id in calibration.strains for strain in strains) if calibration else 0,
    )


def _evaluate(
    method: str,
    strains: Sequence[KnownStrain],
    score: Callable[[KnownStrain], Scores],
    index: EvidenceIndex | None = None,
) -> MethodResult:
    verdicts = []
    for strain in strains:
        scores = score(strain)
        verdicts.append(StrainVerdict(strain, scores, _explained(strain, judge(strain, scores), index)))
    cells = cells_of((verdict.strain, verdict.scores) for verdict in verdicts)
    targets = [verdict for verdict in verdicts if not verdict.strain.is_control]
    hits = sum(verdict.top in verdict.strain.primary for verdict in targets)
    return MethodResult(
        method=method,
        verdicts=tuple(verdicts),
        cells=tuple(cells),
        top1=hits / len(targets) if targets else float("nan"),
        reliability=reliability([cell.score for cell in cells], [cell.documented for cell in cells]),
        confusions=_confusions(targets),
    )


def _explained(strain: KnownStrain, failure: Failure | None, index: EvidenceIndex | None) -> Failure | None:
    if failure is None or index is None:
        return failure
    found = cause_of_failure(strain, known_units(strain, index.parameters), failure.order, index)
    return Failure(failure.what, failure.order, found.kind, found.why)


def judge(strain: KnownStrain, scores: Mapping[str, float]) -> Failure | None:
    """Return the failure of a strain: a primary order below another, or a control with a called order."""
    if strain.is_control:
        asked = strain.negative or tuple(scores)  # an untested order cannot be called wrong
        high = {order: scores[order] for order in asked if scores.get(order, 0.0) >= CONTROL_LIMIT}
        if not high:
            return None
        worst = max(high, key=lambda order: high[order])
        return Failure(Message("validation.control_high", score=high[worst], order=worst, limit=CONTROL_LIMIT), worst)
    others = {order: value for order, value in scores.items() if order not in strain.primary}
    best = max(others, key=lambda order: others[order])
    for order in strain.primary:
        value = scores.get(order, 0.0)
        if value <= 0.0:
            return Failure(Message("validation.no_score", order=order), order)
        if value < others[best] - TIE:
            below = Message("validation.below", order=order, score=value, other=best, higher=others[best])
            return Failure(below, order)
    return None


def _confusions(verdicts: Sequence[StrainVerdict]) -> tuple[tuple[str, str, int], ...]:
    counted: dict[tuple[str, str], int] = {}
    for verdict in verdicts:
        if verdict.top not in verdict.strain.primary:
            key = ("/".join(verdict.strain.primary), verdict.top or "nothing")
            counted[key] = counted.get(key, 0) + 1
    return tuple((expected, found, number) for (expected, found), number in sorted(counted.items()))
