"""Every text of every picture can be read: with one hit or sixty, one strain or three hundred, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from matplotlib.collections import PolyCollection
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
from portal.pipeline.plots.lettering import Label
from portal.pipeline.plots.words import WORDS
from portal.results.reading import TaskResults, read_results
from portal.results.scores import StrainScores, StrainSpecies
from portal.results.species_order import in_order
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
        "species": species_scores._one_strain(results.species.strains[0], strain, words),
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


def corners(sheet: Sheet) -> int:
    """Return how many marks lie in the cells and the legend of a picture."""
    [axes] = [axes for axes in sheet.figure.axes if axes.get_zorder() == -1]
    return sum(
        len(each.get_paths())
        for each in axes.collections
        if isinstance(each, PolyCollection) and all(path.get_extents().width < 0.2 for path in each.get_paths())
    )


def texts(sheet: Sheet) -> list[str]:
    return [artist.get_text() for artist in sheet.figure.findobj(Label)]


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("number", [3, 60])
def test_pictures_of_several_strains_mark_genes_that_are_broken_cut_or_altered(
    tmp_path: Path, number: int, lang: Lang
) -> None:
    """Each state by a mark of its own beside the colour, which the legend explains; without such genes neither."""
    results, words = results_with(tmp_path, 9), WORDS[lang]
    strain = results.strains[0]
    of_toxins = {words.one_broken, words.one_cut, words.one_altered}

    def drawn(states: Sequence[int]) -> dict[str, Sheet]:
        names = [f"Bt-{index}" for index in range(number)]
        strains = [replace(with_states(strain, states[n % len(states)]), strain=name) for n, name in enumerate(names)]
        species = [
            StrainSpecies(
                strain=name,
                species=tuple(
                    replace(score, units=next(each.units for each in strain.targets if each.target == score.target))
                    for score in results.species.strains[0].species
                ),
            )
            for name in names
        ]
        order = [score.species for score in species[0].species]
        found = {
            "targets": target_heatmap._sheet(strains, target_heatmap.target_order(strains), words, FOOTER),
            "species": species_scores._many_strains(species, {each.strain: each for each in strains}, words, order),
            "toxins": toxin_matrix(strains, toxin_columns(strains), words),
        }
        if number <= inventory.MATRIX_UP_TO:
            found["inventory"] = inventory._matrix(strains, [inventory.best_hits(each) for each in strains], words)
        else:
            found["inventory"] = inventory._combinations(strains, words)
        return found

    with drawing():
        whole, mixed = drawn([3]), drawn([0, 1, 2])
        for name, sheet in mixed.items():
            before, after = set(texts(whole[name])), set(texts(sheet))
            if name == "inventory" and number > inventory.MATRIX_UP_TO:
                assert after - before == {words.damage_counts}
                continue
            added = {words.genes_cut} if name in ("targets", "species") else of_toxins
            assert (before & (of_toxins | {words.genes_cut}), added - after) == (set(), set()), name
            assert corners(sheet) > corners(whole[name]) + number // 3, name
            assert problems(sheet) == [], name


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("hits", [1, 7, 60])
def test_no_text_of_a_strains_pictures_collides(tmp_path: Path, hits: int, lang: Lang) -> None:
    results = results_with(tmp_path, hits)

    with drawing():
        found = {name: problems(sheet) for name, sheet in sheets_of(results, lang).items()}

    assert found == {name: [] for name in found}


def with_states(strain: StrainScores, number: int) -> StrainScores:
    """Return a strain whose genes are all broken, all cut, all altered or all whole."""
    flags = (("internal_stop",), ("contig_edge",), ("frameshift", "core_whole"), ())[number % 4]
    return replace(
        strain,
        units=tuple(replace(unit, flags=flags) for unit in strain.units),
        hits=tuple(replace(hit, flags=flags) for hit in strain.hits),
    )


@pytest.mark.parametrize("number", [1, 30, 300])
def test_no_text_of_pictures_over_many_strains_collides(tmp_path: Path, number: int) -> None:
    results = results_with(tmp_path, 9)
    names = [f"Bt-{index:03d} from a far away field" for index in range(number)]
    strains = [replace(with_states(results.strains[0], number), strain=name) for number, name in enumerate(names)]
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
            sheets["species"] = species_scores._many_strains(
                species, {each.strain: each for each in strains}, words, order
            )
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
