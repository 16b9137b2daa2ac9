"""Species that are no pests, in orders that are: which they are, and that page and report say so."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from portal.domain.status import Lang
from portal.pipeline.shoter.specificity.table import load_table
from portal.results.bioassay_words import bioassay_section
from portal.results.bioassays import BioassayDocument
from portal.results.codec import from_json
from portal.results.species import NON_PESTS_TABLE, NonPest, accepted_name, known_species, names_of, non_pest_kind
from portal.results.targets import PANELS, Panel, panel_of_species
from tests.pipeline.shoter.fact_tables import fact, shoot

# Written down beside the table, so that a genus that is lost there is found missing.
_BENEFICIAL = {
    "Lepidoptera": ("Bombyx mori", "Antheraea pernyi", "Samia ricini", "Philosamia cynthia", "Danaus plexippus"),
    "Coleoptera": (
        "Coleomegilla maculata", "Propylea japonica", "Harmonia axyridis", "Coccinella septempunctata",
        "Hippodamia convergens", "Adalia bipunctata", "Cryptolaemus montrouzieri", "Poecilus chalcites",
    ),
    "Hymenoptera": (
        "Apis mellifera", "Apis cerana", "Bombus terrestris", "Osmia bicornis", "Trichogramma chilonis",
        "Cotesia plutellae", "Diadegma insulare", "Encarsia formosa", "Aphidius ervi",
    ),
    "Hemiptera": ("Orius insidiosus", "Geocoris punctipes", "Macrolophus pygmaeus", "Cyrtorhinus lividipennis"),
    "Diptera": ("Episyrphus balteatus", "Aphidoletes aphidimyza", "Drosophila melanogaster"),
    "Neuroptera": ("Chrysoperla sinica", "Chrysoperla carnea", "Chrysopa pallens", "Myrmeleon bore"),
    "Acari": ("Phytoseiulus persimilis", "Neoseiulus cucumeris"),
    "Nematoda": (
        "Caenorhabditis elegans", "Panagrellus redivivus", "Steinernema carpocapsae", "Heligmosomoides bakeri",
        "Nippostrongylus brasiliensis",
    ),
    "Collembola": ("Folsomia candida",),
    "Crustacea": ("Daphnia magna",),
    "Mammalia": ("Mus musculus",),
}  # fmt: skip
# Pests beside them in name or family: lady beetles that eat leaves, moths of bee hives, ants, sawflies.
_PESTS = {
    "Lepidoptera": ("Galleria mellonella", "Pieris rapae", "Plutella xylostella", "Papilio xuthus"),
    "Coleoptera": ("Henosepilachna vigintioctomaculata", "Leptinotarsa decemlineata"),
    "Hymenoptera": ("Solenopsis invicta", "Neodiprion sertifer"),
    "Nematoda": ("Meloidogyne incognita", "Ascaris suum", "Bursaphelenchus xylophilus"),
    "Diptera": ("Chironomus tepperi", "Aedes aegypti", "Drosophila suzukii", "Lucilia cuprina"),
    "Acari": ("Tetranychus urticae",),
}


@pytest.mark.parametrize(("order", "species"), [(order, each) for order, all_ in _BENEFICIAL.items() for each in all_])
def test_a_beneficial_animal_is_never_in_the_panel_of_pests(order: str, species: str) -> None:
    assert panel_of_species(species, order) is Panel.NON_PEST


@pytest.mark.parametrize(("order", "species"), [(order, each) for order, all_ in _PESTS.items() for each in all_])
def test_a_pest_stays_a_pest(order: str, species: str) -> None:
    assert panel_of_species(species, order) is Panel.PEST


def test_the_species_of_the_shipped_records_that_are_no_pests_are_these() -> None:
    found = {
        fact.species
        for fact in load_table(None).facts
        if fact.species and panel_of_species(fact.species, fact.order) is Panel.NON_PEST
    }
    assert found == {
        "Bombyx mori", "Danaus plexippus", "Apis mellifera", "Chrysoperla sinica", "Coleomegilla maculata",
        "Poecilus chalcites", "Propylea japonica", "Caenorhabditis elegans", "Distolabrellus veechi",
        "Panagrellus redivivus", "Pristionchus pacificus", "Drosophila melanogaster", "Heligmosomoides bakeri",
        "Nippostrongylus brasiliensis",
    }  # fmt: skip


def test_a_genus_or_species_is_listed_once_with_a_kind_that_has_words() -> None:
    with NON_PESTS_TABLE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    taxa = [row["taxon"] for row in rows]
    assert taxa == sorted(set(taxa))
    assert all(re.fullmatch(r"[A-Z][a-z]+( [a-z]+)?", taxon) for taxon in taxa)
    assert not {taxon.split()[0] for taxon in taxa if " " in taxon} & set(taxa), "a genus says all of its species"
    assert all(accepted_name(taxon) == taxon for taxon in taxa)
    assert {row["kind"] for row in rows} == set(NonPest)


def test_a_model_organism_is_no_pest_and_no_matter_of_safety(tmp_path: Path) -> None:
    facts = [
        fact(n, "Cry1Ac", "Diptera", f"Drosophila {name}", "positive")
        for n, name in enumerate(("melanogaster", "suzukii"), 1)
    ]
    (strain,) = from_json((shoot(tmp_path, facts, "Cry1Ac1") / "bioassays.json").read_bytes(), BioassayDocument).strains
    said = {line.row.species: line.not_pest for line in bioassay_section(strain).lines}
    assert list(said) == ["Drosophila suzukii", "Drosophila melanogaster"]
    model = said["Drosophila melanogaster"]
    assert said["Drosophila suzukii"] is None
    assert model is not None
    assert [model.word(lang) for lang in Lang] == ["not a pest (model organism)", "非害虫（模式生物）"]


def test_a_name_says_nothing_that_the_panel_says() -> None:
    for names in map(names_of, known_species()):
        assert "beneficial" not in names.english
        assert "益" not in names.chinese


def test_the_shortlist_lists_it_after_the_pests_and_says_what_the_test_is_for(tmp_path: Path) -> None:
    facts = [
        fact(1, "Cry1Ac", "Lepidoptera", "Bombyx mori", "positive", "0.1", "ug/ml"),
        fact(2, "Cry1Ac", "Lepidoptera", "Bombyx mori", "positive", "0.2", "ug/ml"),
        fact(3, "Cry1Ac", "Lepidoptera", "Plutella xylostella", "weak"),
        fact(4, "Cry1Ac", "Neuroptera", "Myrmeleon bore", "positive"),
    ]
    out = shoot(tmp_path, facts, "Cry1Ac1")
    (strain,) = from_json((out / "bioassays.json").read_bytes(), BioassayDocument).strains
    panels = [each.panel for each in strain.species]
    assert [each.species for each in strain.species if each.panel is Panel.PEST] == ["Plutella xylostella"]
    assert panels == sorted(panels, key=list(Panel).index)
    said = {line.row.species: line.not_pest for line in bioassay_section(strain).lines}
    silkworm, lion = said["Bombyx mori"], said["Myrmeleon bore"]
    assert said["Plutella xylostella"] is None
    assert silkworm is not None
    assert lion is not None
    assert silkworm.word(Lang.EN) == "not a pest (raised for its silk): test for safety"
    assert silkworm.word(Lang.ZH) == "非害虫（产丝昆虫）：仅作安全性测试"
    assert lion.word(Lang.EN) == "not a pest: test for safety"


def test_the_order_keeps_the_records_of_its_species_that_are_no_pests(tmp_path: Path) -> None:
    out = shoot(tmp_path, [fact(1, "Cry1Ac", "Lepidoptera", "Bombyx mori", "positive")], "Cry1Ac1")
    assert PANELS["Lepidoptera"] is Panel.PEST
    header, cells = (out / "strain_target_scores.tsv").read_text(encoding="utf-8").splitlines()[:2]
    assert float(dict(zip(header.split("\t"), cells.split("\t"), strict=True))["Lepidoptera"]) > 0.0


def test_a_species_of_no_listed_genus_follows_its_order() -> None:
    assert non_pest_kind("Nemo nescit") is None
    assert panel_of_species("Nemo nescit", "Diptera") is Panel.PEST
    assert panel_of_species("Nemo nescit", "Odonata") is Panel.NON_PEST
