"""How well scores tell known targets from other orders: in full, without each toxin's own records, and a baseline.

A cell is a strain and a pest order. It is positive where the order is a primary target, left out where it is an
acceptable secondary one, and negative else, which an untested combination is too: figures are a lower bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from portal.pipeline.shoter.baseline import noisy_or_score
from portal.pipeline.shoter.evidence import EvidenceIndex
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.scoring import combine, score_units
from portal.pipeline.shoter.specificity.facts import Fact
from portal.pipeline.shoter.validation.strains import KnownStrain, known_units
from portal.results.conclusion import POSSIBLE_FROM
from portal.results.targets import PANELS, TARGET_ORDER

TIE = 0.01  # scores this close are shown alike: a tie
CONTROL_LIMIT = POSSIBLE_FROM
_BINS = ((0.0, 0.05), (0.05, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.0))

Scores = Mapping[str, float]  # by order


@dataclass(frozen=True)
class StrainVerdict:
    """One strain under one method; `failure` says what is wrong, None where nothing is."""

    strain: KnownStrain
    scores: Scores
    failure: str | None

    @property
    def top(self) -> str | None:
        """Return the order with the highest score, None where all are 0."""
        best = max(self.scores, key=lambda order: self.scores[order], default=None)
        return best if best is not None and self.scores[best] > 0.0 else None


@dataclass(frozen=True)
class ReliabilityBin:
    """Cells with a score in [low, high): how many, their mean score, and the share that is positive."""

    low: float
    high: float
    cells: int
    mean_score: float
    positive_share: float


@dataclass(frozen=True)
class MethodResult:
    """All figures of one method over all strains."""

    method: str
    verdicts: tuple[StrainVerdict, ...]
    cells: int
    positives: int
    auc: float
    brier: float
    top1: float
    reliability: tuple[ReliabilityBin, ...]
    confusions: tuple[tuple[str, str, int], ...]  # expected, on top instead, strains

    @property
    def failures(self) -> list[str]:
        return [f"{verdict.strain.strain_id}: {verdict.failure}" for verdict in self.verdicts if verdict.failure]


@dataclass(frozen=True)
class Validation:
    """The scoring and the baseline, each in full and leaving each toxin's own records out."""

    full: MethodResult
    left_out: MethodResult
    baseline_full: MethodResult
    baseline_left_out: MethodResult

    @property
    def methods(self) -> tuple[MethodResult, ...]:
        return (self.full, self.left_out, self.baseline_full, self.baseline_left_out)


def validate(strains: Sequence[KnownStrain], facts: Sequence[Fact], parameters: ShoterParameters) -> Validation:
    """Score strains with known targets in four ways."""
    index = EvidenceIndex(facts, parameters)
    orders = [order for order in TARGET_ORDER if order in index.order_of and PANELS[order] == "pest"]

    def shoter(leave_own_out: bool) -> Callable[[KnownStrain], Scores]:
        def score(strain: KnownStrain) -> Scores:
            units = known_units(strain, parameters)
            return {
                order: combine(
                    entry.contribution for entry in score_units(units, index, order, leave_own_out=leave_own_out)
                )
                for order in orders
            }

        return score

    def baseline(leave_own_out: bool) -> Callable[[KnownStrain], Scores]:
        return lambda strain: {
            order: noisy_or_score(strain.toxins, facts, order, parameters, leave_own_out=leave_own_out)
            for order in orders
        }

    return Validation(
        full=_evaluate("Shoter", strains, shoter(False)),
        left_out=_evaluate("Shoter, own records left out", strains, shoter(True)),
        baseline_full=_evaluate("noisy-OR", strains, baseline(False)),
        baseline_left_out=_evaluate("noisy-OR, own records left out", strains, baseline(True)),
    )


def _evaluate(method: str, strains: Sequence[KnownStrain], score: Callable[[KnownStrain], Scores]) -> MethodResult:
    verdicts = []
    for strain in strains:
        scores = score(strain)
        verdicts.append(StrainVerdict(strain, scores, judge(strain, scores)))
    values, labels = _cells(verdicts)
    targets = [verdict for verdict in verdicts if not verdict.strain.is_control]
    hits = sum(verdict.top in verdict.strain.primary for verdict in targets)
    return MethodResult(
        method=method,
        verdicts=tuple(verdicts),
        cells=len(values),
        positives=int(sum(labels)),
        auc=auc(values, labels),
        brier=float(np.mean((np.asarray(values) - np.asarray(labels)) ** 2)) if values else float("nan"),
        top1=hits / len(targets) if targets else float("nan"),
        reliability=reliability(values, labels),
        confusions=_confusions(targets),
    )


def judge(strain: KnownStrain, scores: Scores) -> str | None:
    """Return what is wrong with the scores of a strain: a primary order below another, or a control that calls one."""
    if strain.is_control:
        asked = strain.negative or tuple(scores)  # what was not tested cannot be called wrong
        high = {order: scores[order] for order in asked if scores.get(order, 0.0) >= CONTROL_LIMIT}
        if not high:
            return None
        worst = max(high, key=lambda order: high[order])
        return f"control reaches {high[worst]:.2f} for {worst}, the limit is {CONTROL_LIMIT}"
    others = {order: value for order, value in scores.items() if order not in strain.primary}
    best = max(others, key=lambda order: others[order])
    for order in strain.primary:
        value = scores.get(order, 0.0)
        if value <= 0.0 or value < others[best] - TIE:
            return f"{order} has {value:.2f}, below {best} with {others[best]:.2f}"
    return None


def _cells(verdicts: Sequence[StrainVerdict]) -> tuple[list[float], list[int]]:
    values: list[float] = []
    labels: list[int] = []
    for verdict in verdicts:
        for order, value in verdict.scores.items():
            if order in verdict.strain.secondary:
                continue
            values.append(value)
            labels.append(int(order in verdict.strain.primary))
    return values, labels


def auc(values: Sequence[float], labels: Sequence[int]) -> float:
    """Return the probability that a positive cell scores above a negative one; ties count half."""
    positive = np.asarray([value for value, label in zip(values, labels, strict=True) if label])
    negative = np.asarray([value for value, label in zip(values, labels, strict=True) if not label])
    if not positive.size or not negative.size:
        return float("nan")
    above = (positive[:, None] > negative[None, :]).mean()
    equal = (positive[:, None] == negative[None, :]).mean()
    return float(above + equal / 2.0)


def reliability(values: Sequence[float], labels: Sequence[int]) -> tuple[ReliabilityBin, ...]:
    """Return, for ranges of the score, how many of the cells are positive; empty ranges are left out."""
    found = []
    for low, high in _BINS:
        inside = [
            (value, label)
            for value, label in zip(values, labels, strict=True)
            if low <= value < high or (high == 1.0 and value >= high)
        ]
        if inside:
            mean = sum(value for value, _ in inside) / len(inside)
            share = sum(label for _, label in inside) / len(inside)
            found.append(ReliabilityBin(low, high, len(inside), mean, share))
    return tuple(found)


def _confusions(verdicts: Sequence[StrainVerdict]) -> tuple[tuple[str, str, int], ...]:
    counted: dict[tuple[str, str], int] = {}
    for verdict in verdicts:
        if verdict.top not in verdict.strain.primary:
            key = ("/".join(verdict.strain.primary), verdict.top or "nothing")
            counted[key] = counted.get(key, 0) + 1
    return tuple((expected, found, number) for (expected, found), number in sorted(counted.items()))
