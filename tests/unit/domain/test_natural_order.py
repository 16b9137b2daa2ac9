"""Names with numbers are listed as people list them."""

from __future__ import annotations

from portal.domain.natural_order import natural_key


def test_numbers_within_names_count_as_numbers() -> None:
    listed = ["Cry1Aa", "Cry1Ab", "Cry2Aa", "Cry10Aa", "Cyt1Aa2", "Cyt1Aa10", "Vip3", "contig", "contig2", "contig10"]
    assert sorted(set(listed), key=natural_key) == listed


def test_any_text_has_a_place() -> None:
    odd = ["", "1", "a", "²", "٣", "1a", "a1a", "9" * 40, "菌7", "菌10"]
    assert len(sorted(odd, key=natural_key)) == len(odd)
