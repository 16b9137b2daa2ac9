"""Draw toxin proteins to scale, with domains, the part aligned to the reference, and the reference's length."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from portal.pipeline.plots import canvas, lettering, marks
from portal.pipeline.plots.table import Cell, write_table
from portal.pipeline.plots.words import Words
from portal.results.names import plot_table
from portal.results.toxins import FoundToxin, ToxinsDocument

ROW_IN = 0.25
BAR_IN = 0.13
PROTEINS_SHOWN = 60
# Far apart in lightness and safe for colour-blind readers (Okabe and Ito, https://jfly.uni-koeln.de/color/).
DOMAIN_COLOURS = {
    "Endotoxin_N": "#0072b2",
    "Endotoxin_M": "#e69f00",
    "Endotoxin_C": "#009e73",
    "Endotoxin_mid": "#56b4e9",
    "Toxin_10": "#cc79a7",
    "ETX_MTX2": "#d55e00",
}
OTHER_COLOUR = "#8a94a6"


def draw_domains(inventory: ToxinsDocument, stem: Path, *, words: Words, footer: str) -> tuple[str, ...]:
    """Draw the proteins; write `<stem>.svg`, `.png` and `.plot.tsv` and return their names."""
    toxins = sorted(
        (toxin for toxin in inventory.toxins if not toxin.accessory),
        key=lambda toxin: (-toxin.length_aa, toxin.name, toxin.protein_id),
    )
    with canvas.drawing():
        sheet = _sheet(inventory, toxins, words)
        sheet.footer(footer)
        files = canvas.save(sheet, stem, title=words.domains_title, description=footer)
    names = ("strain", "protein_id", "toxin", "length_aa", "reference_length_aa", "domain", "start", "end")
    rows = [row for toxin in toxins for row in _table_rows(inventory.strain, toxin)]
    return (*files, write_table(stem.with_name(plot_table(stem.name)), names, rows))


def _reference_length(toxin: FoundToxin) -> int | None:
    return toxin.hit.length if toxin.hit else None


def _table_rows(strain: str, toxin: FoundToxin) -> list[list[Cell]]:
    head: list[Cell] = [strain, toxin.protein_id, toxin.name, toxin.length_aa, _reference_length(toxin)]
    return [[*head, span.name, span.start, span.end] for span in toxin.domain_spans] or [[*head, None, None, None]]


def _sheet(inventory: ToxinsDocument, toxins: Sequence[FoundToxin], words: Words) -> canvas.Sheet:
    if not toxins:
        sheet = canvas.Sheet.blank(1.6)
        sheet.title(words.domains_title, inventory.strain)
        marks.note(sheet, words.no_toxin, 0.85)
        return sheet
    shown = toxins[:PROTEINS_SHOWN]
    label = min(1.2, max(lettering.text_width(toxin.name, canvas.TEXT_PT) for toxin in shown)) + 0.1
    left = canvas.MARGIN_IN + label
    longest = max(max(toxin.length_aa, _reference_length(toxin) or 0) for toxin in shown)
    scale = (canvas.WIDTH_IN - left - canvas.MARGIN_IN) / longest
    keys = _key(shown, words)
    more = len(toxins) - len(shown)
    top = 0.55
    bottom = top + ROW_IN * len(shown)
    sheet = canvas.Sheet.blank(bottom + 0.42 + 0.18 * len(keys) + (0.16 if more else 0) + canvas.FOOTER_IN)
    sheet.title(words.domains_title, inventory.strain)
    axes = sheet.canvas_axes()
    _axis(sheet, axes, words, longest, (left, top, scale, bottom))
    for index, toxin in enumerate(shown):
        middle = top + (index + 0.5) * ROW_IN
        sheet.text(left - 0.07, middle, lettering.shorten(toxin.name, label, canvas.TEXT_PT), ha="right", va="center")
        _protein(axes, toxin, left, middle, scale)
    _draw_key(sheet, axes, keys, bottom + 0.42)
    if more:
        y = bottom + 0.42 + 0.18 * len(keys)
        sheet.text(canvas.MARGIN_IN, y, words.more_left_out.format(count=more), size=canvas.SMALL_PT)
    return sheet


def _protein(axes: Axes, toxin: FoundToxin, left: float, middle: float, scale: float) -> None:
    if length := _reference_length(toxin):
        width = length * scale
        axes.add_artist(
            Rectangle(
                (left, middle - BAR_IN / 2),
                width,
                BAR_IN,
                facecolor="none",
                edgecolor=canvas.MUTED,
                linewidth=0.5,
                ls=":",
            )
        )
    axes.plot([left, left + toxin.length_aa * scale], [middle, middle], color=canvas.MUTED, linewidth=1.2, zorder=2)
    if toxin.query:
        start, end = toxin.query.start, toxin.query.end
        axes.add_artist(
            Rectangle(
                (left + (start - 1) * scale, middle - BAR_IN / 2), (end - start + 1) * scale, BAR_IN,
                facecolor="#e3e6ea", edgecolor=canvas.INK, linewidth=0.5, zorder=3,
            )
        )  # fmt: skip
    for span in toxin.domain_spans:
        axes.add_artist(
            Rectangle(
                (left + (span.start - 1) * scale, middle - BAR_IN / 2), (span.end - span.start + 1) * scale, BAR_IN,
                facecolor=DOMAIN_COLOURS.get(span.name, OTHER_COLOUR), edgecolor="white", linewidth=0.5, zorder=4,
            )
        )  # fmt: skip


def _axis(sheet: canvas.Sheet, axes: Axes, words: Words, longest: int, box: tuple[float, float, float, float]) -> None:
    left, top, scale, bottom = box
    step = next((size for size in (50, 100, 200, 250, 500, 1000) if longest / size <= 7), 2000)
    for position in range(0, longest + 1, step):
        x = left + position * scale
        axes.plot([x, x], [top, bottom], color=canvas.RULE, linewidth=0.4, zorder=0)
        sheet.text(x, bottom + 0.03, f"{position}", size=canvas.SMALL_PT, ha="center", color=canvas.MUTED)
    sheet.text(
        (left + canvas.WIDTH_IN - canvas.MARGIN_IN) / 2,
        bottom + 0.18,
        words.residues,
        size=canvas.SMALL_PT,
        ha="center",
        color=canvas.MUTED,
    )


def _key(toxins: Sequence[FoundToxin], words: Words) -> list[list[tuple[str, str]]]:
    """Return (colour, label) in rows that fit; the colour is "line", "box" or "dots" for entries other than domains."""
    present = {span.name for toxin in toxins for span in toxin.domain_spans}
    known = [name for name in DOMAIN_COLOURS if name in present] + sorted(present - set(DOMAIN_COLOURS))
    entries = [(DOMAIN_COLOURS.get(name, OTHER_COLOUR), words.domain_names.get(name, name)) for name in known]
    entries += [("box", words.aligned), ("line", words.not_aligned), ("dots", words.reference_length)]
    if not present:
        entries.append(("", words.domain_unknown))
    rows: list[list[tuple[str, str]]] = [[]]
    room = canvas.WIDTH_IN - 2 * canvas.MARGIN_IN
    for colour, label in entries:
        need = 0.42 + lettering.text_width(label, canvas.SMALL_PT)
        if need > room and rows[-1]:
            rows.append([])
            room = canvas.WIDTH_IN - 2 * canvas.MARGIN_IN
        rows[-1].append((colour, label))
        room -= need
    return rows


def _draw_key(sheet: canvas.Sheet, axes: Axes, rows: list[list[tuple[str, str]]], top: float) -> None:
    for index, row in enumerate(rows):
        x, y = canvas.MARGIN_IN, top + 0.18 * index
        for colour, label in row:
            if colour == "line":
                axes.plot([x, x + 0.2], [y + 0.06, y + 0.06], color=canvas.MUTED, linewidth=1.2)
            elif colour in ("box", "dots"):
                face, edge, line = ("none", canvas.MUTED, ":") if colour == "dots" else ("#e3e6ea", canvas.INK, "-")
                box = Rectangle((x, y), 0.2, 0.12, linewidth=0.5, facecolor=face, edgecolor=edge, linestyle=line)
                axes.add_artist(box)
            elif colour:
                axes.add_artist(Rectangle((x, y), 0.2, 0.12, facecolor=colour, linewidth=0))
            sheet.text(x + (0.25 if colour else 0), y + 0.06, label, size=canvas.SMALL_PT, va="center")
            x += 0.42 + lettering.text_width(label, canvas.SMALL_PT)
