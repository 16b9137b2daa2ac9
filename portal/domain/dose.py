"""A published dose: its measure, figures and unit, and which of two doses is certainly the lower one.

Only doses of one measure and one family of units are compared: toxin mixed into water is given per volume, into diet or
soil per mass, on the surface of diet or leaf per area, injected or fed individually per animal. Units of a family are
powers of ten of each other, so that they are converted exactly. `ppm` does not say parts of what (mass in mass, or mass
in volume), so that it is a family of its own. No figure is guessed: "<100" and ">2500" stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

MEASURES = ("LC50", "LD50", "EC50")


class DoseFamily(StrEnum):
    """What a dose is given per; only doses of one family can be compared."""

    PER_VOLUME = "per_volume"
    PER_MASS = "per_mass"
    PER_AREA = "per_area"
    PER_ANIMAL = "per_animal"
    PPM = "ppm"


class DoseFault(StrEnum):
    """Why three cells are no dose."""

    MEASURE = "measure"
    UNIT = "unit"
    FIGURE = "figure"
    RANGE = "range"


class NoDose(ValueError):
    """Three cells are no dose; `fault` tells why."""

    def __init__(self, fault: DoseFault) -> None:
        super().__init__(fault)
        self.fault = fault


class DoseUnit(NamedTuple):
    """A unit is 10 to the power of `exponent` of its family's: ug/ml, ug/g, ug/cm2, ug, ppm."""

    family: DoseFamily
    exponent: int


# As the table writes them.
UNITS: Mapping[str, DoseUnit] = {
    "ng/ml": DoseUnit(DoseFamily.PER_VOLUME, -3),
    "ug/ml": DoseUnit(DoseFamily.PER_VOLUME, 0),
    "mg/ml": DoseUnit(DoseFamily.PER_VOLUME, 3),
    "ug/l": DoseUnit(DoseFamily.PER_VOLUME, -3),
    "mg/l": DoseUnit(DoseFamily.PER_VOLUME, 0),
    "ng/g": DoseUnit(DoseFamily.PER_MASS, -3),
    "ug/g": DoseUnit(DoseFamily.PER_MASS, 0),
    "mg/g": DoseUnit(DoseFamily.PER_MASS, 3),
    "ug/kg": DoseUnit(DoseFamily.PER_MASS, -3),
    "mg/kg": DoseUnit(DoseFamily.PER_MASS, 0),
    "ppm": DoseUnit(DoseFamily.PPM, 0),
    "ng/cm2": DoseUnit(DoseFamily.PER_AREA, -3),
    "ug/cm2": DoseUnit(DoseFamily.PER_AREA, 0),
    "ng": DoseUnit(DoseFamily.PER_ANIMAL, -3),
    "ug": DoseUnit(DoseFamily.PER_ANIMAL, 0),
}

_NUMBER = r"[0-9]+(?:\.[0-9]+)?"
_TEXT = re.compile(rf"(?P<sign>[<>~]?)(?P<low>{_NUMBER})(?:-(?P<high>{_NUMBER}))?")


@dataclass(frozen=True)
class Dose:
    """A measure with its range; `low` is None for "<100", `high` for ">2500"."""

    measure: str
    low: Decimal | None
    high: Decimal | None
    unit: str
    text: str  # in the table's notation of ranges

    @property
    def words(self) -> str:
        """Return the dose as text: "LC50 1.1-4.1 ng/cm2"."""
        return f"{self.measure} {self.text} {self.unit}"

    @property
    def family(self) -> DoseFamily:
        """What it is given per."""
        return UNITS[self.unit].family

    def in_base_unit(self, figure: Decimal) -> Decimal:
        """Return a figure of this dose in ug/ml, ug/g, ug/cm2, ug or ppm, exactly."""
        return figure.scaleb(UNITS[self.unit].exponent)

    def is_certainly_below(self, other: Dose) -> bool:
        """Tell whether the lowest figure of this dose is below that of the other, whatever "<" and ">" stand for.

        A range counts with its lower end, the lowest figure that was published; "~" with its figure.

        Raises:
            ValueError: the two are of different measures or families, which cannot be compared.
        """
        if (self.measure, self.family) != (other.measure, other.family):
            raise ValueError(f"{self.words} and {other.words} cannot be compared")
        if self.high is None or other.low is None:  # ">2500" may be anything above, "<100" anything below
            return False
        most = self.in_base_unit(self.high if self.low is None else self.low)
        least = other.in_base_unit(other.low)
        is_beyond = self.low is None or other.high is None  # "<100" is below 100, which is below ">100"
        return most < least or (is_beyond and most == least)


def dose_of(measure: str, text: str, unit: str) -> Dose | None:
    """Return the dose of a table's three cells, None if all three are empty.

    Raises:
        NoDose: with what is wrong.
    """
    if not (measure or text or unit):
        return None
    if measure not in MEASURES:
        raise NoDose(DoseFault.MEASURE)
    if unit not in UNITS:
        raise NoDose(DoseFault.UNIT)
    match = _TEXT.fullmatch(text)
    if match is None or (match["sign"] and match["high"]):
        raise NoDose(DoseFault.FIGURE)
    low = Decimal(match["low"])
    high = Decimal(match["high"] or match["low"])
    if low <= 0 or high < low:
        raise NoDose(DoseFault.RANGE)
    return Dose(measure, None if match["sign"] == "<" else low, None if match["sign"] == ">" else high, unit, text)


def lowest_of(doses: Sequence[Dose]) -> list[int]:
    """Return the places of those that no other one is certainly below: one, or several that "<" or ">" leave open.

    Raises:
        ValueError: they are of different measures or families.
    """
    return [place for place, dose in enumerate(doses) if not any(other.is_certainly_below(dose) for other in doses)]
