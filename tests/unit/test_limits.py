"""What may be asked for when a task is run again."""

from __future__ import annotations

import math
from typing import Any

import pytest

from portal.domain.errors import InvalidRequest
from portal.domain.limits import LIMITS, LimitRanges

RANGES = LimitRanges.of(timeout_s=7200, memory_gb=4, most_hours=24, most_gb=16)


def test_the_names_are_those_of_the_ranges() -> None:
    assert tuple(limit.name for limit in RANGES) == LIMITS


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({}, {}),
        ({"memory_gb": 8}, {"memory_gb": 8}),
        ({"memory_gb": "16", "time_limit_hours": 24.0}, {"memory_gb": 16, "time_limit_hours": 24}),
        ({"memory_gb": 4, "time_limit_hours": 2}, {}),  # what everybody gets needs no word in the record
    ],
)
def test_what_is_within_the_range_is_granted(given: dict[str, Any], kept: dict[str, float]) -> None:
    assert RANGES.read(given) == kept


@pytest.mark.parametrize("value", [3.9, 16.1, -1, math.nan, math.inf, "much", [], "1e999"])
def test_what_is_beyond_is_refused_with_the_range(value: Any) -> None:
    with pytest.raises(InvalidRequest) as caught:
        RANGES.read({"memory_gb": value})
    assert caught.value.errors == {"memory_gb": ["must be a number from 4 to 16"]}


def test_twice_as_much_stays_in_the_range() -> None:
    assert [RANGES.memory_gb.doubled(value) for value in (None, 4, 12)] == [8, 8, 16]


def test_an_operator_who_allows_less_than_the_usual_allows_nothing() -> None:
    ranges = LimitRanges.of(timeout_s=7200, memory_gb=4, most_hours=0, most_gb=0)
    assert not any(limit.can_be_raised for limit in ranges)
    assert ranges.read({"memory_gb": 4}) == {}


def test_limits_granted_before_are_cut_to_what_is_allowed_today() -> None:
    assert RANGES.within({"memory_gb": 64, "time_limit_hours": 1}) == {"memory_gb": 16, "time_limit_hours": 2}
