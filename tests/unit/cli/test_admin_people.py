"""Operators and people: whose pseudonym a job carries, how much each used, and a key that is taken away."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from portal.domain.person import account_of
from portal.files.api_keys import ApiKeyFiles, KeyRecord
from portal.files.audit import read_acts
from portal.files.people import PeopleRegister
from portal.files.taskdir import PortalDir
from portal.files.usage import UsageLedger, UsageLine
from portal.services.secrets import Keyring
from tests.builders import SECRET
from tests.unit.cli.admin_runner import run, told

ALICE, BOB = (Keyring(SECRET).pseudonym(account_of(name)) for name in ("alice@inst.example", "bob"))
NETWORK = Keyring(SECRET).pseudonym("192.0.2.1")
NOW = datetime.now(UTC)


@pytest.fixture
def portal(portal: PortalDir) -> PortalDir:
    """The folder, with two people in its register."""
    register = PeopleRegister(portal)
    register.note(ALICE, "alice@inst.example")
    register.note(BOB, "bob")
    return portal


def test_usage_by_person_sums_what_usage_by_submitter_sums(portal: PortalDir) -> None:
    ledger, day = UsageLedger(portal), NOW.date().isoformat()
    used = [(ALICE, 3600.0), (BOB, 1800.0), (ALICE, 7200.0), (NETWORK, 900.0)]
    for number, (submitter, core_s) in enumerate(used):
        task_id = f"{'a' * 11}{'abcdefg'[number]}"
        ledger.write(
            UsageLine(task_id, 1, day, "completed", None, submitter, ("7",), "sacct", 1.0, core_s, core_s, 1.0, 2**20)
        )
    people = told("usage", "--by-person")["people"]
    assert [(row["person_id"], row["core_hours"], row["attempts"]) for row in people] == [
        ("alice@inst.example", 3.0, 2),
        ("bob", 0.5, 1),
        (None, 0.25, 1),
    ]
    submitters = told("usage", "--by", "submitter")["submitters"]
    assert [{**row, "person_id": None} for row in submitters] == [{**row, "person_id": None} for row in people]
    rows = run("usage", "--by-person").output.splitlines()
    assert [row.split()[-1] for row in rows] == ["PERSON", "alice@inst.example", "bob", "-"]
    assert "PERSON" not in run("usage", "--by", "submitter").output


def test_the_pseudonym_of_a_job_leads_to_its_person(portal: PortalDir) -> None:
    assert run("people", ALICE).output.split() == [ALICE, "alice@inst.example"]
    assert told("people")["people"] == sorted(
        [{"pseudonym": ALICE, "person_id": "alice@inst.example"}, {"pseudonym": BOB, "person_id": "bob"}],
        key=lambda row: row["pseudonym"],
    )
    assert run("people", ALICE, NETWORK, code=1).output.splitlines()[1].split() == [NETWORK, "-"]
    assert run("people", "../secret", code=1).output.split() == ["../secret", "-"]


def test_an_operator_takes_a_key_away(portal: PortalDir) -> None:
    files, made = ApiKeyFiles(portal), datetime(2026, 1, 2, tzinfo=UTC)
    files.create("aaaaaaaaaaaa", KeyRecord("alice@inst.example", "notebook", "0" * 64, made))
    files.create("bbbbbbbbbbbb", KeyRecord("bob", "script", "0" * 64, made))
    files.note_use("bbbbbbbbbbbb")
    rows = told("keys")["keys"]
    assert [(row["key_id"], row["person_id"], row["last_used"]) for row in rows] == [
        ("aaaaaaaaaaaa", "alice@inst.example", None),
        ("bbbbbbbbbbbb", "bob", NOW.date().isoformat()),
    ]
    assert "0" * 64 not in run("keys").output
    assert [row["key_id"] for row in told("keys", "--person", "bob")["keys"]] == ["bbbbbbbbbbbb"]
    assert run("keys", "--revoke", "bbbbbbbbbbbb").output.split()[0] == "aaaaaaaaaaaa"
    assert files.read("bbbbbbbbbbbb") is None
    acts = [(act["action"], act["key"]) for act in read_acts(portal)]
    assert acts == [("revoke key", "bbbbbbbbbbbb")]
    assert b"bob" not in portal.audit.read_bytes()
    assert "no such API key" in run("keys", "--revoke", "bbbbbbbbbbbb", code=1).output
