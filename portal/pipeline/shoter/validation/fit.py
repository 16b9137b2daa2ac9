"""Fit the curves of a calibration: two parameters per order, with a prior.

With some 40 strains an unconstrained fit would follow single strains. The prior: slope about 1 (the score already
ranks), intercept about -1 (reports name only part of what a strain kills). Strains with the same inventory or source
form a group, and no group is evaluated with a curve that it helped to fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from portal.pipeline.shoter.calibration import BANDS, PARAMETERS, Band, Calibration, Curve, logistic, logit
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.validation.cells import ValidationCell
from portal.pipeline.shoter.validation.strains import KnownStrain

# An order gets a curve if at least this many strains act on it, and as many do not.
LEAST = 4
_PRIOR_MEAN = np.array([-1.0, 1.0])
_PRIOR_SPREAD = np.array([1.5, 0.5])
_STEPS = 200


def fit_calibration(
    cells: Sequence[ValidationCell],
    *,
    strains: Sequence[KnownStrain],
    strains_name: str,
    specificity_sha256: str,
    parameters: ShoterParameters,
) -> Calibration:
    """Return the calibration from the scored cells."""
    return Calibration(
        strains=tuple(strain.strain_id for strain in strains),
        strains_name=strains_name,
        specificity_sha256=specificity_sha256,
        parameters={name: float(getattr(parameters, name)) for name in PARAMETERS},
        curves=fit_curves(cells),
    )


def fit_curves(cells: Sequence[ValidationCell]) -> dict[str, Curve]:
    """Return a curve for each order on which enough strains act, and enough do not."""
    curves = {}
    for order in dict.fromkeys(cell.order for cell in cells):
        scored = [cell for cell in cells if cell.order == order and cell.score > 0.0]
        documented = sum(cell.documented for cell in scored)
        if min(documented, len(scored) - documented) >= LEAST:
            intercept, slope = fit_curve([cell.score for cell in scored], [cell.documented for cell in scored])
            curves[order] = Curve(round(intercept, 4), round(slope, 4), tuple(_bands(scored)))
    return curves


def _bands(cells: Sequence[ValidationCell]) -> list[Band]:
    found = []
    for low, high in BANDS:
        inside = [cell for cell in cells if low <= cell.score < high or (high == 1.0 and cell.score >= high)]
        found.append(Band(low, high, len(inside), sum(cell.documented for cell in inside)))
    return found


def fit_curve(scores: Sequence[float], documented: Sequence[bool]) -> tuple[float, float]:
    """Return intercept and slope of the most probable logistic curve (Newton's method with halved steps)."""
    x = np.array([[1.0, logit(score)] for score in scores])
    y = np.array(documented, dtype=float)
    weights = _PRIOR_MEAN.copy()
    for _ in range(_STEPS):
        p = np.array([logistic(value) for value in x @ weights])
        gradient = x.T @ (p - y) + (weights - _PRIOR_MEAN) / _PRIOR_SPREAD**2
        curvature = (x.T * (p * (1.0 - p))) @ x + np.diag(1.0 / _PRIOR_SPREAD**2)
        step = np.linalg.solve(curvature, gradient)
        while _cost(x, y, weights - step) > _cost(x, y, weights) and np.abs(step).max() > 1e-9:
            step = step / 2.0
        weights = weights - step
        if np.abs(step).max() <= 1e-9:
            break
    return float(weights[0]), float(weights[1])


def _cost(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
    values = x @ weights
    fit = np.logaddexp(0.0, values) - y * values
    return float(fit.sum() + (((weights - _PRIOR_MEAN) / _PRIOR_SPREAD) ** 2).sum() / 2.0)


def groups_of(strains: Sequence[KnownStrain]) -> Mapping[str, str]:
    """Return a group for each strain id: strains with the same toxins or a common source are in one group."""
    parent = {strain.strain_id: strain.strain_id for strain in strains}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    first: dict[object, str] = {}
    for strain in strains:
        for key in (frozenset(strain.toxins), *strain.sources):
            parent[root(strain.strain_id)] = root(first.setdefault(key, strain.strain_id))
    return {name: root(name) for name in parent}


def cross_validated(cells: Sequence[ValidationCell], groups: Mapping[str, str]) -> list[float | None]:
    """Return for each cell the share by curves fitted without its group; None without a curve."""
    shares: list[float | None] = [None] * len(cells)
    for group in sorted(set(groups.values())):
        curves = fit_curves([cell for cell in cells if groups[cell.strain_id] != group])
        for place, cell in enumerate(cells):
            if groups[cell.strain_id] == group and cell.order in curves and cell.score > 0.0:
                shares[place] = curves[cell.order].share(cell.score)
    return shares
