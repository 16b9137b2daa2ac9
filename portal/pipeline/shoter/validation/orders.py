"""Reliability by order: calibrated shares against documented action of the strains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal.pipeline.shoter.calibration import BANDS, Calibration
from portal.pipeline.shoter.validation.cells import ReliabilityBin, ValidationCell, gap, reliability


@dataclass(frozen=True)
class OrderReliability:
    """One order over all strains with a score on it; shares are None if the order has no curve."""

    order: str
    cells: int
    mean_score: float
    documented: float
    share: float | None
    bins: tuple[ReliabilityBin, ...]  # of the shares; of the scores if there is no curve

    @property
    def gap(self) -> float:
        """Return the difference between shares (or scores) and documented action, averaged over the cells."""
        return gap(self.bins)


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
        is_calibrated = len(known) == len(pairs)
        values = known if is_calibrated else [cell.score for cell, _ in pairs]
        found.append(
            OrderReliability(
                order=order,
                cells=len(pairs),
                mean_score=sum(cell.score for cell, _ in pairs) / len(pairs),
                documented=sum(labels) / len(pairs),
                share=sum(known) / len(pairs) if is_calibrated else None,
                bins=reliability(values, labels, BANDS),
            )
        )
    return tuple(found)
