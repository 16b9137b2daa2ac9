"""What docs/use/side-by-side.md claims of the portal is held by tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "use" / "side-by-side.md"
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_claim_names_tests_that_exist() -> None:
    text = PAGE.read_text(encoding="utf-8")
    named = _TEST.findall(text)
    missing = [f"{path}::{name}" for path, name in named if name not in _tests_of(ROOT / path)]
    assert missing == []
    claims = {int(number) for line in text.splitlines() if line[:1] == "|" for number in re.findall(r"\((\d+)\)", line)}
    held = {int(number) for number in re.findall(r"^(\d+)\. `tests/", text, re.MULTILINE)}
    assert claims == held
    assert len(claims) >= 13


def _tests_of(path: Path) -> set[str]:
    if not path.is_file():
        return set()
    return {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.FunctionDef)}
