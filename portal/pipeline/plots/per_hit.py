"""Draw hit x order: the contribution of each toxin gene, and the certainty of the toxin itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from portal.pipeline.plots import canvas, lettering, marks
from portal.pipeline.plots.table import Cell, write_table
from portal.pipeline.plots.target_heatmap import (
    Column,
    columns_of,
    draw_header,
    header_height,
    header_overhang,
    target_order,
)
from portal.pipeline.plots.words import Words
from portal.results.names import plot_table
from portal.results.scores import ScoredHit, StrainScores, UnitShare
from portal.results.targets import UNKNOWN_STATES

DOMAINS = (("Endotoxin_N", "I"), ("Endotoxin_M", "II"), ("Endotoxin_C", "III"))
LABEL_MAX_IN = 1.15
BAR_IN = 0.44
DOMAIN_IN = 0.13
STRIP_GAP_IN = 0.1
STRIPS_IN = 2 * (BAR_IN + STRIP_GAP_IN) + len(DOMAINS) * DOMAIN_IN + STRIP_GAP_IN
BAR_COLOUR = "#8a94a6"


@dataclass(frozen=True)
class Layout:
    """Positions of the parts, in inches."""

    left: float
    grid: float
    top: float
    row: float
    columns: Sequence[Column]
    width: float
    label: float


def draw_per_hit(strain: StrainScores, stem: Path, *, words: Words, footer: str) -> tuple[str, ...]:
    """Draw one strain's hits; write `<stem>.svg`, `.png` and `.plot.tsv` and return their names."""
    with canvas.drawing():
        sheet = _sheet(strain, words, footer)
        files = canvas.save(sheet, stem, title=words.contributions_title, description=footer)
    return (*files, _table(strain, stem))


def ordered_hits(strain: StrainScores) -> list[ScoredHit]:
    """Return the scored hits, strongest family first, then the unused ones."""
    shares = shares_by_hit(strain)
    best = {hit.protein_id: _best(shares, hit) for hit in strain.hits}
    return sorted(strain.hits, key=lambda hit: (not hit.kept, -best[hit.protein_id], hit.name, hit.protein_id))


def _best(shares: dict[tuple[str, str], UnitShare], hit: ScoredHit) -> float:
    return max((share.contribution for (owner, _), share in shares.items() if owner == hit.protein_id), default=-1.0)


def shares_by_hit(strain: StrainScores) -> dict[tuple[str, str], UnitShare]:
    """Return the contribution of each hit's unit to each target, by (protein id, target)."""
    owners: dict[str, list[str]] = {}
    for hit in strain.hits:
        if hit.unit_id and hit.kept:
            owners.setdefault(hit.unit_id, []).append(hit.protein_id)
    return {
        (protein_id, target.target): share
        for target in strain.targets
        for share in target.units
        for protein_id in owners.get(share.unit_id, ())
    }


def _layout(strain: StrainScores, words: Words) -> Layout:
    targets = target_order([strain])
    rows = len(strain.hits)
    widest = max((lettering.text_width(hit.name, canvas.TEXT_PT) for hit in strain.hits), default=0.5)
    label = min(LABEL_MAX_IN, widest) + 0.08
    left = canvas.MARGIN_IN + label
    grid = left + STRIPS_IN
    columns, width = columns_of(targets, canvas.WIDTH_IN - grid - header_overhang(words, targets), widest=0.44)
    return Layout(
        left=left,
        grid=grid,
        top=0.55 + header_height(words, targets),
        row=0.24 if rows <= 20 else 0.19,
        columns=columns,
        width=width,
        label=label,
    )


def _sheet(strain: StrainScores, words: Words, footer: str) -> canvas.Sheet:
    hits, at = ordered_hits(strain), _layout(strain, words)
    shares = shares_by_hit(strain)
    states = [share.state for share in shares.values()] + ["no_evidence"]
    key = marks.key_rows(words, states if hits else [], canvas.WIDTH_IN - 2 * canvas.MARGIN_IN, likely=False)
    if not hits:
        sheet = canvas.Sheet.blank(1.5)
        sheet.title(words.contributions_title, strain.strain)
        marks.note(sheet, words.no_toxin, 0.8)
        sheet.footer(footer)
        return sheet
    below = at.top + at.row * len(hits) + 0.14
    sheet = canvas.Sheet.blank(below + 0.3 + len(key) * marks.KEY_ROW_IN + canvas.FOOTER_IN)
    sheet.title(words.contributions_title, strain.strain)
    axes = sheet.canvas_axes()
    draw_header(sheet, words, at.columns, at.width, at.grid, at.top)
    _strip_header(sheet, words, at)
    cells = marks.Cells()
    for index, hit in enumerate(hits):
        y = at.top + index * at.row
        colour = canvas.INK if hit.kept else canvas.MUTED
        name = lettering.shorten(hit.name, at.label, canvas.TEXT_PT)
        sheet.text(at.left - 0.07, y + at.row / 2, name, ha="right", va="center", color=colour)
        _strips(sheet, axes, hit, at, y)
        if hit.kept:
            _cells(sheet, cells, hit, shares, at, y)
        else:
            reason = f"{words.not_used}: {hit.dropped_reason}" if hit.dropped_reason else words.not_used
            room = canvas.WIDTH_IN - at.grid - canvas.MARGIN_IN
            sheet.text(
                at.grid,
                y + at.row / 2,
                lettering.shorten(reason, room, canvas.SMALL_PT),
                size=canvas.SMALL_PT,
                va="center",
                color=canvas.MUTED,
            )
    cells.draw(axes)
    marks.colour_bar(sheet, f"{words.contribution} ({words.rank_only})", canvas.MARGIN_IN, below, 2.9)
    marks.draw_key(sheet, axes, words, key, canvas.MARGIN_IN, below + 0.3)
    sheet.footer(footer)
    return sheet


