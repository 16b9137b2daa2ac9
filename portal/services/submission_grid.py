"""The results of each strain of a submission as a grid: read once, and again when its task changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portal.domain.errors import PortalError
from portal.domain.task import TaskMeta
from portal.domain.toxin_names import ToxinName
from portal.results.conclusion import Assessment, Conclusion
from portal.results.scores import ScoreState, StrainScores, StrainSpecies
from portal.results.tables import data_of
from portal.results.toxins import ToxinsDocument
from portal.services.gene_count import gene_count
from portal.services.submission_progress import ItemRow, SubmissionView
from portal.services.tasks import TaskService

_REMEMBERED = 3000  # strains per process


class GridBy(StrEnum):
    """What the columns are. The values are the wire values."""

    ORDERS = "orders"
    SPECIES = "species"
    TOXINS = "toxins"
    METADATA = "metadata"


@dataclass(frozen=True)
class GridCell:
    """One strain in one column: a score (0-1), or a toxin's highest identity (0-100); None if unknown.

    is_likely: the strain's conclusion calls the target likely. has_estimate: it is known how many published strains
    with such a score act on it.
    alleles: the closest known toxins of a toxin's column, with their identities, the most similar first.
    """

    value: float | None
    state: ScoreState | None = None
    is_likely: bool = False
    has_estimate: bool = False
    alleles: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class Strain:
    """A genome with results, perhaps of an earlier run; `cells` omits targets without a record and toxins not found.

    genes: the number of toxin genes, None if unknown. made_with: reference and table of facts, with their versions.
    toxins: the names of the closest known toxins, whatever the columns are.
    """

    task: TaskMeta
    conclusion: Conclusion | None
    genes: int | None
    cells: Mapping[str, GridCell] = field(default_factory=dict)
    made_with: tuple[str, ...] = ()
    toxins: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabelledRow:
    """A genome and what it is called."""

    item: ItemRow
    label: str


@dataclass(frozen=True)
class GridRow:
    """One genome; `strain` is None if there is no result."""

    item: ItemRow
    label: str
    strain: Strain | None


class SubmissionGrid:
    """Makes the rows of a grid."""

    def __init__(self, tasks: TaskService) -> None:
        self._tasks = tasks
        self._lock = threading.Lock()
        self._read: OrderedDict[tuple[str, str, int, GridBy], Strain] = OrderedDict()

    def rows(self, genomes: Iterable[LabelledRow], by: GridBy) -> list[GridRow]:
        """Return the rows of genomes in their order."""
        return [GridRow(genome.item, genome.label, self._strain(genome.item, by)) for genome in genomes]

    def _strain(self, row: ItemRow, by: GridBy) -> Strain | None:
        if not row.has_results:
            return None
        # While another run works, its progress changes nothing about the results of the one before.
        change = -row.earlier_run or row.change
        key = (row.task_id, row.made, change, by)  # `change` tells the runs that snapshots show apart
        with self._lock:
            known = self._read.get(key)
            if known is not None:
                self._read.move_to_end(key)
                return known
        try:
            strain = self._make(self._tasks.results_of(row), by)
        except PortalError:  # deleted, run again or unreadable at this very moment
            return None
        if strain.genes is None:  # not to be read at this moment, as above; asked for again
            return strain
        with self._lock:
            self._read[key] = strain
            while len(self._read) > _REMEMBERED:
                self._read.popitem(last=False)
        return strain

    def _make(self, task: TaskMeta, by: GridBy) -> Strain:
        scores, toxins = self._tasks.scores(task), self._tasks.toxins(task)
        first = scores.strains[0] if scores.strains else None
        of_toxins = _toxin_cells(toxins)
        if by is GridBy.TOXINS:
            cells = of_toxins
        elif by is GridBy.SPECIES:
            found = self._tasks.species(task).strains
            cells = _species_cells(found[0]) if found else {}
        else:
            cells = _order_cells(first) if first else {}
        genes = gene_count(self._tasks, task, toxins)
        names = tuple(name for cell in of_toxins.values() for name, _ in cell.alleles)
        return Strain(task, first.conclusion if first else None, genes, cells, data_of(toxins, scores), names)


def _order_cells(strain: StrainScores) -> dict[str, GridCell]:
    return {
        score.target: GridCell(
            score.score,
            score.state,
            is_likely=strain.conclusion.of(score.target).assessment is Assessment.LIKELY,
            has_estimate=score.documented is not None,
        )
        for score in strain.targets
        if score.state is not ScoreState.NO_EVIDENCE
    }


def _species_cells(strain: StrainSpecies) -> dict[str, GridCell]:
    """Return the scores of species, on which no conclusion is drawn."""
    return {
        score.species: GridCell(score.score, score.state)
        for score in strain.species
        if score.state is not ScoreState.NO_EVIDENCE
    }


def _toxin_cells(toxins: ToxinsDocument) -> dict[str, GridCell]:
    """Return the highest identity per rank-3 name: two alleles of Cry1Ab are one toxin."""
    found: dict[str, dict[str, float]] = {}
    for toxin in toxins.toxins:
        if toxin.hit is None or toxin.accessory:
            continue
        parsed = ToxinName.parse(toxin.hit.name)
        name = parsed.rank(3) if parsed else toxin.hit.name
        alleles = found.setdefault(name, {})
        alleles[toxin.hit.name] = max(alleles.get(toxin.hit.name, 0.0), toxin.identity_percent or 0.0)
    ranked = {name: sorted(alleles.items(), key=lambda pair: (-pair[1], pair[0])) for name, alleles in found.items()}
    return {name: GridCell(alleles[0][1], alleles=tuple(alleles)) for name, alleles in ranked.items()}


def labelled(view: SubmissionView) -> list[LabelledRow]:
    """Return the genomes of a submission in its order."""
    return [LabelledRow(row, item.label) for row, item in zip(view.rows, view.submission.items, strict=True)]


def all_columns(rows: Iterable[GridRow]) -> dict[str, int]:
    """Return the columns of all strains, with the number of strains that have a value in each."""
    count: dict[str, int] = {}
    for row in rows:
        for name, cell in row.strain.cells.items() if row.strain else ():
            count[name] = count.get(name, 0) + (cell.value is not None)
    return count
