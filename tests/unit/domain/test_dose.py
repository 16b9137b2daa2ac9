"""Published doses: what is read, what is refused, and that only doses that can be compared are compared, exactly."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest

from portal.domain.dose import MEASURES, UNITS, Dose, DoseFamily, DoseFault, NoDose, dose_of, lowest_of


def dose(text: str, unit: str = "ug/ml", measure: str = "LC50") -> Dose:
    found = dose_of(measure, text, unit)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("0.103", "0.103", "0.103"),
        ("1.1-4.1", "1.1", "4.1"),
        ("3-3", "3", "3"),
        ("<100", None, "100"),
        (">2500", "2500", None),
        ("~120", "120", "120"),
    ],
)
def test_figures_are_kept_as_published(text: str, low: str | None, high: str | None) -> None:
    found = dose(text, "ng/cm2")
    assert (found.low, found.high) == (low and Decimal(low), high and Decimal(high))
    assert (found.text, found.unit, found.words) == (text, "ng/cm2", f"LC50 {text} ng/cm2")


@pytest.mark.parametrize(
    ("measure", "text", "unit"),
    [
        ("", "1", "ug/ml"), ("LC50", "", "ug/ml"), ("LC50", "1", ""), ("LC50", "1", "u"), ("LC90", "1", "ug/ml"),
        ("LC50", "1,2", "ug/ml"), ("LC50", "1 2", "ug/ml"), ("LC50", "-1", "ug/ml"), ("LC50", "1-", "ug/ml"),
        ("LC50", "0", "ug/ml"), ("LC50", "0-1", "ug/ml"), ("LC50", "4-1", "ug/ml"), ("LC50", "<1-2", "ug/ml"),
        ("LC50", "< 1", "ug/ml"), ("LC50", "<>1", "ug/ml"), ("LC50", "1e3", "ug/ml"), ("LC50", "nan", "ug/ml"),
        ("LC50", "inf", "ug/ml"), ("LC50", "\u0661", "ug/ml"), ("LC50", "toxic", "ug/ml"), ("LC50", "1", "µg/ml"),
        ("LC50", "1", "UG/ML"), ("LC50", "1", "%"), ("lc50", "1", "ug/ml"), ("LC50", "1\n", "ug/ml"),
    ],
)  # fmt: skip
def test_what_is_no_dose_is_refused_and_never_mended(measure: str, text: str, unit: str) -> None:
    with pytest.raises(NoDose):
        dose_of(measure, text, unit)


@pytest.mark.parametrize(
    ("cells", "fault"),
    [
        (("LC90", "x", "x"), DoseFault.MEASURE),
        (("LC50", "x", "x"), DoseFault.UNIT),
        (("LC50", "x", "ppm"), DoseFault.FIGURE),
        (("LC50", "2-1", "ppm"), DoseFault.RANGE),
    ],
)
def test_the_fault_is_the_first_of_measure_unit_figure_and_range(cells: tuple[str, str, str], fault: DoseFault) -> None:
    with pytest.raises(NoDose) as refused:
        dose_of(*cells)
    assert refused.value.fault is fault


def test_three_empty_cells_are_no_dose() -> None:
    assert dose_of("", "", "") is None


# One dose in every unit of each family.
SAME = {
    DoseFamily.PER_VOLUME: {"ng/ml": "110", "ug/ml": "0.110", "mg/ml": "0.00011", "ug/l": "110", "mg/l": "0.11"},
    DoseFamily.PER_MASS: {"ng/g": "7", "ug/g": "0.007", "mg/g": "0.000007", "ug/kg": "7", "mg/kg": "0.007"},
    DoseFamily.PER_AREA: {"ng/cm2": "103", "ug/cm2": "0.103"},
    DoseFamily.PER_ANIMAL: {"ng": "672.9", "ug": "0.6729"},
    DoseFamily.PPM: {"ppm": "30.4"},
}


@pytest.mark.parametrize("family", DoseFamily)
def test_units_of_a_family_are_converted_exactly(family: DoseFamily) -> None:
    assert SAME[family].keys() == {name for name, unit in UNITS.items() if unit.family is family}
    found = [dose(text, unit) for unit, text in SAME[family].items()]
    assert len({each.in_base_unit(each.low or Decimal()) for each in found}) == 1
    assert lowest_of(found) == list(range(len(found))), "none is below another"


def test_doses_of_other_measures_or_families_are_never_compared() -> None:
    """Not even ppm with ug/g or ug/ml: it does not say parts of what."""
    one_of_each = [dose("1", next(unit for unit in UNITS if UNITS[unit].family is family)) for family in DoseFamily]
    one_of_each += [dose("1", measure=measure) for measure in MEASURES if measure != "LC50"]
    for one, other in pairwise([*one_of_each, one_of_each[0]]):
        with pytest.raises(ValueError, match="cannot be compared"):
            one.is_certainly_below(other)
    with pytest.raises(ValueError, match="cannot be compared"):
        lowest_of(one_of_each)


@pytest.mark.parametrize(
    ("one", "other", "is_below"),
    [
        ("1", "2", True), ("2", "1", False), ("1", "1", False), ("1", "1.0", False),
        ("1.1-4.1", "2.46", True), ("2.46", "1.1-4.1", False), ("1-9", "1-2", False),
        ("~1", "2", True), ("2", "~1", False),
        ("<100", "200", True), ("<100", "100", True), ("<100", "99", False), ("50", "<100", False),
        ("<50", "<100", False), (">50", "100", False), ("100", ">50", False), ("50", ">50", True),
        ("49", ">50", True), ("<50", ">50", True), (">50", "<50", False), (">50", ">500", False),
    ],
)  # fmt: skip
def test_a_dose_is_below_another_only_if_that_is_certain(one: str, other: str, is_below: bool) -> None:
    assert dose(one).is_certainly_below(dose(other)) is is_below


@pytest.mark.parametrize(
    ("texts", "lowest"),
    [
        ([], []),
        (["8.5", "0.1", "3.2"], ["0.1"]),
        (["<100", "12", "420-8100"], ["<100", "12"]),
        (["<100", "<1", "120"], ["<100", "<1"]),
        ([">2500", "87", "250"], ["87"]),
        ([">2500", ">240"], [">2500", ">240"]),
        ([">240", "300"], [">240", "300"]),
        (["<1", "<1"], ["<1", "<1"]),
    ],
)
def test_the_lowest_are_one_or_those_that_nothing_decides_between(texts: list[str], lowest: list[str]) -> None:
    assert [texts[place] for place in lowest_of([dose(text) for text in texts])] == lowest
