"""The clock jumps by 40 days or an hour: no limit opens, nobody is locked out, sessions and tickets last as before."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from portal.domain.errors import TooManyRequests
from portal.files.audit import read_acts
from portal.files.instant import Instant, uptime_s
from portal.files.taskdir import PortalDir
from portal.services.admin_access import SESSION_S, AdminAccess
from portal.services.rates import Rate, upload_rate, wrong_token_rate
from portal.services.secrets import Keyring

SECRET = "the secret of an operator"
JUMPS = pytest.mark.parametrize("jump_s", [40 * 86400, -3600], ids=["+40 d", "-1 h"])
SetClock = Callable[[float], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Set the clock of this process by so many seconds."""
    true = time.time
    return lambda jump_s: monkeypatch.setattr(time, "time", lambda: true() + jump_s)


@pytest.fixture
def wait(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """Let so many seconds pass, by the time since the boot."""
    up = uptime_s()
    return lambda seconds: monkeypatch.setattr("portal.files.instant.uptime_s", lambda: up + seconds)


@pytest.fixture
def portal(tmp_path: Path) -> PortalDir:
    portal = PortalDir(tmp_path)
    portal.prepare()
    return portal


def counted(rate: Rate, client: str, events: int) -> bool:
    """Count events, and tell whether one of them was refused."""
    refused = False
    for _ in range(events):
        try:
            rate.count(client)
        except TooManyRequests:
            refused = True
    return refused


@JUMPS
@pytest.mark.parametrize("limit", [upload_rate, wrong_token_rate])
def test_a_rate_neither_opens_nor_locks_out(
    portal: PortalDir, set_clock: SetClock, jump_s: float, limit: Callable[[PortalDir, int], Rate]
) -> None:
    rate = limit(portal, 3)
    refused = counted(rate, "a", 6)
    set_clock(jump_s)
    assert refused
    assert counted(rate, "a", 3), "even at the turn of a minute, when the first ones count by their share"
    assert not counted(rate, "b", 3)


@JUMPS
def test_refused_log_ins_stay_counted_for_their_address_alone(
    portal: PortalDir, set_clock: SetClock, jump_s: float
) -> None:
    access = AdminAccess(portal, secret=SECRET, key="k" * 32)
    for _ in range(5):
        assert access.log_in("wrong", address="192.0.2.1") is None
    set_clock(jump_s)
    again = AdminAccess(portal, secret=SECRET, key="k" * 32)  # after a restart of the portal
    with pytest.raises(TooManyRequests):
        again.log_in(SECRET, address="192.0.2.1")
    assert again.log_in(SECRET, address="192.0.2.2") is not None
    assert [act["action"] for act in read_acts(portal)] == ["log-in refused"] * 5 + ["log-in"]


@JUMPS
def test_a_session_lasts_its_hours(portal: PortalDir, set_clock: SetClock, wait: SetClock, jump_s: float) -> None:
    access = AdminAccess(portal, secret=SECRET, key="k" * 32)
    cookie = access.log_in(SECRET, address="192.0.2.1")
    assert cookie is not None
    set_clock(jump_s)
    assert access.is_open(cookie)
    assert access.log_in(SECRET, address="192.0.2.1") is not None
    assert access.is_open(cookie), "another log-in ends no session"
    wait(SESSION_S - 60)
    assert access.is_open(cookie)
    wait(SESSION_S + 60)
    assert not access.is_open(cookie)


@JUMPS
def test_a_session_that_began_while_the_clock_was_wrong_lasts_as_well(
    portal: PortalDir, set_clock: SetClock, jump_s: float
) -> None:
    access = AdminAccess(portal, secret=SECRET, key="k" * 32)
    set_clock(jump_s)
    cookie = access.log_in(SECRET, address="192.0.2.1")
    set_clock(0)
    assert cookie is not None
    assert access.is_open(cookie)


@JUMPS
def test_a_ticket_lasts_ten_minutes(set_clock: SetClock, wait: SetClock, jump_s: float) -> None:
    keyring = Keyring(b"s" * 32)
    ticket = keyring.ticket("abcdefghijkl", "token")
    set_clock(jump_s)
    assert keyring.ticket_opens(ticket, "abcdefghijkl", "token")
    wait(590)
    assert keyring.ticket_opens(ticket, "abcdefghijkl", "token")
    wait(610)
    assert not keyring.ticket_opens(ticket, "abcdefghijkl", "token")


def test_between_two_boots_only_the_clock_can_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    now = Instant.now()
    before = Instant("0" * 8, now.up + 10**6, now.clock)
    for age_s, within in ((-301, False), (-299, True), (0, True), (598, True), (601, False)):
        assert Instant(before.boot, before.up, now.clock - age_s).is_within(600) is within
    assert Instant.parse(str(before)) == before


@pytest.mark.parametrize(
    "text", ["", "x", "1.2", "a.b.c", "00000000.1.2.3", "00000000.\u0661.2", "0000000g.1.2", "00000000.-1.2"]
)
def test_other_text_is_no_moment(text: str) -> None:
    assert Instant.parse(text) is None


def test_sessions_of_operators_are_bounded(portal: PortalDir) -> None:
    access = AdminAccess(portal, secret=SECRET, key="k" * 32)
    first = [access.log_in(SECRET, address="192.0.2.1") for _ in range(202)]
    assert len(list(portal.sessions.iterdir())) == 200
    assert [access.is_open(cookie or "") for cookie in (first[0], first[-1])] == [False, True]
