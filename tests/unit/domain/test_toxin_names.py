"""The two nomenclatures and the parts of a name."""

from __future__ import annotations

import pytest

from portal.domain.toxin_names import NameTable, ToxinName, class_of, family_of, is_accessory, is_like

TABLE = NameTable.from_rows(
    [
        ("Gpp34", "Cry34", ""),
        ("App6A", "Cry6A", "CryVIA"),
        ("App6", "Cry6", ""),
        ("Cry4Da1", "Cry19Ca1", ""),
        ("Vpb1", "Vip1", ""),
        ("Tpp2", "", "BinB"),
        ("Cyt1", "Cyt1", "CytA"),
        ("Cyt4", "", "CytA"),
        ("Mcf1A", "", "Mcf1"),
    ]
)


def test_the_four_ranks() -> None:
    name = ToxinName.parse("Cry1Ac5")
    assert name == ToxinName("Cry", "1", "A", "c", "5")
    assert name is not None
    assert [name.rank(rank) for rank in (1, 2, 3, 4)] == ["Cry1", "Cry1A", "Cry1Ac", "Cry1Ac5"]
    assert str(name) == "Cry1Ac5"


@pytest.mark.parametrize(
    "text", ["Cry1Ab-like", "InhA-other", "cry1Ac", "Cry", "Spp", "Cry1ac", "1Cry", "", "Cry1Ac5 x"]
)
def test_what_is_no_complete_name(text: str) -> None:
    parsed = ToxinName.parse(text)
    assert parsed is None or str(parsed) == text in ("Cry", "Spp")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Cry34Ab1", "Gpp34Ab1"),
        ("Cry6Aa2", "App6Aa2"),
        ("Cry19Ca1", "Cry4Da1"),
        ("Cry19Aa1", "Cry19Aa1"),
        ("Vip1Ba2", "Vpb1Ba2"),
        ("Cry1Ac1", "Cry1Ac1"),
        ("Vip3Aa1", "Vip3Aa1"),
        ("Cry34", "Gpp34"),
    ],
)
def test_old_names_and_back(old: str, new: str) -> None:
    assert TABLE.to_2020(old) == new
    assert TABLE.to_1998(new) == old


def test_other_names() -> None:
    assert TABLE.to_2020("BinB") == "Tpp2"
    assert TABLE.to_2020("CytA") == "CytA"  # two toxins were called so
    assert TABLE.to_2020("Mcf1") == "Mcf1"  # a present family too
    assert TABLE.to_1998("Tpp2Aa1") is None
    assert TABLE.to_1998("InhA-other") is None


def test_classes() -> None:
    names = ("Cry1Aa1", "Vip3Aa1", "Zwa6-other", "Txp40Aa1", "Xpp37Aa1", "something")
    assert [class_of(name) for name in names] == ["Cry", "Vip", "Others", "Cry", "Xpp", "Cry"]
    assert family_of("Cry41Ab2") == "Cry41"
    assert family_of("my toxin") == "my toxin"
    assert is_accessory("InhA-other")
    assert not is_accessory("Cry1Aa1")
    assert is_like("Cry1-like")
    assert is_like("Cry9Aalike")
    assert not is_like("Cry9Aa1")
