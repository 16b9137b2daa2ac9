"""The results of each strain of a submission as a grid: read once, and again when its task changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portal.domain.errors import PortalError
from portal.domain.message import Message
from portal.domain.task import TaskMeta
from portal.results.conclusion import AssessedTarget, Assessment, Conclusion
from portal.results.gene_state import Damage, GeneCondition
from portal.results.score_words import assessment_note
from portal.results.scores import OrderScore, ScoreState, StrainScores, StrainSpecies
from portal.results.species_order import SpeciesPlace, order_of_all, place_of
from portal.results.strain_genes import StrainGene, strain_genes
from portal.results.tables import data_of
from portal.results.toxin_lookup import toxin_genes
from portal.services.gene_count import loci_or_unknown
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

    is_likely: the strain's conclusion calls the target likely; note: why it is not called what its score suggests.
    has_estimate: it is known how many published strains with such a score act on it.
    behind: the state of all genes behind a score, see `StrainScores.genes_behind`.
    genes: those of a toxin's column, the most similar to their closest known toxin first.
    place: where the strain's species stand among each other (`species_order.place_of`); None of an order or a toxin.
    """

    value: float | None
    state: ScoreState | None = None
    is_likely: bool = False
    note: Message | None = None
    has_estimate: bool = False
    behind: GeneCondition = GeneCondition.WHOLE
    genes: tuple[StrainGene, ...] = ()
    place: SpeciesPlace | None = None


@dataclass(frozen=True)
class Strain:
    """A genome with results, perhaps of an earlier run; `cells` omits targets without a record and toxins not found.

    genes: the number of toxin genes, None if unknown; `damage` tells how many of them are broken, cut or altered,
    None without scores. made_with: reference and table of facts, with their versions.
    toxins: the names of the closest known toxins, whatever the columns are.
    """

    task: TaskMeta
    conclusion: Conclusion | None
    genes: int | None
    damage: Damage | None = None
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
        is_known, loci = loci_or_unknown(self._tasks, task)
        found_genes = strain_genes(toxins, loci, first)
        if by is GridBy.TOXINS:
            cells = _toxin_cells(found_genes)
        elif by is GridBy.SPECIES:
            found = self._tasks.species(task).strains
            cells = _species_cells(found[0], first) if found and first else {}
        else:
            cells = _order_cells(first) if first else {}
        return Strain(
            task,
            first.conclusion if first else None,
            len(toxin_genes(toxins, loci)) if is_known else None,
            first.damage if first else None,
            cells,
            data_of(toxins, scores),
            tuple(dict.fromkeys(gene.closest for gene in found_genes)),
        )


def _order_cells(strain: StrainScores) -> dict[str, GridCell]:
    conclusion = strain.conclusion
    return {
        score.target: _order_cell(score, conclusion.of(score.target), strain.genes_behind(score))
        for score in strain.targets
        if score.state is not ScoreState.NO_EVIDENCE
    }


def _order_cell(score: OrderScore, said: AssessedTarget, behind: GeneCondition) -> GridCell:
    return GridCell(
        score.score,
        score.state,
        is_likely=said.assessment is Assessment.LIKELY,
        note=assessment_note(said, score.value, score.low or 0.0, score.high or 0.0),
        has_estimate=score.documented is not None,
        behind=behind,
    )


def _species_cells(species: StrainSpecies, strain: StrainScores) -> dict[str, GridCell]:
    """Return the scores of species, on which no conclusion is drawn."""
    return {
        score.species: GridCell(
            score.score,
            score.state,
            behind=strain.genes_behind(score),
            place=place_of(score, strain.conclusion),
        )
        for score in species.species
        if score.state is not ScoreState.NO_EVIDENCE
    }


def _toxin_cells(genes: Iterable[StrainGene]) -> dict[str, GridCell]:
    """Return the highest identity per rank-3 name: two alleles of Cry1Ab are one toxin."""
    found: dict[str, list[StrainGene]] = {}
    for gene in genes:
        found.setdefault(gene.third_rank, []).append(gene)
    for of_toxin in found.values():
        of_toxin.sort(key=lambda gene: (-(gene.identity_percent or 0.0), gene.closest))
    return {name: GridCell(of[0].identity_percent or 0.0, genes=tuple(of)) for name, of in found.items()}


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


def species_in_order(rows: Iterable[GridRow]) -> list[str]:
    """Return the species of all strains as shortlist and report list those of one: pests with results first."""
    cells = (cell for row in rows if row.strain for cell in row.strain.cells.items())
    return order_of_all((name, cell.place) for name, cell in cells if cell.place is not None)
