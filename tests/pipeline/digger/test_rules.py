"""Names, ranks and the real tool's ways of writing numbers."""

from __future__ import annotations

import pytest

from portal.domain.toxin_names import class_of
from portal.pipeline.digger.nomenclature import current_family, name_before_2020, primary_family
from portal.pipeline.digger.output.tables import GeneTable, blast_evalue, strain_list
from portal.pipeline.digger.parity import compare


@pytest.mark.parametrize(
    ("name", "toxin_class", "before"),
    [
        ("Cry1Aa1", "Cry", "Cry1Aa1"),
        ("Tpp35Ab2", "Tpp", "Cry35Ab2"),
        ("Vpb1Aa1", "Vpb", "Vip1Aa1"),
        ("Spp1Aa1", "Spp", None),
        ("Txp40Aa1", "Cry", None),
        ("InhA1-other", "Others", None),
        ("something", "Cry", None),
    ],
)
def test_names(name: str, toxin_class: str, before: str | None) -> None:
    assert class_of(name) == toxin_class
    assert name_before_2020(name) == before


def test_families() -> None:
    assert primary_family("Cry21Aa3") == "Cry21"
    assert current_family("Cry35Aa1") == current_family("Tpp35Aa1") == "Tpp35"


def test_evalues_are_written_like_blasts() -> None:
    assert [blast_evalue(value) for value in (0.0, 1e-181, 2.4e-56, 1e-30)] == ["0.0", "0.0", "2e-56", "1e-30"]


def test_tables_without_hits() -> None:
    table = GeneTable()
    table.add("s", [])
    assert table.text() == "-\n"
    text = strain_list([], "nucl")
    assert text.startswith("Overview of prediction \t Sequence type: nucl\nName\tCry\tCyt\tVip\tOthers\tApp")
    assert text.count("Toxin type:") == 17
    assert "HMM_SVM\t0\t0\t0\t\t0" in text


REAL = {
    "Protein_id": "c_00001", "Strand": "+1", "Protein_len": "200", "Gene location on scaffold": "1-600", "BLAST": "YES",
    "HMM": "YES", "Hit_id": "Cry1Aa1", "Identity": "97.5", "Nomenclature": "Rank4",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Hit_id": "Cry1Ac1"}, "hit Cry1Ac1"),
        ({"Nomenclature": "Rank3"}, "Rank3, not Rank4"),
        ({"Strand": "+2"}, "Strand"),
        ({"BLAST": "NO"}, "not found"),
    ],
)
def test_parity_names_each_difference(change: dict[str, str], words: str) -> None:
    result = compare("s", {"c_00001": REAL}, {"c_00001": REAL | change}, {})
    assert any(words in problem for problem in result.problems)


def test_parity_takes_ties_and_refuses_extra_rows() -> None:
    tied = compare("s", {"c_00001": REAL}, {"c_00001": REAL | {"Hit_id": "Cry1Aa2"}}, {"c_00001": ["Cry1Aa1"]})
    assert (tied.tied_hit, tied.problems) == (1, [])
    assert compare("s", {}, {"c_00001": REAL}, {}).problems
    assert compare("s", {}, {"c_00001": REAL | {"Hit_id": "InhA1-other"}}, {}).problems == []
