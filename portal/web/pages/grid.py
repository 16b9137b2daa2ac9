"""The grid of a submission, prepared for the template: strains by order, species or toxin."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from portal.domain.annotations import Annotations, metadata_columns
from portal.domain.message import Message
from portal.domain.natural_order import natural_key
from portal.domain.status import FailureKind, Lang
from portal.domain.submission import ItemStatus
from portal.results.conclusion import Outcome
from portal.results.gene_state import Damage, GeneCondition
from portal.results.ranking import score_text
from portal.results.score_words import CellNote, cell_note
from portal.results.scores import ScoreState
from portal.results.species import names_of
from portal.results.targets import TARGET_ORDER
from portal.services.annotations import Annotated
from portal.services.submission_grid import GridBy, GridCell, GridRow, Strain, all_columns, species_in_order
from portal.services.submission_progress import NOT_HERE, SubmissionView
from portal.web.pages.damage_words import damage_found_by, damage_mark, damage_words, gene_words, state_word
from portal.web.pages.grid_groups import cut_of, similar_groups
from portal.web.pages.headline import headline
from portal.web.pages.score_view import target_key
from portal.web.texts.i18n import current_lang, show_number
from portal.web.texts.i18n import gettext as _
from portal.web.texts.i18n import lazy_gettext as _l
from portal.web.texts.wording import wording
from portal.web.texts.words import ORDER, SCORE_STATE, item_word, target_name

MOST_COLUMNS = 80
NOTHING_WRITTEN = Annotations()
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,15})?")
MOST_CERTAIN = 0.9999  # no score is 1, here or in a table
STATUS_TONE = {
    ItemStatus.COMPLETED: "good",
    ItemStatus.FAILED: "bad",
    ItemStatus.REFUSED: "bad",
    ItemStatus.RUNNING: "busy",
    ItemStatus.LAPSED: "quiet",
    ItemStatus.DELETED: "quiet",
    ItemStatus.REPLACED: "quiet",
}
# Texts of cells without a score; the three are also visually distinct.
_SIGNS = {ScoreState.NEGATIVE_ONLY: "×", ScoreState.INCONCLUSIVE: "?", ScoreState.NO_EVIDENCE: "?"}
# Minimum identity in percent for a shared name at ranks 3, 2 and 1: docs/glossary.md.
_IDENTITY_STEPS = ((95.0, 5), (76.0, 3), (45.0, 2))
BY_WORDS = {
    GridBy.ORDERS: _l("Orders"),
    GridBy.SPECIES: _l("Species"),
    GridBy.TOXINS: _l("Toxins"),
    GridBy.METADATA: _l("Metadata"),
}


@dataclass(frozen=True)
class ColumnView:
    """One column: its key, its name, an alternative name, and the place of its evidence on a strain's page."""

    key: str
    label: str
    note: str
    anchor: str
    is_toxin: bool = False


@dataclass(frozen=True)
class CellView:
    """One cell; `value` is the sort key, `note` a second line, `is_linked` whether there is evidence to lead to.

    mark: that genes behind it are broken or cut, or why it is not called likely, in few words.
    """

    text: str
    looks: str
    title: str = ""
    value: float | None = None
    is_linked: bool = False
    note: str = ""
    mark: str = ""


@dataclass(frozen=True)
class GridLine:
    """One row. toxins: the names of the closest known toxins.

    line, brief: the result or what stands in its place, and in few words. damage: how many genes are broken, cut or
    altered, in words; `damage_found_by` has the words that find such a row, in both languages.
    """

    n: int
    label: str
    status: ItemStatus
    word: str
    tone: str
    line: str
    genes: int | None
    has_page: bool
    cells: tuple[CellView, ...]
    written: Annotations = NOTHING_WRITTEN
    toxins: tuple[str, ...] = ()
    brief: str = ""
    damage: str = ""
    damage_found_by: str = ""
    group: int = 0  # of similar strains, from 1, where they were asked for

    @property
    def name(self) -> str:
        """What the strain is called on the page."""
        return self.written.called(self.label)

    @property
    def found_by(self) -> str:
        """What a search looks in beside what is shown.

        The owner's words are there, not their note, which viewers do not see.
        """
        written = self.written
        said = (self.brief, self.damage, self.damage_found_by)
        return " ".join((written.name, *written.tags, *written.metadata.values(), *said))


@dataclass(frozen=True)
class GridView:
    """The grid; `key` identifies its columns, so that a page can detect a change.

    without_estimate: columns with scores of which it is not known how many strains with such a score act;
    has_estimates: whether there are others. notes: the reasons in its cells why a target is not called what its score
    suggests.
    """

    by: GridBy
    columns: tuple[ColumnView, ...]
    lines: tuple[GridLine, ...]
    left_out: int
    key: str
    has_metadata: bool = False
    without_estimate: tuple[ColumnView, ...] = ()
    has_estimates: bool = False
    notes: tuple[CellNote, ...] = ()


