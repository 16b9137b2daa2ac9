"""How the spread between orders was chosen: losses of several spreads, and a nested cross-validation of the choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from portal.pipeline.shoter.validation.cells import ValidationCell
from portal.pipeline.shoter.validation.fit import cross_validated, fit_curves, orders_with_curves
from portal.pipeline.shoter.validation.pooling import Spread

# From curves that are nearly common to curves that are nearly independent.
SPREADS = tuple(Spread(intercept, slope) for intercept in (0.1, 0.5, 2.0) for slope in (0.1, 0.5, 1.0))
_INNER_FOLDS = 6


def log_loss(cells: Sequence[ValidationCell], shares: Sequence[float | None]) -> float:
    """Return the mean negative logarithm of the probability that the shares give to the outcomes; NaN without any."""
    known = [(share, cell.documented) for cell, share in zip(cells, shares, strict=True) if share is not None]
    if not known:
        return float("nan")
    return float(np.mean([-np.log(share if documented else 1.0 - share) for share, documented in known]))


def losses(cells: Sequence[ValidationCell], groups: Mapping[str, str]) -> dict[Spread, float]:
    """Return the cross-validated loss of each spread."""
    return {spread: log_loss(cells, cross_validated(cells, groups, spread)) for spread in SPREADS}


def nested(cells: Sequence[ValidationCell], groups: Mapping[str, str]) -> list[float | None]:
    """Return cross-validated shares where the spread, too, is chosen without the group that is evaluated.

    Within the other groups, dealt into a few folds, the spread with the least loss is chosen.
    """
    orders = orders_with_curves(cells)
    shares: list[float | None] = [None] * len(cells)
    for group in sorted(set(groups.values())):
        others = [cell for cell in cells if groups[cell.strain_id] != group]
        folds = _dealt({cell.strain_id: groups[cell.strain_id] for cell in others})
        found = losses(others, folds)
        curves = fit_curves(others, orders=orders, spread=min(found, key=lambda spread: found[spread]))
        for place, cell in enumerate(cells):
            if groups[cell.strain_id] == group and cell.order in curves and cell.score > 0.0:
                shares[place] = curves[cell.order].share(cell.score)
    return shares


def _dealt(groups: Mapping[str, str]) -> dict[str, str]:
    """Return a few larger groups: whole groups dealt out in turn."""
    turn = {group: str(place % _INNER_FOLDS) for place, group in enumerate(sorted(set(groups.values())))}
    return {strain: turn[group] for strain, group in groups.items()}
