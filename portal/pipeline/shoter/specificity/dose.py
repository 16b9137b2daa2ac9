"""How strong an effect a published dose stands for, and doses in the notation of exports; see `portal.domain.dose`."""

from __future__ import annotations

import math
import re

from portal.domain.dose import MEASURES, UNITS, Dose, DoseFamily, DoseFault, NoDose, dose_of
from portal.domain.errors import InvalidValue
from portal.domain.message import Message

# Above the first dose an effect needs more than sprays and plants deliver; above the second it counts as weak. This is
# the table's rule for purified toxin in diet or water, in ug/ml, ug/g or ppm. A surface needs about a tenth, in ug/cm2.
# Doses per animal are not judged: they depend on the animal's size.
_IN_FOOD = (DoseFamily.PER_VOLUME, DoseFamily.PER_MASS, DoseFamily.PPM)
_POTENT = {**dict.fromkeys(_IN_FOOD, 10.0), DoseFamily.PER_AREA: 1.0}
WEAK_IN_FOOD = 100.0
_WEAK = {**dict.fromkeys(_IN_FOOD, WEAK_IN_FOOD), DoseFamily.PER_AREA: 10.0}


def potency(dose: Dose) -> float:
    """Return 1 for a potent toxin, 0 for a weak one, interpolated logarithmically between the two limits."""
    family = dose.family
    figure = _typical(dose)
    if family not in _POTENT or figure <= _POTENT[family]:
        return 1.0
    span = math.log(_WEAK[family] / _POTENT[family])
    return max(0.0, math.log(_WEAK[family] / figure) / span)


def _typical(dose: Dose) -> float:
    """Return one figure in the base unit of its family: the geometric mean of a range, the limit of an open one."""
    factor = 10.0 ** UNITS[dose.unit].exponent
    if dose.low is None or dose.high is None:
        return factor * float(dose.low or dose.high or 0)
    return factor * math.sqrt(float(dose.low) * float(dose.high))


def parse_dose(measure: str, text: str, unit: str) -> Dose | None:
    """Return the dose of a table's three cells, None if all three are empty.

    Raises:
        InvalidValue: naming the invalid cell.
    """
    try:
        return dose_of(measure, text, unit)
    except NoDose as error:
        raise InvalidValue(_complaint(error.fault, measure, text, unit)) from error


def _complaint(fault: DoseFault, measure: str, text: str, unit: str) -> Message:
    if fault is DoseFault.MEASURE:
        return Message("cell.expected", column="measure", value=measure, choices=MEASURES)
    if fault is DoseFault.UNIT:
        return Message("cell.expected", column="dose_unit", value=unit, choices=tuple(UNITS))
    return Message("cell.dose", value=text) if fault is DoseFault.FIGURE else Message("cell.dose_range", value=text)


def read_dose(measure: str, text: str, unit: str) -> Dose | None:
    """Return the dose of cells in an export's notation ("70 to 100", "µg/mL"), None if they contain no dose."""
    plain = unit.strip().replace("µ", "u").replace("μ", "u").replace("²", "2").lower()
    number = re.sub(r"\s*(?:to|–|-)\s*", "-", text.strip())
    try:
        return dose_of(measure, number, plain)
    except NoDose:
        return None
