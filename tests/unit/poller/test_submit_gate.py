"""The gate before sbatch: one probe per back-off, and at once where a job of our own has ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from portal.domain.message import verbatim
from portal.poller.submit_gate import SubmitGate

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@dataclass
class Clock:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def closed_gate(clock: Clock) -> SubmitGate:
    gate = SubmitGate(after_end_s=0.7, clock=clock)
    gate.refused("SubmitLimit", verbatim("too many"), NOW)
    return gate


def test_it_is_open_until_something_is_refused() -> None:
    gate = SubmitGate()
    assert gate.wait_s == 0
    assert gate.reason == ""
    assert not gate.probe_is_due


def test_one_probe_per_back_off_and_each_is_later() -> None:
    clock = Clock()
    gate = closed_gate(clock)
    waits = []
    for _ in range(6):
        waits.append(gate.wait_s)
        before = gate.probe_is_due
        clock.now += gate.wait_s
        assert (before, gate.probe_is_due) == (False, True)
        gate.refused("SubmitLimit", verbatim("too many"), NOW)
    assert 2.5 <= waits[0] <= 5
    assert waits[-1] > 25
    assert max(waits) <= 60
    assert gate.closed is not None
    assert (gate.closed.reason, gate.closed.complaint, gate.closed.since) == ("SubmitLimit", verbatim("too many"), NOW)


def test_what_was_taken_opens_it() -> None:
    gate = closed_gate(Clock())
    gate.passed()
    assert (gate.wait_s, gate.closed) == (0, None)


def test_the_end_of_a_job_of_our_own_makes_room_in_a_moment() -> None:
    clock = Clock()
    gate = closed_gate(clock)
    for _ in range(8):
        clock.now += 60
        gate.refused("SubmitLimit", verbatim("too many"), NOW)
    gate.job_ended()
    assert gate.wait_s == pytest.approx(0.7)
    clock.now += 0.75
    assert gate.probe_is_due
    gate.refused("SubmitLimit", verbatim("somebody else was quicker"), NOW)
    assert 2.5 <= gate.wait_s <= 5, "the back-off begins anew: the room may not be counted yet"


def test_the_end_of_a_job_means_nothing_to_an_open_gate() -> None:
    gate = SubmitGate(after_end_s=0.7)
    gate.job_ended()
    assert gate.wait_s == 0
