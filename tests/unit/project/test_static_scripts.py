"""What holds for every script of the pages."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).parents[3] / "portal" / "web" / "static"


def test_no_script_draws_a_secret_with_math_random() -> None:
    scripts = list(STATIC.glob("*.js"))
    assert scripts
    assert [path.name for path in scripts if "Math.random" in path.read_text(encoding="utf-8")] == []
