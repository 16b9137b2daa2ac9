"""Pictures of a validation as SVG and PNG: the reliability diagram and the strains."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from portal.pipeline.shoter.validation.validation import CONTROL_LIMIT, Validation

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PICTURES = ("method-reliability", "method-strains")
_COLOURS = {"Shoter": "#00457c", "noisy-OR": "#a59c00"}  # two hues of cividis: distinct in grey and for all eyes


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
    axes.set(xlabel="score (a rank, not a probability)", xlim=(-0.03, 1.03))
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=8)
