"""Estimates from the heartbeat, whatever a file on the disk says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from portal.files.heartbeat import QueueView, estimate_start

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def queue(mean_duration_s: float | None, slots: int = 2) -> QueueView:
    return QueueView(slots, slots, 0, False, mean_duration_s, NOW)


def test_a_start_is_estimated_by_rounds_of_the_mean_duration() -> None:
    assert estimate_start(queue(60.0), 1, NOW) == NOW + timedelta(minutes=1)
    assert estimate_start(queue(60.0), 5, NOW) == NOW + timedelta(minutes=3)


def test_no_start_is_told_from_a_queue_that_nobody_has_told_of_lately() -> None:
    assert estimate_start(queue(60.0), 1, NOW + timedelta(minutes=9)) is not None
    assert estimate_start(queue(60.0), 1, NOW + timedelta(minutes=11)) is None
    assert estimate_start(replace(queue(60.0), updated_at=None), 1, NOW) is None


@pytest.mark.parametrize("mean_duration_s", [None, 1e9])
def test_no_start_is_told_where_none_was_measured_or_beyond_a_year(mean_duration_s: float | None) -> None:
    assert estimate_start(queue(mean_duration_s), 1_000_000, NOW) is None
