"""Validation cells: a strain and a pest order, with a score and its published status; figures over many cells.

A cell is positive if the order is a primary target, left out if it is an acceptable secondary one, and otherwise
negative, even if untested: figures are a lower bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from portal.pipeline.shoter.validation.strains import KnownStrain

Scores = Mapping[str, float]  # by order
_BINS = ((0.0, 0.05), (0.05, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.8), (0.8, 0.95), (0.95, 1.0))


@dataclass(frozen=True)
class ValidationCell:
    """One strain and one order; `documented`: whether the strain's action on it is published."""

    strain_id: str
    order: str
    score: float
    documented: bool


@dataclass(frozen=True)
class ReliabilityBin:
    """Cells with a value in [low, high): their number, mean value, and documented share."""

    low: float
    high: float
    cells: int
    mean_score: float
    positive_share: float


def cells_of(scored: Iterable[tuple[KnownStrain, Scores]]) -> list[ValidationCell]:
    """Return the cells of strains, without acceptable secondary targets."""
    return [
        ValidationCell(strain.strain_id, order, score, order in strain.primary)
        for strain, scores in scored
        for order, score in scores.items()
        if order not in strain.secondary
    ]


def auc(values: Sequence[float], labels: Sequence[int] | Sequence[bool]) -> float:
    """Return the probability that a positive cell scores above a negative one; ties count half."""
    positive = np.asarray([value for value, label in zip(values, labels, strict=True) if label])
    negative = np.asarray([value for value, label in zip(values, labels, strict=True) if not label])
    if not positive.size or not negative.size:
        return float("nan")
    above = (positive[:, None] > negative[None, :]).mean()
    equal = (positive[:, None] == negative[None, :]).mean()
    return float(above + equal / 2.0)


def brier(values: Sequence[float], labels: Sequence[int] | Sequence[bool]) -> float:
    """Return the mean squared difference between value and outcome."""
    if not values:
        return float("nan")
    return float(np.mean((np.asarray(values) - np.asarray(labels, dtype=float)) ** 2))


def reliability(
    values: Sequence[float], labels: Sequence[int] | Sequence[bool], bins: Sequence[tuple[float, float]] = _BINS
) -> tuple[ReliabilityBin, ...]:
    """Return the number of positive cells by range of the value, without empty ranges."""
    found = []
    for low, high in bins:
        inside = [
            (value, bool(label))
            for value, label in zip(values, labels, strict=True)
            if low <= value < high or (high == 1.0 and value >= high)
        ]
        if inside:
            mean = sum(value for value, _ in inside) / len(inside)
            share = sum(label for _, label in inside) / len(inside)
            found.append(ReliabilityBin(low, high, len(inside), mean, share))
    return tuple(found)


def gap(bins: Sequence[ReliabilityBin]) -> float:
    """Return the expected calibration error: the difference between means and shares, averaged over the cells."""
    whole = sum(found.cells for found in bins)
    apart = sum(found.cells * abs(found.mean_score - found.positive_share) for found in bins)
    return apart / whole if whole else float("nan")
