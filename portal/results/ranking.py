"""The order in which targets are presented: one rule for pages, report and terminal."""

from __future__ import annotations

from collections.abc import Iterable


def rank_key(score: float, contributions: Iterable[float]) -> tuple[float, float]:
    """Return the key that sorts targets, the likeliest first.

    Scores with the same two decimals are ordered by the sum of all toxins' contributions: six toxins that act on
    moths come before one that acts on flies, though both show 1.00.
    """
    return -round(score, 2), -sum(contributions)


def score_text(score: float) -> str:
    """Return a score with two decimals, never as 1."""
    return ">0.99" if score >= 0.995 else f"{score:.2f}"
