"""What may be asked for when a task is run again."""

from __future__ import annotations

import math
from typing import Any

import pytest

from portal.domain.errors import InvalidRequest
from portal.domain.limits import LIMITS, LimitRanges
from portal.domain.message import Message

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
    assert caught.value.errors == {"memory_gb": [Message("value.range", lowest=4, highest=16)]}


@pytest.mark.parametrize("timeout_s", [1, 4000, 7000, 20000, 86399])
def test_an_end_of_the_range_may_be_sent_back_as_it_was_shown(timeout_s: int) -> None:
    """4,000 s are 1.1111 hours, of which a field shows 1.11111."""
    ranges = LimitRanges.of(timeout_s=timeout_s, memory_gb=4, most_hours=100 / 3, most_gb=16)
    shown = f"{ranges.time_limit_hours.lowest:g}", f"{ranges.time_limit_hours.highest:g}"
    assert ranges.read({"time_limit_hours": shown[0]}) == {}
    assert ranges.read({"time_limit_hours": shown[1]}) == {"time_limit_hours": 100 / 3}


def test_at_the_top_there_is_no_room() -> None:
    assert [RANGES.memory_gb.has_room(value) for value in (None, 4, 15.9, 16)] == [True, True, True, False]


def test_twice_as_much_stays_in_the_range() -> None:
    assert [RANGES.memory_gb.doubled(value) for value in (None, 4, 12)] == [8, 8, 16]


def test_an_operator_who_allows_less_than_the_usual_allows_nothing() -> None:
    ranges = LimitRanges.of(timeout_s=7200, memory_gb=4, most_hours=0, most_gb=0)
    assert not any(limit.has_room(limit.usual) for limit in ranges)
    assert ranges.read({"memory_gb": 4}) == {}


def test_limits_granted_before_are_cut_to_what_is_allowed_today() -> None:
    assert RANGES.within({"memory_gb": 64, "time_limit_hours": 1}) == {"memory_gb": 16, "time_limit_hours": 2}
