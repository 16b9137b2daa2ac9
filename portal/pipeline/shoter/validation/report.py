"""The result of a validation as Markdown and as two pictures, for docs/science/method.md or an institute."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.domain.errors import InvalidInput
from portal.files.atomic import write_bytes
from portal.pipeline.shoter.validation.validation import CONTROL_LIMIT, MethodResult, Validation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BEGIN, END = "<!-- validation: begin -->", "<!-- validation: end -->"
PICTURES = ("method-reliability", "method-strains")
_COLOURS = {"Shoter": "#00457c", "noisy-OR": "#a59c00"}  # two of cividis' hues: distinct in grey and for all eyes


def as_markdown(validation: Validation, table: dict[str, object], source: str) -> str:
    """Return the tables: figures of the four methods, reliability, and every strain."""
    lines = [
        f"Strains: `{source}`; specificity table {table['name']} {table['version']} "
        f"(SHA-256 `{str(table['sha256'])[:12]}`, {table['facts']} facts, {table['unverified_facts']} unverified).",
        "",
        "| method | cells | positive | AUC | Brier | top-1 | wrong strains |",
        "|---|---|---|---|---|---|---|",
        *(_method_row(method) for method in validation.methods),
        "",
        "Reliability (cells: strain x order; a well calibrated score has the same number in the last two columns):",
        "",
        "| method | score | cells | mean score | positive |",
        "|---|---|---|---|---|",
    ]
    for method in (validation.full, validation.left_out):
        lines += [
            f"| {method.method} | {found.low:g}-{found.high:g} | {found.cells} | {found.mean_score:.2f} "
            f"| {found.positive_share:.2f} |"
            for found in method.reliability
        ]
    lines += [
        "",
        "Order on top instead of a primary one:",
        "",
        "| method | primary | on top | strains |",
        "|---|---|---|---|",
    ]
    confusions = [(method.method, *confusion) for method in validation.methods for confusion in method.confusions]
    lines += [f"| {method} | {expected} | {found} | {number} |" for method, expected, found, number in confusions]
    lines += ["" if confusions else "| - | - | - | - |", *_strain_table(validation)]
    return "\n".join(lines) + "\n"


def _method_row(method: MethodResult) -> str:
    wrong = ", ".join(verdict.strain.strain_id for verdict in method.verdicts if verdict.failure) or "none"
    return (
        f"| {method.method} | {method.cells} | {method.positives} | {method.auc:.3f} | {method.brier:.3f} "
        f"| {method.top1:.2f} | {wrong} |"
    )


def _strain_table(validation: Validation) -> list[str]:
    lines = [
        "Every strain (score of the primary orders; highest other order in brackets):",
        "",
        "| strain | primary | Shoter | own records left out | noisy-OR |",
        "|---|---|---|---|---|",
    ]
    for full, left_out, baseline in zip(
        validation.full.verdicts, validation.left_out.verdicts, validation.baseline_full.verdicts, strict=True
    ):
        cells = [_strain_cell(verdict.scores, full.strain.primary) for verdict in (full, left_out, baseline)]
        primary = ", ".join(full.strain.primary) or "control"
        lines.append(f"| {full.strain.strain_id} {full.strain.name} | {primary} | {' | '.join(cells)} |")
    return lines


def _strain_cell(scores: Any, primary: Sequence[str]) -> str:
    own = "/".join(f"{scores.get(order, 0.0):.2f}" for order in primary) or "-"
    others = {order: value for order, value in scores.items() if order not in primary}
    best = max(others, key=lambda order: others[order])
    return f"{own} ({best} {others[best]:.2f})" if others[best] > 0.0 else own


def write_report(folder: Path, page: Path, validation: Validation, table: dict[str, object], source: str) -> list[Path]:
    """Replace the marked part of a Markdown page and draw both pictures (SVG and PNG) into `folder`.

    Raises:
        InvalidInput: the page has no such marks.
    """
    text = page.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise InvalidInput(f"{page.name} lacks the lines {BEGIN} and {END}", field="docs")
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    body = as_markdown(validation, table, source)
    write_bytes(page, f"{head}{BEGIN}\n\n{body}\n{END}{tail}".encode())
    return [page, *draw_pictures(folder, validation)]


def draw_pictures(folder: Path, validation: Validation) -> list[Path]:
    """Draw the reliability diagram and the strains; the same result gives the same bytes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    written = []
    with mpl.rc_context({"svg.hashsalt": "bttoxin-portal", "svg.fonttype": "path", "font.size": 9}):
        for name, draw, size in (
            (PICTURES[0], _draw_reliability, (4.6, 4.2)),
            (PICTURES[1], _draw_strains, (6.4, 0.32 * len(validation.full.verdicts) + 1.2)),
        ):
            figure = Figure(figsize=size, layout="constrained")
            draw(figure, validation)
            for suffix, extra in (("svg", {"metadata": {"Date": None}}), ("png", {"dpi": 150})):
                path = folder / f"{name}.{suffix}"
                figure.savefig(path, **extra)
                written.append(path)
    return written


def _draw_reliability(figure: Figure, validation: Validation) -> None:
    axes: Axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1, label="calibrated")
    for method, name, style in (
        (validation.full, "Shoter", "-"),
        (validation.left_out, "Shoter", ":"),
        (validation.baseline_left_out, "noisy-OR", ":"),
    ):
        axes.plot(
            [found.mean_score for found in method.reliability],
            [found.positive_share for found in method.reliability],
            style,
            marker="o" if name == "Shoter" else "s",
            color=_COLOURS[name],
            label=method.method,
        )
    axes.set(xlabel="mean score of the cells", ylabel="share of positive cells", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
    axes.legend(frameon=False, loc="upper left")


def _draw_strains(figure: Figure, validation: Validation) -> None:
    axes: Axes = figure.subplots()
    names = []
    for row, (full, left_out) in enumerate(zip(validation.full.verdicts, validation.left_out.verdicts, strict=True)):
        primary = full.strain.primary
        names.append(f"{full.strain.strain_id} {full.strain.name}")
        others = max((value for order, value in full.scores.items() if order not in primary), default=0.0)
        axes.plot([others], [row], "x", color="0.1", zorder=4, label="best other order" if row == 0 else None)
        own = [full.scores.get(order, 0.0) for order in primary]
        held = [left_out.scores.get(order, 0.0) for order in primary]
        axes.plot(own, [row] * len(own), "o", color=_COLOURS["Shoter"], label="primary orders" if row == 0 else None)
        axes.plot(
            held,
            [row] * len(held),
            "o",
            markerfacecolor="none",
            color=_COLOURS["Shoter"],
            label="primary orders, own records left out" if row == 0 else None,
        )
    axes.axvline(CONTROL_LIMIT, color="0.8", linewidth=1, zorder=0)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set(xlabel="score (uncalibrated)", xlim=(-0.03, 1.03))
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=8)


def as_json(validation: Validation) -> dict[str, Any]:
    """Return the result for machines."""
    return {
        "methods": [
            {
                "method": method.method,
                "cells": method.cells,
                "positives": method.positives,
                "auc": _finite(method.auc),
                "brier": _finite(method.brier),
                "top1": _finite(method.top1),
                "failures": method.failures,
                "reliability": [vars(found) for found in method.reliability],
                "confusions": [list(confusion) for confusion in method.confusions],
                "strains": {
                    verdict.strain.strain_id: {order: round(value, 4) for order, value in verdict.scores.items()}
                    for verdict in method.verdicts
                },
            }
            for method in validation.methods
        ]
    }


def _finite(value: float) -> float | None:
    return None if math.isnan(value) else round(value, 4)
