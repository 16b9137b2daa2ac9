"""Of the shortlist page and report show at once the first species, and the first of every order that is likely."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import run_shoter
from portal.results.bioassay_words import BioassaySection, bioassay_section
from portal.results.bioassays import BioassayDocument
from portal.results.codec import from_json
from portal.results.species_order import is_without_effect
from tests.pipeline.shoter.shoter_builders import row, write_table

KURSTAKI = ("Cry1Aa1", "Cry1Ab1", "Cry1Ac1", "Cry2Aa1", "Cry2Ab1")


def section(folder: Path, *toxins: str) -> BioassaySection:
    hits = write_table(folder / "All_Toxins.txt", [row(name, number) for number, name in enumerate(toxins, start=1)])
    run_shoter(hits, folder, parameters=ShoterParameters(draws=100))
    document = from_json((folder / "bioassays.json").read_bytes(), BioassayDocument)
    return bioassay_section(document.strains[0])


@pytest.mark.parametrize(
    ("toxins", "orders"),
    [
        (KURSTAKI, {"Lepidoptera"}),
        ((*KURSTAKI, "Cry4Aa1", "Cry4Ba1", "Cry11Aa1"), {"Lepidoptera", "Diptera"}),
        ((*KURSTAKI, "Cry3Aa1", "Cry4Ba1"), {"Lepidoptera", "Coleoptera", "Diptera"}),
    ],
)
def test_no_likely_order_is_out_of_sight(tmp_path: Path, toxins: tuple[str, ...], orders: set[str]) -> None:
    found = section(tmp_path, *toxins)
    assert {line.row.target for line in found.first} >= orders
    assert found.first[:3] == found.lines[:3]
    leading = found.first[3:]
    assert len(leading) == len({line.row.target for line in leading}) <= len(orders) - 1
    assert [line for line in found.lines if line in found.first] == list(found.first), "in the order of the list"
    assert len(found.first) + len(found.rest) == len(found.lines)
    assert not any(is_without_effect(line.row) for line in found.lines)
    assert all(is_without_effect(line.row) for line in found.without_effect)
    assert not {line.row.species for line in found.first} & {line.row.species for line in found.rest}
    all_of_it = from_json((tmp_path / "bioassays.json").read_bytes(), BioassayDocument).strains[0].species
    hidden = len(all_of_it) - len(found.lines) - len(found.without_effect)
    assert found.more is None if hidden == 0 else str(hidden) in str(found.more)