def _strip_header(sheet: canvas.Sheet, words: Words, at: Layout) -> None:
    places = [
        (at.left + BAR_IN / 2, words.identity),
        (at.left + BAR_IN * 1.5 + STRIP_GAP_IN, words.coverage),
        (at.left + 2 * (BAR_IN + STRIP_GAP_IN) + 1.5 * DOMAIN_IN, words.domains),
    ]
    for x, label in places:
        sheet.text(
            x - 0.03,
            at.top - 0.04,
            label,
            size=canvas.SMALL_PT,
            rotation=45,
            rotation_mode="anchor",
            va="bottom",
            ha="left",
        )


def _strips(sheet: canvas.Sheet, axes: Axes, hit: ScoredHit, at: Layout, y: float) -> None:
    bar_top, bar_height = y + 0.2 * at.row, 0.6 * at.row
    for place, value in enumerate((hit.identity_percent, hit.coverage_percent)):
        x = at.left + place * (BAR_IN + STRIP_GAP_IN)
        axes.add_artist(Rectangle((x, bar_top), BAR_IN, bar_height, facecolor="#eef0f3", linewidth=0))
        if value is None:
            sheet.text(
                x + BAR_IN / 2, y + at.row / 2, "–", size=canvas.SMALL_PT, ha="center", va="center", color=canvas.MUTED
            )
            continue
        share = min(1.0, value / 100)
        axes.add_artist(Rectangle((x, bar_top), BAR_IN * share, bar_height, facecolor="#c4cad4", linewidth=0))
        text = f"{value:.0f}" if value >= 99.95 else f"{value:.1f}"
        sheet.text(x + 0.04, y + at.row / 2, text, size=canvas.SMALL_PT, va="center")
    x = at.left + 2 * (BAR_IN + STRIP_GAP_IN)
    for place, (domain, _) in enumerate(DOMAINS):
        _domain(axes, hit.domains.get(domain), (x + place * DOMAIN_IN, y + at.row / 2 - 0.05, 0.1, 0.1))


def _domain(axes: Axes, found: bool | None, box: marks.Box) -> None:
    left, top, width, height = box
    if found is None:
        axes.plot([left + 0.03, left + width - 0.03], [top + height / 2] * 2, color=canvas.RULE, linewidth=0.8)
        return
    face = BAR_COLOUR if found else "white"
    axes.add_artist(Rectangle((left, top), width, height, facecolor=face, edgecolor=BAR_COLOUR, linewidth=0.6))


def _cells(
    sheet: canvas.Sheet,
    cells: marks.Cells,
    hit: ScoredHit,
    shares: dict[tuple[str, str], UnitShare],
    at: Layout,
    y: float,
) -> None:
    for column in at.columns:
        share = shares.get((hit.protein_id, column.target))
        box = (at.grid + column.left, y, at.width, at.row)
        cells.add(box, share.contribution if share else 0.0, share.state if share else "no_evidence")
        if share and share.state not in UNKNOWN_STATES:
            sheet.text(
                box[0] + at.width / 2,
                y + at.row / 2 + 0.005,
                marks.number(share.contribution),
                size=canvas.SMALL_PT if at.width > 0.3 else 5.8,
                color=marks.ink_on(share.contribution),
                ha="center",
                va="center",
            )


def _table(strain: StrainScores, stem: Path) -> str:
    shares = shares_by_hit(strain)
    rows: list[list[Cell]] = []
    for hit in ordered_hits(strain):
        for target, _ in target_order([strain]):
            share = shares.get((hit.protein_id, target))
            unit = (
                [share.contribution, share.weight, share.probability, share.state]
                if share
                else [None, None, None, None]
            )
            known: list[Cell] = [
                hit.protein_id,
                hit.name,
                hit.name_1998,
                hit.unit_id,
                hit.identity_percent,
                hit.coverage_percent,
            ]
            rows.append([*known, hit.kept, hit.dropped_reason, target, *unit])
    names = (
        "protein_id", "toxin", "toxin_1998", "unit_id", "identity_percent", "coverage_percent", "kept",
        "dropped_reason", "target", "contribution", "weight", "probability", "state",
    )  # fmt: skip
    return write_table(stem.with_name(plot_table(stem.name)), names, rows)