def build_grid(
    rows: Sequence[GridRow],
    by: GridBy,
    refusals: Mapping[int, Message],
    written: Mapping[str, Annotated],
    *,
    most_columns: int | None = MOST_COLUMNS,
) -> GridView:
    """Return the grid of all rows in their order; of species the first columns, of toxins the most frequent ones.

    written: what owners have written, by task id.
    """
    values = {task_id: each.values for task_id, each in written.items()}
    metadata = metadata_columns(values.values())
    if by is GridBy.METADATA:
        return _metadata_grid(rows, refusals, values, metadata)
    names, left_out = _columns(rows, by, most_columns)
    cell_view = _toxin_cell if by is GridBy.TOXINS else _score_cell
    lines = []
    for row in rows:
        strain = row.strain
        cells = tuple(cell_view(strain.cells.get(name), strain) if strain else CellView("", "blank") for name in names)
        lines.append(_line(row, cells, refusals, values))
    columns = tuple(_column(name, by) for name in names)
    found = [cell for row in rows if row.strain for cell in row.strain.cells.items()]
    scored = {name for name, cell in found if cell.value is not None}
    estimated = {name for name, cell in found if cell.has_estimate}
    notes = {note.words.code: note for _, cell in found if cell.note and (note := cell_note(cell.note))}
    return GridView(
        by,
        columns,
        tuple(lines),
        left_out,
        _key(names),
        bool(metadata),
        without_estimate=tuple(column for column in columns if column.key in scored - estimated),
        has_estimates=bool(estimated),
        notes=tuple(notes.values()),
    )


def _key(names: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:12]


def _metadata_grid(
    rows: Sequence[GridRow], refusals: Mapping[int, Message], values: Mapping[str, Annotations], names: Sequence[str]
) -> GridView:
    """Return the grid whose columns are what owners have written: numbers sort as such where all are."""
    ranks = {name: _ranks([each.metadata[name] for each in values.values() if name in each.metadata]) for name in names}
    lines = []
    for row in rows:
        of_strain = values.get(row.item.task_id, NOTHING_WRITTEN).metadata
        cells = tuple(
            CellView(of_strain[name], "of-owner", of_strain[name], ranks[name][of_strain[name]])
            if name in of_strain
            else CellView("", "blank")
            for name in names
        )
        lines.append(_line(row, cells, refusals, values))
    # Apart from the keys of the fixed columns, which a metadata column may be called.
    columns = tuple(ColumnView(f"meta:{name}", name, "", "") for name in names)
    return GridView(GridBy.METADATA, columns, tuple(lines), 0, _key(names), has_metadata=True)


def _ranks(texts: Iterable[str]) -> dict[str, float]:
    different = set(texts)
    if all(_PLAIN_NUMBER.fullmatch(text) for text in different):
        return {text: float(text.replace(",", ".")) for text in different}
    ordered = sorted(different, key=lambda text: (text.casefold(), text))
    return {text: float(place) for place, text in enumerate(ordered)}


def _columns(rows: Sequence[GridRow], by: GridBy, most: int | None) -> tuple[list[str], int]:
    found = all_columns(rows)
    if by is GridBy.ORDERS:
        known = [name for name in TARGET_ORDER if name in found]
        return known + sorted(found.keys() - set(known)), 0
    if by is GridBy.SPECIES:
        ordered = species_in_order(rows)
        return ordered[:most], len(ordered[most:]) if most else 0
    common = sorted(found, key=lambda name: (-found[name], natural_key(name)))[:most]
    if by is GridBy.TOXINS:
        common.sort(key=natural_key)
    return common, len(found) - len(common)


def _column(name: str, by: GridBy) -> ColumnView:
    if by is GridBy.ORDERS:
        note = str(ORDER[name][1]) if name in ORDER else ""
        return ColumnView(name, target_name(name), note, f"evidence-{target_key(name)}")
    if by is GridBy.SPECIES:
        names = names_of(name)
        return ColumnView(name, name, names.chinese if current_lang() is Lang.ZH else names.english, "evidence-title")
    return ColumnView(name, name, "", "toxins", is_toxin=True)


def _line(
    row: GridRow,
    cells: tuple[CellView, ...],
    refusals: Mapping[int, Message],
    values: Mapping[str, Annotations],
) -> GridLine:
    item, strain = row.item, row.strain
    cancelled = item.failure_kind == FailureKind.CANCELLED
    line, brief = _said(row, refusals)
    # Where it is not known how many genes there are, it is not said how many are broken either.
    damage = (strain.damage if strain and strain.genes is not None else None) or Damage(0, 0)
    return GridLine(
        n=item.n,
        label=row.label,
        status=item.status,
        word=item_word(item.status, cancelled=cancelled),
        tone="quiet" if cancelled else STATUS_TONE.get(item.status, "calm"),
        line=line,
        brief=brief,
        genes=strain.genes if strain else None,
        has_page=item.revision > 0,
        cells=cells,
        written=values.get(item.task_id, NOTHING_WRITTEN),
        toxins=strain.toxins if strain else (),
        damage=damage_words(damage),
        damage_found_by=damage_found_by(damage),
    )


