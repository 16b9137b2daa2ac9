"""Marks that show the evidence behind a cell's number: colour, hatching and corner marks, shared by all pictures."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import TypeAlias

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import Colormap
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from portal.pipeline.plots import canvas, lettering
from portal.pipeline.plots.words import Words, state_label
from portal.results.gene_state import MARKED, GeneCondition
from portal.results.ranking import score_text

# Evidence behind a cell, from the strongest to none.
STATES = ("tested", "inherited", "partner_missing", "broken", "negative_only", "inconclusive", "no_evidence")
# Names of the legend for the genes of a cell: of all behind a score, or of one at least of a toxin.
GENES_CUT = "genes_cut"
ONE_OF = {state: f"one_{state}" for state in MARKED}
HATCHES = {"no_evidence": "////", "inconclusive": "...."}
HATCH_COLOUR = "#a8aeb8"
KEY_ROW_IN = 0.18

Box: TypeAlias = tuple[float, float, float, float]
Corners: TypeAlias = tuple[tuple[float, float], ...]


def colours() -> Colormap:
    """Return cividis: uniform in lightness, and safe for red-green colour-blind readers."""
    return mpl.colormaps["cividis"]


def ink_on(score: float) -> str:
    """Return a text colour that is legible on the colour of `score`."""
    return "white" if score < 0.55 else "#111418"


def number(score: float) -> str:
    """Return a score with two decimals; never 1, and a score that merely rounds to 0 is marked as such."""
    text = score_text(score)
    return text.replace("0.", ".") if text.startswith(("<", ">")) else text


class Cells:
    """Cells, collected and drawn as a few collections: 3,000 cells are too many for one artist each."""

    def __init__(self) -> None:
        self._fills: list[tuple[Corners, tuple[float, ...]]] = []
        self._hatched: dict[str, list[Corners]] = {}
        self._marks: list[tuple[Corners, str]] = []
        self._rings: list[tuple[Corners, str]] = []
        self._frames: list[Corners] = []

    def add(self, box: Box, score: float, state: str) -> None:
        """Add one cell (left, top, width, height in inches) without its number."""
        if state in HATCHES:
            self._hatched.setdefault(state, []).append(_rectangle(*box))
            return
        self._fills.append((_rectangle(*box), colours()(score)))
        self.add_mark(box, state, ink_on(score))

    def add_mark(self, box: Box, state: str, colour: str) -> None:
        """Add the mark of a state to the upper right corner of a box; direct evidence has none."""
        left, top, width, height = box
        right, side = left + width, min(0.3 * min(width, height), 0.085)
        if state == "inherited":
            inner = right - 0.018
            self._marks.append(
                (((inner - side, top + 0.018), (inner, top + 0.018), (inner, top + 0.018 + side)), colour)
            )
        elif state == "partner_missing":
            radius = 0.38 * side
            self._rings.append((_circle(right - 0.018 - radius, top + 0.018 + radius, radius), colour))
        elif state == "broken":  # a bar that is broken in two
            for start in (0.0, 0.6):
                bar = _rectangle(right - side - 0.02 + start * side, top + 0.03, 0.4 * side, 0.25 * side)
                self._marks.append((bar, colour))
        elif state == "negative_only":
            self._marks.append((_rectangle(right - side - 0.02, top + 0.03, side, 0.25 * side), colour))

    def add_flaws(self, box: Box, states: Collection[GeneCondition], colour: str, *, share: float = 0.3) -> None:
        """Add to the upper left corner of a box that genes behind it are broken, cut or altered, a mark for each.

        share: the side of a mark, as part of the shorter side of the box.
        """
        left, top, width, height = box
        side = min(share * min(width, height), 0.1)
        x, y = left + 0.02, top + 0.02
        for state in (each for each in MARKED if each in states):
            if state is GeneCondition.BROKEN:  # a bar that is broken in two
                bars = [
                    (x, y + 0.3 * side, 0.4 * side, 0.4 * side),
                    (x + 0.6 * side, y + 0.3 * side, 0.4 * side, 0.4 * side),
                ]
            elif state is GeneCondition.CUT:  # a bar that ends at an edge
                bars = [(x, y + 0.3 * side, 0.65 * side, 0.4 * side), (x + 0.8 * side, y, 0.2 * side, side)]
            else:  # a whole bar, hollow
                bars = []
                self._rings.append((_rectangle(x, y + 0.2 * side, side, 0.6 * side), colour))
            self._marks += [(_rectangle(*bar), colour) for bar in bars]
            x += 1.35 * side

    def add_frame(self, box: Box) -> None:
        """Frame the cell of a target that the strain likely acts on."""
        left, top, width, height = box
        self._frames.append(_rectangle(left + 0.01, top + 0.01, width - 0.02, height - 0.02))

    def draw(self, axes: Axes) -> None:
        """Draw all cells."""
        corners = [corners for corners, _ in self._fills]
        fills = [colour for _, colour in self._fills]
        axes.add_collection(PolyCollection(corners, facecolors=fills, edgecolors="white", linewidths=0.8))
        for state, cells in self._hatched.items():
            outline = Path.make_compound_path(*(Path([*cell, cell[0]], closed=True) for cell in cells))
            patch = PathPatch(outline, facecolor="white", edgecolor=HATCH_COLOUR, hatch=HATCHES[state], linewidth=0)
            axes.add_artist(patch)
            axes.add_collection(PolyCollection(cells, facecolors="none", edgecolors="white", linewidths=0.8))
        marks, inks = [mark for mark, _ in self._marks], [ink for _, ink in self._marks]
        axes.add_collection(PolyCollection(marks, facecolors=inks, linewidths=0))
        rings, inks = [ring for ring, _ in self._rings], [ink for _, ink in self._rings]
        axes.add_collection(PolyCollection(rings, facecolors="none", edgecolors=inks, linewidths=0.8))
        axes.add_collection(PolyCollection(self._frames, facecolors="none", edgecolors=canvas.INK, linewidths=1.3))


def _rectangle(left: float, top: float, width: float, height: float) -> Corners:
    right, bottom = left + width, top + height
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _circle(x: float, y: float, radius: float) -> Corners:
    turns = (2 * math.pi * step / 16 for step in range(16))
    return tuple((x + radius * math.cos(turn), y + radius * math.sin(turn)) for turn in turns)


def key_rows(
    words: Words, states: Iterable[str], width: float, *, likely: bool, genes: Iterable[str] = ()
) -> list[list[str]]:
    """Arrange the names of the marks in use (`likely` among them) in rows of at most `width` inches.

    genes: the marks of genes, `GENES_CUT` or those of `ONE_OF`.
    """
    present, marked = set(states), set(genes)
    names = [state for state in STATES if state in present] + [name for name in _OF_GENES if name in marked]
    names += ["likely"] if likely else []
    rows: list[list[str]] = [[]]
    room = width
    for name in names:
        need = 0.42 + lettering.text_width(key_label(words, name), canvas.SMALL_PT)
        if need > room and rows[-1]:
            rows.append([])
            room = width
        rows[-1].append(name)
        room -= need
    return rows if rows[0] else []


_OF_GENES = {GENES_CUT: GeneCondition.CUT} | {name: state for state, name in ONE_OF.items()}


def key_label(words: Words, name: str) -> str:
    """Return what a mark means, for the legend."""
    if name in _OF_GENES:
        return str(getattr(words, name))
    return words.likely if name == "likely" else state_label(words, name)


def draw_key(sheet: canvas.Sheet, axes: Axes, words: Words, rows: list[list[str]], left: float, top: float) -> None:
    """Draw the legend of the marks, row by row."""
    cells = Cells()
    for index, row in enumerate(rows):
        x, y = left, top + index * KEY_ROW_IN
        for name in row:
            box = (x, y, 0.2, 0.13)
            if name == "likely":
                cells.add_frame(box)
            elif name in _OF_GENES:
                cells.add(box, 0.75, "tested")
                cells.add_flaws(box, [_OF_GENES[name]], ink_on(0.75), share=0.6)
            else:
                cells.add(box, 0.75, name)
            if name in HATCHES:
                axes.add_artist(Rectangle((x, y), 0.2, 0.13, facecolor="none", edgecolor=canvas.RULE, linewidth=0.5))
            label = key_label(words, name)
            sheet.text(x + 0.25, y + 0.065, label, size=canvas.SMALL_PT, va="center")
            x += 0.42 + lettering.text_width(label, canvas.SMALL_PT)
    cells.draw(axes)


def colour_bar(
    sheet: canvas.Sheet, label: str, left: float, top: float, width: float, *, percent: bool = False
) -> None:
    """Draw the fixed scale from 0 to 1 (or 0 to 100 %), with its label on the left."""
    lead = lettering.text_width(label, canvas.SMALL_PT) + 0.08
    sheet.text(left, top + 0.05, label, size=canvas.SMALL_PT, va="center")
    axes = sheet.axes(left + lead, top, width - lead, 0.1)
    steps = 64
    axes.imshow([[index / (steps - 1) for index in range(steps)]], cmap=colours(), aspect="auto", extent=(0, 1, 0, 1))
    axes.set_yticks([])
    ticks = (0, 0.25, 0.5, 0.75, 1)
    axes.set_xticks(ticks, [f"{100 * tick if percent else tick:g}" for tick in ticks], size=canvas.SMALL_PT)
    axes.tick_params(length=2, pad=1.5)
    for spine in axes.spines.values():
        spine.set_visible(False)


def note(sheet: canvas.Sheet, text: str, top: float) -> None:
    """Write a sentence in place of an empty picture."""
    sheet.text(sheet.width / 2, top, text, size=canvas.TEXT_PT + 1, color=canvas.MUTED, ha="center", va="center")
