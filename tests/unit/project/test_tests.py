"""Tests share helpers, never each other: what two need stands in a module that is no test."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FILES = sorted(path for part in ("tests", "bench") for path in (ROOT / part).rglob("*.py"))
FOLDERS = sorted({path.parent for path in FILES})


def imported(path: Path) -> set[str]:
    """Return the last part of each module that a file imports, and of each name that may be a module."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            found.add(str(node.module).rpartition(".")[2])
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.update(alias.name.rpartition(".")[2] for alias in node.names)
    return found


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_takes_anything_from_a_test(folder: Path) -> None:
    tests = {path.stem for path in FILES if path.name.startswith("test_")}
    taken = {path.name: imported(path) & tests for path in FILES if path.parent == folder}
    assert {name: names for name, names in taken.items() if names} == {}