def _said(row: GridRow, refusals: Mapping[int, Message]) -> tuple[str, str]:
    """Return the result of a genome in one line, and in few words."""
    item = row.item
    if row.strain is not None:
        told = headline(row.strain.task, row.strain.conclusion)
        return _of_run(told.line, item.earlier_run), _of_run(told.brief, item.earlier_run)
    line = ""
    if item.status is ItemStatus.REFUSED and item.n in refusals:
        line = wording(refusals[item.n])
    elif item.failure_kind is not None:
        line = wording(Message(f"failure.{item.failure_kind}"))
    elif item.status is ItemStatus.RUNNING:
        line = _("%(number)s %%", number=item.progress)
    return line, line


def _of_run(line: str, run: int | None) -> str:
    return _("%(result)s (run %(number)s)", result=line, number=run) if run else line


def _score_cell(cell: GridCell | None, strain: Strain) -> CellView:
    if strain.conclusion is not None and strain.conclusion.outcome is Outcome.MOSTLY_UNKNOWN:
        return CellView("?", "none", _("half of the sequence or more is unknown"))
    if strain.genes == 0:
        return CellView("–", "blank", _("no toxin was found"))
    if cell is None or cell.value is None:
        state = cell.state if cell and cell.state else ScoreState.NO_EVIDENCE
        sign, words = _SIGNS.get(state, "?"), str(SCORE_STATE[state])
        return CellView(sign, "none" if sign == "?" else "blank", words, is_linked=cell is not None)
    looks = f"heat-{round(cell.value * 5)}{' framed' if cell.is_likely else ''}"
    title = _("likely acts on it") if cell.is_likely else wording(cell.note) if cell.note else ""
    value = min(round(cell.value, 4), MOST_CERTAIN)
    marks = [] if cell.behind is GeneCondition.WHOLE else [state_word(cell.behind)]
    if cell.note:
        marks.append(cell_note(cell.note).words)
    return CellView(score_text(cell.value), looks, title, value, is_linked=True, mark=_(", ").join(map(wording, marks)))


def _toxin_cell(cell: GridCell | None, _strain: Strain) -> CellView:
    if cell is None or cell.value is None:
        return CellView("", "blank")
    step = next((step for least, step in _IDENTITY_STEPS if cell.value >= least), 1)
    first, *others = cell.genes
    title = _(", ").join(map(gene_words, cell.genes))
    note = f"{first.closest} +{len(others)}" if others else first.closest
    mark = damage_mark(cell.genes)
    return CellView(show_number(cell.value, 1), f"heat-{step}", title, cell.value, is_linked=True, note=note, mark=mark)


# -- order


@dataclass(frozen=True)
class GridWish:
    """The filter and order of the query: a search text, a state, and a column (prefix `-`: largest first)."""

    text: str = ""
    state: str = ""
    sort: str = ""


SIMILAR = "similar"  # in place of a column: groups of similar strains


def _grouped(grid: GridView) -> tuple[GridLine, ...]:
    rows = [[cell.value or 0.0 for cell in line.cells] for line in grid.lines]
    groups = similar_groups(rows, cut=cut_of(grid.by))
    return tuple(replace(grid.lines[row], group=n) for n, group in enumerate(groups, 1) for row in group)


def arrange(grid: GridView, wish: GridWish) -> tuple[GridLine, ...]:
    """Return all rows in the requested order; rows without a value come last."""
    lines = list(grid.lines)
    name, down = wish.sort.removeprefix("-"), wish.sort.startswith("-")
    if name in ("label", "status"):
        lines.sort(key=lambda line: line.name.casefold() if name == "label" else line.word, reverse=down)
        return tuple(lines)
    if name == SIMILAR:
        return _grouped(grid)
    value = _value_of(grid, name)
    if value is None:
        return tuple(lines)
    known = [line for line in lines if value(line) is not None]
    known.sort(key=lambda line: value(line) or 0.0, reverse=down)
    return (*known, *(line for line in lines if value(line) is None))


def _value_of(grid: GridView, name: str) -> Callable[[GridLine], float | None] | None:
    if name == "toxins":
        return lambda line: line.genes
    place = next((place for place, column in enumerate(grid.columns) if column.key == name), None)
    return None if place is None else lambda line: line.cells[place].value


def progress_words(view: SubmissionView) -> str:
    """Return how many genomes have finished of those that are here or may still come, and how many are not."""
    if len(view.never_sent) == len(view.rows):
        return _("No genome was sent")
    counts = {status: view.counts[status] for status in NOT_HERE}
    if view.expected:
        said = _("%(ended)s of %(all)s finished", ended=show_number(view.ended), all=show_number(view.expected))
    else:
        said = _("No genome to analyse")
    words = {
        ItemStatus.DELETED: _("%(count)s deleted", count=show_number(counts[ItemStatus.DELETED])),
        ItemStatus.REFUSED: _("%(count)s not accepted", count=show_number(counts[ItemStatus.REFUSED])),
        ItemStatus.LAPSED: _("%(count)s never sent", count=show_number(counts[ItemStatus.LAPSED])),
    }
    return " · ".join((said, *(words[status] for status in NOT_HERE if counts[status])))
