"""A published dose: the measure, its range and unit, and its place between potent and weak.

Doses of different kinds are not comparable: toxin mixed into water, diet or soil is given per volume or mass, toxin
on the surface of diet or leaf per area, toxin injected or fed individually per animal.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from portal.domain.errors import InvalidValue
from portal.domain.message import Message

MEASURES = ("LC50", "LD50", "EC50")
# Units as the table writes them -> (kind, factor to ug/ml, ug/cm2 or ug per animal).
UNITS: dict[str, tuple[str, float]] = {
    "ng/ml": ("volume", 1e-3),
    "ug/ml": ("volume", 1.0),
    "mg/ml": ("volume", 1e3),
    "ng/g": ("volume", 1e-3),
    "ug/g": ("volume", 1.0),
    "mg/g": ("volume", 1e3),
    "ppm": ("volume", 1.0),
    "ng/cm2": ("area", 1e-3),
    "ug/cm2": ("area", 1.0),
    "ng": ("animal", 1e-3),
    "ug": ("animal", 1.0),
}
# Above the first dose an effect needs more than sprays and plants deliver; above the second it counts as weak. This is
# the table's rule for purified toxin in diet or water. A surface needs about a tenth, in ug/cm2.
POTENT = {"volume": 10.0, "area": 1.0}
WEAK = {"volume": 100.0, "area": 10.0}

_NUMBER = r"\d+(?:\.\d+)?"
_TEXT = re.compile(rf"(?P<sign>[<>~]?)(?P<low>{_NUMBER})(?:-(?P<high>{_NUMBER}))?")


@dataclass(frozen=True)
class Dose:
    """A measure with its range; `low` is None for "<100", `high` for ">2500"."""

    measure: str
    low: float | None
    high: float | None
    unit: str
    text: str  # in the table's notation of ranges

    @property
    def words(self) -> str:
        """Return the dose as text: "LC50 1.1-4.1 ng/cm2"."""
        return f"{self.measure} {self.text} {self.unit}"

    @property
    def typical(self) -> float:
        """Return one figure in the base unit of its kind: the geometric mean of a range, the limit of an open one."""
        factor = UNITS[self.unit][1]
        if self.low is None or self.high is None:
            return factor * (self.low or self.high or 0.0)
        return factor * math.sqrt(self.low * self.high)

    def potency(self) -> float:
        """Return 1 for a potent toxin, 0 for a weak one, interpolated logarithmically between the two limits.

        Doses per animal are not judged: they depend on the animal's size.
        """
        kind = UNITS[self.unit][0]
        if kind not in POTENT or self.typical <= POTENT[kind]:
            return 1.0
        span = math.log(WEAK[kind] / POTENT[kind])
        return max(0.0, math.log(WEAK[kind] / self.typical) / span)


def parse_dose(measure: str, text: str, unit: str) -> Dose | None:
    """Return the dose of a table's three cells, None if all three are empty.

    Raises:
        InvalidValue: naming the invalid cell.
    """
    if not (measure or text or unit):
        return None
    if measure not in MEASURES:
        raise InvalidValue(Message("cell.expected", column="measure", value=measure, choices=MEASURES))
    if unit not in UNITS:
        raise InvalidValue(Message("cell.expected", column="dose_unit", value=unit, choices=tuple(UNITS)))
    match = _TEXT.fullmatch(text)
    if match is None or (match["sign"] and match["high"]):
        raise InvalidValue(Message("cell.dose", value=text))
    low = float(match["low"])
    high = float(match["high"] or match["low"])
    if low <= 0.0 or high < low:
        raise InvalidValue(Message("cell.dose_range", value=text))
    return Dose(measure, None if match["sign"] == "<" else low, None if match["sign"] == ">" else high, unit, text)


def read_dose(measure: str, text: str, unit: str) -> Dose | None:
    """Return the dose of cells in an export's notation ("70 to 100", "µg/mL"), None if they contain no dose."""
    plain = unit.strip().replace("µ", "u").replace("μ", "u").replace("²", "2").lower()
    number = re.sub(r"\s*(?:to|–|-)\s*", "-", text.strip())
    try:
        return parse_dose(measure, number, plain)
    except InvalidValue:
        return None
