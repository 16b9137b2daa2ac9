"""What the clean-up keeps, renames and refuses."""

from __future__ import annotations

import pytest

from portal.domain.errors import InvalidInput
from portal.reference.clean import clean
from portal.reference.names import name_table
from portal.reference.types import Entry

P = "MKLDEFWWY"


def names(*entries: Entry) -> list[str]:
    return [entry.name for entry in clean(entries).entries]


def test_old_names_become_present_ones_and_letters_stay() -> None:
    old = ["Cry34Ab1", "Cry35Ab1", "Cry6Ba1", "Vip1Aa2", "Vip2Aa2", "Vip4Aa1", "Cry22Ba1", "Cry1Ac1", "Cry32Wa1"]
    new = ["Gpp34Ab1", "Tpp35Ab1", "App6Ba1", "Vpb1Aa2", "Vpa2Aa2", "Vpb4Aa1", "Xpp22Ba1", "Cry1Ac1", "Cry73Ba1"]
    assert names(*[Entry(name, P + "A" * count) for count, name in enumerate(old)]) == new


def test_fragments_of_pseudogenes_and_lookalikes_go_with_a_reason() -> None:
    cleaned = clean(
        [Entry("Cry1-like", P), Entry("Cry9Aalike", P), Entry("Cry1Aa8", "MK*LD"), Entry("Cry1Aa1", P + "*")]
    )
    assert [(entry.name, entry.sequence) for entry in cleaned.entries] == [("Cry1Aa1", P)]
    assert [change.reason for change in cleaned.changes] == ["named only after what it resembles"] * 2 + [
        "stop inside the protein"
    ]


def test_a_known_mislabelled_record_goes_only_with_its_accession() -> None:
    assert names(Entry("Cry1Ib5", P, "AEH31417.1"), Entry("Cry1Fa3", P, "AEH31417.1")) == ["Cry1Fa3"]
    assert names(Entry("Cry1Ib5", P + "V"), Entry("Cry1Fa3", P)) == ["Cry1Ib5", "Cry1Fa3"]


def test_two_proteins_of_one_operon_under_one_name_come_apart() -> None:
    operon = [Entry("Vip2Ae1", P, "ABR68092.1"), Entry("Vip2Ae1", P + "V", "ABR68093.1")]
    assert names(*operon) == ["Vpa2Ah1", "Vpb1Ae1"]


def test_a_source_with_present_names_keeps_them_all() -> None:
    assert names(Entry("Vip2Ah1", P), Entry("Vpa2Ah1", P + "V")) == ["Vip2Ah1", "Vpa2Ah1"]


def test_one_sequence_under_two_groups_is_remarked_on() -> None:
    cleaned = clean([Entry("Cry1Aa1", P), Entry("Cry1Ab1", P), Entry("Cry1Ab2", P)])
    assert len(cleaned.entries) == 3
    assert {change.action for change in cleaned.changes} == {"kept"}
    assert "Cry1Aa1, Cry1Ab1, Cry1Ab2" in cleaned.changes[0].reason


def test_the_same_entry_twice_is_one() -> None:
    assert names(Entry("Cry1Aa1", P), Entry("Cry1Aa1", P)) == ["Cry1Aa1"]


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ([Entry("Cry1Aa1", P), Entry("Cry1Aa1", P + "V")], "two different proteins have the name Cry1Aa1"),
        ([Entry("Cry1Aa1", "MK7LD")], "Cry1Aa1: '7' is not an amino acid code"),
        ([Entry("Cry1-like", P)], "no entry is left"),
        ([], "no entry is left"),
        ([Entry("Cry1Aa1", "ACGTACGTTGCA")], "nucleotides where proteins are expected"),
    ],
)
def test_what_is_refused(entries: list[Entry], reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason.replace("*", r"\*")):
        clean(entries)


def test_blind_spots_are_what_the_nomenclature_has_and_the_source_not() -> None:
    cleaned = clean([Entry("Cry1Aa1", P), Entry("Spp1Aa1", P + "V"), Entry("Cry2Aa1", P + "L")])
    assert cleaned.families == ("Cry1", "Cry2", "Spp1")
    assert "Cry1" not in cleaned.blind_spots
    assert "Spp" not in cleaned.blind_spots
    assert {"Tpp1", "Mtx1", "Vip3", "accessory factors"} <= set(cleaned.blind_spots)
    with_accessory = clean([Entry("Cry1Aa1", P), Entry("InhA-other", P + "V")])
    assert "accessory factors" not in with_accessory.blind_spots
    assert with_accessory.families == ("Cry1",)


def test_the_shipped_table_knows_all_families_that_were_renamed_in_2020() -> None:
    families = """
        Vip1 Vpb1, Vip2 Vpa2, Vip4 Vpb4, Cry6 App6, Cry15 Mpp15, Cry22 Xpp22, Cry23 Mpp23, Cry33 Mpp33, Cry34 Gpp34,
        Cry35 Tpp35, Cry36 Tpp36, Cry37 Xpp37, Cry38 Mpp38, Cry45 Mpp45, Cry46 Mpp46, Cry49 Tpp49, Cry51 Mpp51,
        Cry55 Xpp55, Cry60 Mpp60, Cry64 Mpp64, Cry74 Mpp74, Cry75 Mpp75, Cry76 Xpp76, Cry77 Xpp77, Cry78 Tpp78,
        Cry80 Tpp80
    """
    for old, new in map(str.split, families.split(",")):
        assert name_table().to_2020(f"{old}Aa1") == f"{new}Aa1"
        assert name_table().to_1998(f"{new}Aa1") == f"{old}Aa1"
