"""The records of a species: what the shortlist counts is what the evidence has under the species' name."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import run_shoter
from portal.results.bioassays import Bioassay, BioassayDocument
from portal.results.codec import from_json
from portal.results.evidence_table import EvidenceDocument, EvidenceFilter, EvidenceRow, evidence_of, filtered
from portal.results.own_tests import Role
from portal.results.scores import ScoresDocument
from portal.results.species import accepted_name
from portal.results.targets import parse_species
from tests.pipeline.shoter.shoter_builders import row, write_table

_STRAINS = {
    "kurstaki": ("Cry1Aa1", "Cry1Ab3", "Cry1Ac1", "Cry2Aa2", "Cry2Ab1", "Cry1Ia3", "Vip3Aa1"),
    "israelensis": ("Cry4Aa1", "Cry4Ba1", "Cry10Aa1", "Cry11Aa1", "Cyt1Aa1", "Cyt2Ba1", "Cyt1Ca1"),
    "others": ("Tpp1Aa1", "Tpp2Aa1", "Cry5Ba1", "Cry8Ha1", "Cry3Aa1", "Cry31Aa1"),
}


class Run(NamedTuple):
    """What one run of Shoter says of the records of its strain."""

    species: tuple[Bioassay, ...]
    evidence: EvidenceDocument

    def about(self, name: str) -> tuple[EvidenceRow, ...]:
        return filtered(self.evidence, EvidenceFilter(species=name)).rows


@pytest.fixture(scope="module", params=_STRAINS)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    return of_strain(tmp_path_factory.mktemp(request.param), _STRAINS[request.param])


def of_strain(folder: Path, toxins: tuple[str, ...]) -> Run:
    hits = write_table(folder / "All_Toxins.txt", [row(name, number) for number, name in enumerate(toxins, 1)])
    run_shoter(hits, folder, parameters=ShoterParameters(draws=100))
    (strain,) = from_json((folder / "bioassays.json").read_bytes(), BioassayDocument).strains
    return Run(strain.species, evidence_of(from_json((folder / "strain_scores.json").read_bytes(), ScoresDocument)))


def counted(rows: tuple[EvidenceRow, ...]) -> dict[tuple[Role, bool], int]:
    """Count records by role, and by whether they report an effect."""
    return dict(Counter((each.role, each.activity != "negative") for each in rows))


def told(each: Bioassay) -> dict[tuple[Role, bool], int]:
    """Return the counts of a species of the shortlist in the same form."""
    counts = {
        (Role.OWN, True): each.own_effect,
        (Role.OWN, False): each.own_no_effect,
        (Role.PART, True): each.part_effect,
        (Role.PART, False): each.part_no_effect,
        (Role.BROKEN, True): each.broken_effect,
        (Role.BROKEN, False): each.broken_no_effect,
        (Role.RELATIVE, True): each.relatives_effect,
        (Role.RELATIVE, False): each.relatives_no_effect,
    }
    return {key: count for key, count in counts.items() if count}


def test_what_the_shortlist_counts_for_a_species_is_what_the_evidence_has_for_it(run: Run) -> None:
    assert len(run.species) > 20
    assert {each.species: told(each) for each in run.species} == {
        each.species: counted(run.about(each.species)) for each in run.species
    }


def test_a_record_has_the_accepted_name_and_beside_it_that_of_the_source(run: Run) -> None:
    for each in run.evidence.rows:
        name = parse_species(each.species_as_published)
        assert each.species == (name if name and each.order != "Human cancer cells" else each.species_as_published)
        assert accepted_name(each.species) == each.species


@pytest.fixture(scope="module")
def kurstaki(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return of_strain(tmp_path_factory.mktemp("spelling"), _STRAINS["kurstaki"])


@pytest.mark.parametrize(
    ("accepted", "published"),
    [
        ("Earias vittella", "Earias vitella"),
        ("Ctenopseustis obliquana", "Ctenopsuestis obliquana"),
        ("Pieris rapae", "Arfogeia rapae"),
        ("Leucoptera coffeella", "Perileucoptera coffeella"),
    ],
)
def test_either_spelling_finds_the_records(kurstaki: Run, accepted: str, published: str) -> None:
    found = kurstaki.about(accepted)
    assert found
    assert {each.species for each in found} == {accepted}
    assert published in {each.species_as_published for each in found}
    assert kurstaki.about(published) == found
    assert kurstaki.about(f"  {published.upper()} ") == found


def test_records_of_a_genus_count_for_its_species_and_are_found_with_them(kurstaki: Run) -> None:
    found = {each.species for each in kurstaki.about("Spodoptera exigua")}
    assert found == {"Spodoptera exigua", "Spodoptera spp."}
    assert {each.species for each in kurstaki.about("exigua")} == {"Spodoptera exigua"}


def test_a_part_of_a_name_finds_every_name_that_has_it(kurstaki: Run) -> None:
    assert {each.species for each in kurstaki.about("Earias")} == {"Earias vittella", "Earias insulana"}
    assert {each.order for each in kurstaki.about("dipt")} == {"Diptera"}
    assert {each.species for each in kurstaki.about("Plutella xylo")} == {"Plutella xylostella"}
    assert kurstaki.about("") == kurstaki.evidence.rows
