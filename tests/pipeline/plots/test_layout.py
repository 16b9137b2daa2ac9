"""Every text of every picture can be read: with one hit or sixty, one strain or three hundred, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from portal.domain.status import Lang
from portal.pipeline.compare.matrix import _sheet as toxin_matrix
from portal.pipeline.compare.matrix import toxin_columns
from portal.pipeline.plots import (
    domains,
    gene_neighbourhood,
    identity_coverage,
    interval_rows,
    inventory,
    per_hit,
    species_scores,
    target_heatmap,
)
from portal.pipeline.plots.canvas import FOOTER_IN, Sheet, drawing
from portal.pipeline.plots.identity_coverage import spread
from portal.pipeline.plots.words import WORDS
from portal.results.bioassays import in_order
from portal.results.reading import TaskResults, read_results
from portal.results.scores import StrainScores
from tests.pipeline.plots.collisions import problems
from tests.pipeline.plots.result_files import write_results

FOOTER = "bttoxin-portal 0.1.0 · engine native 0.1.0 · reference btyper3 3.4.0 · specificity facts 1 · run 0123456789ab"


def results_with(folder: Path, hits: int) -> TaskResults:
    digger, shoter = write_results(folder, hits)
    return read_results(digger, shoter)


def sheets_of(results: TaskResults, lang: Lang) -> dict[str, Sheet]:
    words, strain, genome = WORDS[lang], results.strains[0], results.inventory
    assert genome is not None
    loci = results.loci
    assert loci is not None
    toxins = sorted(genome.toxins, key=lambda toxin: -toxin.length_aa)
    placed = sorted(strain.hits, key=lambda hit: -(hit.identity_percent or 0))
    return {
        "targets": target_heatmap._sheet([strain], target_heatmap.target_order([strain]), words, FOOTER),
        "per hit": per_hit._sheet(strain, words, FOOTER),
        "identity": identity_coverage._sheet(strain, placed, words),
        "genes": gene_neighbourhood._sheet(genome, gene_neighbourhood.stretches_of(toxins), words, loci.by_row()),
        "domains": domains._sheet(genome, toxins, words),
        "species": species_scores._one_strain(results.species.strains[0], words),
        "inventory": inventory._matrix([strain], [inventory.best_hits(strain)], words),
        "intervals": intervals_sheet(strain),
    }


def intervals_sheet(strain: StrainScores) -> Sheet:
    rows = [
        interval_rows.IntervalRow(score.target, score.value, score.low or 0.0, score.high or 0.0, score.state)
        for score in strain.targets
    ]
    sheet = Sheet.blank(0.5 + interval_rows.rows_height(rows, WORDS[Lang.EN]) + FOOTER_IN)
    interval_rows.draw_rows(sheet, sheet.canvas_axes(), rows, WORDS[Lang.EN], 0.5)
    return sheet


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("hits", [1, 7, 60])
def test_no_text_of_a_strains_pictures_collides(tmp_path: Path, hits: int, lang: Lang) -> None:
    results = results_with(tmp_path, hits)

    with drawing():
        found = {name: problems(sheet) for name, sheet in sheets_of(results, lang).items()}

    assert found == {name: [] for name in found}


@pytest.mark.parametrize("number", [1, 30, 300])
def test_no_text_of_pictures_over_many_strains_collides(tmp_path: Path, number: int) -> None:
    results = results_with(tmp_path, 9)
    names = [f"Bt-{index:03d} from a far away field" for index in range(number)]
    strains = [replace(results.strains[0], strain=name) for name in names]
    species = [replace(results.species.strains[0], strain=name) for name in names]
    words = WORDS[Lang.EN]
    order = [score.species for score in in_order(species[0].species, strains[0].conclusion)]

    with drawing():
        sheets = {
            "targets": target_heatmap._sheet(strains, target_heatmap.target_order(strains), words, FOOTER),
            "toxins": toxin_matrix(strains, toxin_columns(strains), words),
            "inventory": (inventory._combinations(strains, words)),
        }
        if number > 1:
            sheets["species"] = species_scores._many_strains(species, words, order)
        found = {name: problems(sheet) for name, sheet in sheets.items()}

    assert found == {name: [] for name in found}


def test_the_collision_finder_finds_collisions() -> None:
    with drawing():
        sheet = Sheet.blank(1.0)
        sheet.text(0.5, 0.5, "one text")
        sheet.text(0.6, 0.5, "upon another")
        sheet.text(5.5, 0.1, "beyond the edge")

        assert len(problems(sheet)) == 2


def test_labels_are_moved_apart_and_stay_on_the_sheet() -> None:
    heights = spread([1.0, 1.0, 1.0, 2.9], 0.5, 1.0, 3.0)

    assert heights == pytest.approx([1.0, 1.5, 2.0, 2.9])
    assert spread([2.9, 2.95, 3.0], 0.5, 1.0, 3.0) == pytest.approx([2.0, 2.5, 3.0])
