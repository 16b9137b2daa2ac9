"""Reliability by order: calibrated shares against documented action of the strains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from portal.pipeline.shoter.calibration import BANDS, Calibration
from portal.pipeline.shoter.validation.cells import ReliabilityBin, ValidationCell, gap, reliability

_DRAWS = 2000
_SEED = 20261126


@dataclass(frozen=True)
class OrderReliability:
    """One order over all strains with a score on it; shares are None if the order has no curve.

    `by_score` has the four ranges of the score that a result shows beside it, with the mean share of their strains;
    `by_share` four ranges of the share. Strains with nearly the same score stay together in the former. In the latter,
    shares close to a limit fall on either side of it by which strains a curve was fitted on, so that cross-validation
    separates strains that act from others with the same score.
    """

    order: str
    cells: int
    mean_score: float
    documented: float
    share: float | None
    by_score: tuple[ReliabilityBin, ...]  # `mean_score` is that of the shares; of the scores if there is no curve
    by_share: tuple[ReliabilityBin, ...]
    chance: tuple[float, float]  # the gap of true shares on as many strains: its mean, and its 95 % quantile

    @property
    def gap(self) -> float:
        """Return the difference between shares (or scores) and documented action, averaged over the cells."""
        return gap(self.by_score)

    @property
    def gap_by_share(self) -> float:
        """Return the same difference over the ranges of the share."""
        return gap(self.by_share)


def order_reliability(cells: Sequence[ValidationCell], calibration: Calibration | None) -> tuple[OrderReliability, ...]:
    """Return the orders on which any strain has a score; those with a curve use its shares."""
    shares = [calibration.documented(cell.order, cell.score) if calibration else None for cell in cells]
    return reliability_of_shares(cells, [found.share if found else None for found in shares])


def reliability_of_shares(
    cells: Sequence[ValidationCell], shares: Sequence[float | None]
) -> tuple[OrderReliability, ...]:
    """Return the orders on which any cell has a score, using the given shares of the cells."""
    found = []
    for order in dict.fromkeys(cell.order for cell in cells):
        pairs = [pair for pair in zip(cells, shares, strict=True) if pair[0].order == order and pair[0].score > 0.0]
        if not pairs:
            continue
        known = [share for _, share in pairs if share is not None]
        labels = [cell.documented for cell, _ in pairs]
        scores = [cell.score for cell, _ in pairs]
        is_calibrated = len(known) == len(pairs)
        values = known if is_calibrated else scores
        found.append(
            OrderReliability(
                order=order,
                cells=len(pairs),
                mean_score=sum(scores) / len(pairs),
                documented=sum(labels) / len(pairs),
                share=sum(known) / len(pairs) if is_calibrated else None,
                by_score=_bins(values, labels, scores),
                by_share=reliability(values, labels, BANDS),
                chance=gap_by_chance(values, scores),
            )
        )
    return tuple(found)


def _bins(values: Sequence[float], labels: Sequence[bool], scores: Sequence[float]) -> tuple[ReliabilityBin, ...]:
    """Return values and outcomes by range of the score, without empty ranges."""
    found = []
    for low, high in BANDS:
        inside = [place for place, score in enumerate(scores) if _is_in(score, low, high)]
        if inside:
            mean = sum(values[place] for place in inside) / len(inside)
            share = sum(labels[place] for place in inside) / len(inside)
            found.append(ReliabilityBin(low, high, len(inside), mean, share))
    return tuple(found)


def _is_in(score: float, low: float, high: float) -> bool:
    return low <= score < high or (high == 1.0 and score >= high)


def gap_by_chance(shares: Sequence[float], scores: Sequence[float]) -> tuple[float, float]:
    """Return mean and 95 % quantile of the gap, by range of the score, if the shares were exactly right.

    With few strains, outcomes differ from true shares by chance; outcomes are drawn from the shares, with a fixed seed.
    """
    p = np.asarray(shares)
    apart = (np.random.default_rng(_SEED).random((_DRAWS, len(p))) < p) - p
    inside = [np.array([_is_in(score, low, high) for score in scores]) for low, high in BANDS]
    gaps = sum(np.abs(apart[:, cells].sum(axis=1)) for cells in inside) / len(p)
    return float(np.mean(gaps)), float(np.quantile(gaps, 0.95))
