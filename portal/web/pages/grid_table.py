"""A grid as a table to download: as its page shows it, or with the numbers behind that; null where it has a sign."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from portal.domain.message import Message
from portal.results.gene_state import GeneCondition
from portal.results.scores import ScoreState
from portal.results.tables import GENE_COUNTS, META, Kind, Row, conclusion_cells
from portal.services.submission_grid import GridBy, GridCell, GridRow, Strain
from portal.web.pages.grid import CellView, ColumnView, GridView, GridWish, arrange
from portal.web.pages.grid_find import is_wanted

_GENES: Mapping[str, tuple[GeneCondition, ...]] = {
    "alleles": tuple(GeneCondition),
    "toxins_broken": (GeneCondition.BROKEN,),
    "toxins_cut": (GeneCondition.CUT,),
    "toxins_altered": (GeneCondition.ALTERED,),
}
# Why a score is null (tested without effect, or too little; everything else is unknown), or which genes it rests on.
_LISTS: Mapping[str, Callable[[GridCell], bool]] = {
    "found_inactive": lambda cell: cell.state is ScoreState.NEGATIVE_ONLY,
    "inconclusive": lambda cell: cell.state is ScoreState.INCONCLUSIVE,
    "scores_broken": lambda cell: cell.value is not None and cell.behind is GeneCondition.BROKEN,
    "scores_cut": lambda cell: cell.value is not None and cell.behind is GeneCondition.CUT,
}
Read = Callable[[CellView, GridCell | None], Any]


def as_text(cell: CellView, _found: GridCell | None) -> str | None:
    """Return a value letter for letter as the page shows it: `0.40`, `>0.99`."""
    return None if cell.value is None else cell.text


def as_number(cell: CellView, _found: GridCell | None) -> float | str | None:
    """Return a value as the page shows it, as a number where it is one: 0.4, but `>0.99`."""
    if cell.value is None:
        return None
    try:
        return float(cell.text)
    except ValueError:
        return cell.text


def precise(_cell: CellView, found: GridCell | None) -> float | None:
    """Return the number behind a value, with all its digits."""
    return None if found is None else found.value


def grid_columns(grid: GridView) -> dict[str, Kind]:
    """Return the columns with their types: scores are 0-1, identities 0-100 (percent)."""
    whose: dict[str, Kind] = {
        "strain": "text", "label": "text", "task_id": "text", "conclusion": "text", "targets": "text", "toxins": "int",
    }  # fmt: skip
    counts: dict[str, Kind] = dict.fromkeys(GENE_COUNTS, "int")
    if grid.by is GridBy.METADATA:
        return {**whose, **{_key(column): "text" for column in grid.columns}, **counts}
    values: dict[str, Kind] = {column.key: "float" for column in grid.columns}
    more: dict[str, Kind] = dict.fromkeys(_GENES, "text") if grid.by is GridBy.TOXINS else dict.fromkeys(_LISTS, "text")
    return {**whose, **values, **more, "cautions": "text", "genes_broken": "bool", "genes_cut": "bool", **counts}


def grid_value_words(grid: GridView) -> Message:
    """Return what the columns of orders, species or toxins hold."""
    return Message("column.identity_value") if grid.by is GridBy.TOXINS else Message("column.score_value")


def grid_rows(grid: GridView, rows: Sequence[GridRow], wish: GridWish, read: Read) -> Iterator[Row]:
    """Yield the rows that a page with this filter shows, in its order; `read` says how values are written."""
    by_number = {row.item.n: row for row in rows}
    for line in arrange(grid, wish):
        strain = by_number[line.n].strain
        if not is_wanted(line, wish) or strain is None:
            continue
        is_text = grid.by is GridBy.METADATA
        values: Row = {
            _key(column): (cell.text or None) if is_text else read(cell, strain.cells.get(column.key))
            for column, cell in zip(grid.columns, line.cells, strict=True)
        }
        whose = {"strain": line.name, "label": line.label, "task_id": by_number[line.n].item.task_id}
        if grid.by is GridBy.TOXINS:
            more: Row = {name: _closest(grid, strain, states) for name, states in _GENES.items()}
        else:
            more = {name: _listed(by_number[line.n], is_meant) for name, is_meant in _LISTS.items()}
        yield conclusion_cells(strain.conclusion, strain.genes, strain.damage) | whose | values | more


def _key(column: ColumnView) -> str:
    """Return the name of a column in the table; metadata has that of the tables over many genomes."""
    return column.key.replace("meta:", META, 1) if column.key.startswith("meta:") else column.key


def _closest(grid: GridView, strain: Strain, states: Collection[GeneCondition]) -> str | None:
    """Return the closest known toxins of the genes in these states, in the order of the columns."""
    cells = [strain.cells[column.key] for column in grid.columns if column.key in strain.cells]
    return "; ".join(gene.closest for cell in cells for gene in cell.genes if gene.state in states) or None


def _listed(row: GridRow, is_meant: Callable[[GridCell], bool]) -> str | None:
    cells = row.strain.cells if row.strain else {}
    return "; ".join(name for name, cell in cells.items() if is_meant(cell)) or None
