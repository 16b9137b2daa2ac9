"""Each file that one process leaves for another, damaged in each way: docs/operate/files.md says what is seen."""

from __future__ import annotations

import importlib
import logging
import pkgutil
from collections.abc import Iterator
from dataclasses import is_dataclass

import pytest

import portal
from portal.files.register import LEFT_FILES, LeftFile
from tests.damage.__main__ import PAGE
from tests.damage.folder import WholeFolder, make_whole_folder, place_for_all
from tests.damage.look import baseline, rows

# What carries no content: it is there or it is not.
MARKS = (
    "inbox/", "incoming/", "trash/", "quarantine/", "sessions/", "reserve/", "poller.lock", "audit.lock", "log-in.lock",
    "admission/lock", "admission/rates/", "submissions/lock", "consistency.wish", "/received/", "/made/",
    "/browsers/", "/shares/lock", "sign-ins/", "/notify/ended", "/notify/expires", "outbox/lock",
)  # fmt: skip

# What lies in no JOBS_DIR, or among the references.
ELSEWHERE = {"Backup", "PanelFacts"}


def document_classes() -> set[str]:
    """Return the names of all classes in the portal that are documents."""
    found = set()
    for module in pkgutil.walk_packages(portal.__path__, "portal."):
        if module.name.endswith("__main__"):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and is_dataclass(value) and "FORMAT" in vars(value):
                found.add(value.__name__)
    return found


@pytest.fixture(scope="module")
def whole() -> Iterator[WholeFolder]:
    logging.disable(logging.CRITICAL)
    with place_for_all() as folder:
        yield make_whole_folder(folder)
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def usual(whole: WholeFolder) -> dict[str, str]:
    return baseline(whole)


def test_every_document_is_in_the_register() -> None:
    assert {left.document for left in LEFT_FILES} - {""} == document_classes() - ELSEWHERE


def test_every_file_of_a_folder_is_in_the_register(whole: WholeFolder) -> None:
    names = [str(path.relative_to(whole.kept)) for path in whole.kept.rglob("*") if path.is_file()]
    unknown = [name for name in names if not any(left.pattern.fullmatch(name) for left in LEFT_FILES)]
    assert [name for name in unknown if not any(mark in name for mark in MARKS)] == []
    assert [left.where for left in LEFT_FILES if not any(left.pattern.fullmatch(name) for name in names)] == []


def test_undamaged_all_is_well(usual: dict[str, str]) -> None:
    assert (usual["poller"], usual["health"], usual["upload"]) == ("at work", "poller ok", "accepted")
    assert (usual["running task"], usual["done task"]) == ("completed", "completed")


@pytest.mark.parametrize("left", LEFT_FILES, ids=lambda left: left.where)
def test_what_is_seen_is_what_is_written(whole: WholeFolder, usual: dict[str, str], left: LeftFile) -> None:
    """`python -m tests.damage` writes it; who changes a line judges whether it may be so."""
    written = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| `{left.where}` |")]
    assert written[0].count("|") == 5, "the line of the register"
    assert rows(whole, usual, left) == written[1:]
