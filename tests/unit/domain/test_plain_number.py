"""Numbers are read as they are written, in ASCII."""

from __future__ import annotations

import pytest

from portal.domain.errors import InvalidRequest, InvalidValue
from portal.domain.limits import Limit
from portal.domain.parameters import read_parameters
from portal.domain.plain_number import plain_number

WRITTEN = {"0.5": 0.5, " .5 ": 0.5, "5.": 5.0, "+1e-3": 0.001, "1E2": 100.0, "-0": 0.0}
NONE: list[object] = [
    "",
    " ",
    "\u0660.\u0665",
    "\uff10.\uff15",
    "\U0001d7ce.\U0001d7d3",
    "1_0",
    "0x1",
    "nan",
    "inf",
    "1e",
    "1e9999",
    ".",
    "1,5",
    "\u00bd",
    "0.5\x00",
    None,
    [],
    {},
]


@pytest.mark.parametrize(("text", "number"), WRITTEN.items())
def test_what_is_written_is_read(text: str, number: float) -> None:
    assert plain_number(text) == number


@pytest.mark.parametrize("value", NONE)
def test_what_only_python_reads_is_no_number(value: object) -> None:
    with pytest.raises(ValueError, match="not a number"):
        plain_number(value)
    with pytest.raises(InvalidRequest):
        read_parameters({"min_coverage": value})
    with pytest.raises(InvalidValue):
        Limit("hours", None, 0.1, 90.0).read(value)
