"""Fit logistic curves of several orders together: each is drawn towards a common curve, which has a prior itself.

Few strains are documented for beetles or nematodes. Fitted alone, their curves follow single strains; a common curve
would claim that a score means the same on every order. Between the two, an order departs from the common curve as far
as its own strains demand it (partial pooling, Gelman & Hill 2006, chapter 14).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from portal.pipeline.shoter.calibration import logit

Points = Sequence[tuple[float, bool]]  # score, documented
# The common curve: slope about 1 (the score already ranks), intercept about -1 (reports name a part of what is killed).
_MEAN = np.array([-1.0, 1.0])
_MEAN_SPREAD = np.array([1.5, 0.5])
_STEPS = 200
_SMALL = 1e-9


@dataclass(frozen=True)
class Spread:
    """How far the curves of orders differ: standard deviations of intercept and slope around the common curve."""

    intercept: float
    slope: float


# Set by hand. Cross-validation hardly tells spreads apart: docs/science/calibration.md has the table.
SPREAD = Spread(0.5, 0.5)


def pooled_curves(points: Mapping[str, Points], spread: Spread = SPREAD) -> dict[str, tuple[float, float]]:
    """Return intercept and slope of each order at the most probable values of all curves.

    Newton's method with halved steps. The parameters are those of the common curve followed by those of the orders.
    """
    x, y = _design(points)
    precision, pull = _prior(len(points), np.array([spread.intercept, spread.slope]))
    found = np.tile(_MEAN, len(points) + 1)

    def cost(at: NDArray[np.float64]) -> float:
        values = x @ at
        return float((np.logaddexp(0.0, values) - y * values).sum() + at @ precision @ at / 2.0 - pull @ at)

    for _ in range(_STEPS):
        shares = 1.0 / (1.0 + np.exp(-(x @ found)))
        gradient = x.T @ (shares - y) + precision @ found - pull
        curvature = (x.T * (shares * (1.0 - shares))) @ x + precision
        step = np.linalg.solve(curvature, gradient)
        while cost(found - step) > cost(found) and np.abs(step).max() > _SMALL:
            step = step / 2.0
        found = found - step
        if np.abs(step).max() <= _SMALL:
            break
    return {
        order: (float(found[2 * place]), float(found[2 * place + 1])) for place, order in enumerate(points, start=1)
    }


def _design(points: Mapping[str, Points]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a row per point, with 1 and logit(score) in the columns of its order, and the outcomes."""
    rows, outcomes = [], []
    for place, found in enumerate(points.values(), start=1):
        for score, documented in found:
            row = np.zeros(2 * (len(points) + 1))
            row[2 * place : 2 * place + 2] = 1.0, logit(score)
            rows.append(row)
            outcomes.append(float(documented))
    return np.array(rows), np.array(outcomes)


def _prior(orders: int, spread: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return precision matrix and linear term of the prior of the common curve and of the orders around it."""
    size = 2 * (orders + 1)
    precision, pull = np.zeros((size, size)), np.zeros(size)
    for kind in (0, 1):  # intercept, slope
        precision[kind, kind] = 1.0 / _MEAN_SPREAD[kind] ** 2
        pull[kind] = _MEAN[kind] / _MEAN_SPREAD[kind] ** 2
        between = 1.0 / spread[kind] ** 2
        for place in range(1, orders + 1):
            own = 2 * place + kind
            precision[own, own] += between
            precision[kind, kind] += between
            precision[own, kind] -= between
            precision[kind, own] -= between
    return precision, pull
