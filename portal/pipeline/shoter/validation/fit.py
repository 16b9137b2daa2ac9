"""Fit the curves of a calibration, and evaluate them on strains that they were not fitted on.

Strains with the same inventory or source form a group, and no group is evaluated with a curve that it helped to fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from portal.pipeline.shoter.calibration import BANDS, PARAMETERS, Band, Calibration, Curve
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.validation.cells import ValidationCell
from portal.pipeline.shoter.validation.pooling import SPREAD, Spread, pooled_curves
from portal.pipeline.shoter.validation.strains import KnownStrain

# An order gets a curve if at least this many strains act on it, and as many do not.
LEAST = 4


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


def orders_with_curves(cells: Sequence[ValidationCell]) -> list[str]:
    """Return the orders on which enough strains act, and enough do not."""
    found = []
    for order in dict.fromkeys(cell.order for cell in cells):
        scored = [cell for cell in cells if cell.order == order and cell.score > 0.0]
        documented = sum(cell.documented for cell in scored)
        if min(documented, len(scored) - documented) >= LEAST:
            found.append(order)
    return found


def fit_curves(
    cells: Sequence[ValidationCell], *, orders: Iterable[str] | None = None, spread: Spread = SPREAD
) -> dict[str, Curve]:
    """Return a curve for each of the orders, by default those with enough strains."""
    wanted = orders_with_curves(cells) if orders is None else orders
    scored = {order: [cell for cell in cells if cell.order == order and cell.score > 0.0] for order in wanted}
    points = {order: [(cell.score, cell.documented) for cell in found] for order, found in scored.items() if found}
    if not points:
        return {}
    return {
        order: Curve(round(intercept, 4), round(slope, 4), tuple(_bands(scored[order])))
        for order, (intercept, slope) in pooled_curves(points, spread).items()
    }


def _bands(cells: Sequence[ValidationCell]) -> list[Band]:
    found = []
    for low, high in BANDS:
        inside = [cell for cell in cells if low <= cell.score < high or (high == 1.0 and cell.score >= high)]
        found.append(Band(low, high, len(inside), sum(cell.documented for cell in inside)))
    return found


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


def cross_validated(
    cells: Sequence[ValidationCell], groups: Mapping[str, str], spread: Spread = SPREAD
) -> list[float | None]:
    """Return for each cell the share by curves fitted without its group; None without a curve or a score."""
    orders = orders_with_curves(cells)
    shares: list[float | None] = [None] * len(cells)
    for group in sorted(set(groups.values())):
        curves = fit_curves([cell for cell in cells if groups[cell.strain_id] != group], orders=orders, spread=spread)
        for place, cell in enumerate(cells):
            if groups[cell.strain_id] == group and cell.order in curves and cell.score > 0.0:
                shares[place] = curves[cell.order].share(cell.score)
    return shares
