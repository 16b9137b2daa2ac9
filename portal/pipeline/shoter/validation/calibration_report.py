"""docs/science/calibration.md: the curves, their fit on other strains, and their robustness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.files.atomic import write_bytes
from portal.pipeline.shoter.calibration import Calibration
from portal.pipeline.shoter.evidence import EvidenceIndex
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.specificity.facts import Fact
from portal.pipeline.shoter.validation.cells import ValidationCell, auc, brier, cells_of
from portal.pipeline.shoter.validation.fit import cross_validated, fit_calibration, groups_of
from portal.pipeline.shoter.validation.orders import OrderReliability, reliability_of_shares
from portal.pipeline.shoter.validation.pooling import SPREAD, Spread
from portal.pipeline.shoter.validation.spreads import log_loss, losses, nested
from portal.pipeline.shoter.validation.strains import KnownStrain
from portal.pipeline.shoter.validation.validation import pest_orders, score_known

BEGIN, END = "<!-- calibration: begin -->", "<!-- calibration: end -->"
_NEGATIVE_FACTORS = (1.0, 1.5, 2.0, 3.0)
_SILENCES = (0.25, 0.5, 1.0)


@dataclass(frozen=True)
class Figures:
    """Figures for scores and shares over the cells of a set of strains; shares only for orders with a curve."""

    strains: int
    groups: int
    auc_scores: float
    auc_shares: float
    brier_scores: float
    brier_shares: float
    loss_shares: float
    orders: tuple[OrderReliability, ...]


@dataclass(frozen=True)
class CalibrationStudy:
    """A calibration with its figures: in-sample, cross-validated, on other strains, and under other parameters."""

    calibration: Calibration
    in_sample: Figures
    cross_validated: Figures
    nested: Figures  # cross-validated, with the spread between orders chosen anew in each fold
    losses: Mapping[Spread, float]  # cross-validated
    tests: Mapping[str, Figures]
    robustness: Mapping[tuple[float, float], tuple[float, float]]  # AUC in full, AUC with own records left out


def study(
    strains: Sequence[KnownStrain],
    name: str,
    facts: Sequence[Fact],
    specificity_sha256: str,
    parameters: ShoterParameters,
    tests: Mapping[str, Sequence[KnownStrain]],
) -> CalibrationStudy:
    """Fit a calibration on strains and evaluate it."""
    cells = _cells(strains, facts, parameters)
    calibration = fit_calibration(
        cells, strains=strains, strains_name=name, specificity_sha256=specificity_sha256, parameters=parameters
    )
    groups = groups_of(strains)
    return CalibrationStudy(
        calibration=calibration,
        in_sample=_figures(strains, cells, _shares(cells, calibration)),
        cross_validated=_figures(strains, cells, cross_validated(cells, groups)),
        nested=_figures(strains, cells, nested(cells, groups)),
        losses=losses(cells, groups),
        tests={
            other: _figures(found, test_cells, _shares(test_cells, calibration))
            for other, found in tests.items()
            for test_cells in [_cells(found, facts, parameters)]
        },
        robustness={
            (factor, silence): _aucs(strains, facts, replace(parameters, negative_factor=factor, silence=silence))
            for factor in _NEGATIVE_FACTORS
            for silence in _SILENCES
        },
    )


def _cells(
    strains: Sequence[KnownStrain], facts: Sequence[Fact], parameters: ShoterParameters, *, leave_own_out: bool = False
) -> list[ValidationCell]:
    index = EvidenceIndex(facts, parameters)
    orders = pest_orders(index)
    return cells_of((strain, score_known(strain, index, orders, leave_own_out=leave_own_out)) for strain in strains)


def _aucs(strains: Sequence[KnownStrain], facts: Sequence[Fact], parameters: ShoterParameters) -> tuple[float, float]:
    both = (_cells(strains, facts, parameters, leave_own_out=left_out) for left_out in (False, True))
    full, left_out = (auc([cell.score for cell in cells], [cell.documented for cell in cells]) for cells in both)
    return full, left_out


def _shares(cells: Sequence[ValidationCell], calibration: Calibration) -> list[float | None]:
    found = (calibration.documented(cell.order, cell.score) for cell in cells)
    return [documented.share if documented else None for documented in found]


def _figures(
    strains: Sequence[KnownStrain], cells: Sequence[ValidationCell], shares: Sequence[float | None]
) -> Figures:
    known = [(cell, share) for cell, share in zip(cells, shares, strict=True) if share is not None]
    labels = [cell.documented for cell, _ in known]
    scores = [cell.score for cell, _ in known]
    values = [share for _, share in known]
    return Figures(
        strains=len(strains),
        groups=len(set(groups_of(strains).values())),
        auc_scores=auc(scores, labels),
        auc_shares=auc(values, labels),
        brier_scores=brier(scores, labels),
        brier_shares=brier(values, labels),
        loss_shares=log_loss(cells, shares),
        orders=tuple(found for found in reliability_of_shares(cells, shares) if found.share is not None),
    )


def as_markdown(found: CalibrationStudy, table: Mapping[str, object]) -> str:
    """Return the tables of a study."""
    calibration = found.calibration
    lines = [
        f"Strains: `{calibration.strains_name}`, {found.in_sample.strains} in {found.in_sample.groups} groups (one "
        f"inventory or one source); specificity table {table['name']} {table['version']} "
        f"(SHA-256 `{str(table['sha256'])[:12]}`).",
        "",
        "| order | intercept | slope | documented of strains with a score of 0-0.25 | 0.25-0.5 | 0.5-0.75 | 0.75-1 |",
        "|---|---|---|---|---|---|---|",
    ]
    for order, curve in calibration.curves.items():
        bands = " | ".join(f"{band.documented} of {band.strains}" for band in curve.bands)
        lines.append(f"| {order} | {curve.intercept:.2f} | {curve.slope:.2f} | {bands} |")
    lines += _figure_tables(found)
    lines += [
        "",
        "AUC of the scores on these strains under other parameters (in full / own records left out):",
        "",
        f"| negative_factor | {' | '.join(f'silence {silence:g}' for silence in _SILENCES)} |",
        f"|---|{'---|' * len(_SILENCES)}",
    ]
    for factor in _NEGATIVE_FACTORS:
        pairs = (found.robustness[factor, silence] for silence in _SILENCES)
        lines.append(f"| {factor:g} | {' | '.join(f'{full:.3f} / {left:.3f}' for full, left in pairs)} |")
    return "\n".join(lines) + "\n"


def _figure_tables(found: CalibrationStudy) -> list[str]:
    sets = {
        "these strains, in-sample": found.in_sample,
        "these strains, cross-validated": found.cross_validated,
        "these strains, cross-validated with the choice of the spread": found.nested,
        **{f"`{name}`, not fitted on": figures for name, figures in found.tests.items()},
    }
    lines = [
        "",
        "Cells with a share (strain x order with a curve):",
        "",
        "| strains | AUC of scores | AUC of shares | Brier of scores | Brier of shares | log loss of shares |",
        "|---|---|---|---|---|---|",
    ]
    for name, figures in sets.items():
        lines.append(
            f"| {name} ({figures.strains}) | {figures.auc_scores:.3f} | {figures.auc_shares:.3f} "
            f"| {figures.brier_scores:.3f} | {figures.brier_shares:.3f} | {figures.loss_shares:.3f} |"
        )
    lines += [
        "",
        "Order by order (gap: share and documented part apart, averaged over the four ranges of the score, and over "
        "four ranges of the share; by chance: the mean gap, by score, of true shares on as many strains, and its 95 % "
        "quantile):",
        "",
        "| strains | order | cells | mean share | documented | gap by score | gap by share | by chance |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, figures in sets.items():
        lines += [
            f"| {name} | {order.order} | {order.cells} | {order.share:.2f} | {order.documented:.2f} | {order.gap:.3f} "
            f"| {order.gap_by_share:.3f} | {order.chance[0]:.2f} (to {order.chance[1]:.2f}) |"
            for order in figures.orders
        ]
    return [*lines, *_loss_table(found.losses)]


def _loss_table(losses: Mapping[Spread, float]) -> list[str]:
    slopes = sorted({spread.slope for spread in losses})
    lines = [
        "",
        f"Cross-validated log loss under other spreads between orders (used: {SPREAD.intercept:g} of the intercept, "
        f"{SPREAD.slope:g} of the slope):",
        "",
        f"| intercept | {' | '.join(f'slope {slope:g}' for slope in slopes)} |",
        f"|---|{'---|' * len(slopes)}",
    ]
    for intercept in sorted({spread.intercept for spread in losses}):
        row = (f"{losses[Spread(intercept, slope)]:.3f}" for slope in slopes)
        lines.append(f"| {intercept:g} | {' | '.join(row)} |")
    return lines


def write_report(page: Path, found: CalibrationStudy, table: Mapping[str, object]) -> None:
    """Replace the marked part of a Markdown page.

    Raises:
        InvalidInput: the page lacks the marks.
    """
    text = page.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise InvalidInput(Message("validation.no_marks", name=page.name, begin=BEGIN, end=END), field="docs")
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    write_bytes(page, f"{head}{BEGIN}\n\n{as_markdown(found, table)}\n{END}{tail}".encode())
