"""How strong an effect a published dose stands for, and doses in the notation of exports; see `portal.domain.dose`."""

from __future__ import annotations

import math
import re

from portal.domain.dose import UNITS, Dose, DoseFamily, parse_dose
from portal.domain.errors import InvalidValue

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


def read_dose(measure: str, text: str, unit: str) -> Dose | None:
    """Return the dose of cells in an export's notation ("70 to 100", "µg/mL"), None if they contain no dose."""
    plain = unit.strip().replace("µ", "u").replace("μ", "u").replace("²", "2").lower()
    number = re.sub(r"\s*(?:to|–|-)\s*", "-", text.strip())
    try:
        return parse_dose(measure, number, plain)
    except InvalidValue:
        return None
