"""The order in which targets are presented: one rule for pages, report and terminal."""

from __future__ import annotations

from collections.abc import Iterable
from math import floor


def rank_key(score: float, contributions: Iterable[float]) -> tuple[float, float]:
    """Return the key that sorts targets, the likeliest first.

    Scores with the same two decimals are ordered by the sum of all toxins' contributions: six toxins that act on
    moths come before one that acts on flies, though both show 1.00. Targets that show the same sum are equal here.
    """
    return -round(score, 2), -round(contribution_sum(contributions), 2)


def contribution_sum(contributions: Iterable[float]) -> float:
    """Return the sum of what toxins add to a score, to four decimals as these are; told and ordered by with two."""
    return round(sum(contributions), 4)


def score_text(score: float) -> str:
    """Return a score with two decimals, never as 1, and as 0 only if it is 0. `score` of words.js does the same."""
    return ">0.99" if score >= 0.995 else sum_text(score)


def sum_text(total: float) -> str:
    """Return a sum of contributions, which may be above 1, with two decimals, and as 0 only if it is 0."""
    return "<0.01" if 0.0 < total < 0.005 else f"{total:.2f}"


def is_above_order(score: float | None, of_order: float | None) -> bool:
    """Tell whether a species scores above its order, as both are shown: a reader asks why."""
    return score is not None and of_order is not None and round(score, 2) > round(of_order, 2)


def joined_limits(low: str, high: str) -> str:
    """Return an interval of two texts of `score_text`; "–>" would be read as an arrow, "–<" as its head."""
    return f"{low} – {high}" if high.startswith((">", "<")) else f"{low}–{high}"


def shown_limits(low: float, high: float) -> tuple[float, float]:
    """Return the limits of an interval as `score_text` is to show them: as different texts if they differ at all.

    Limits that would look the same are rounded outwards: 0.996 and 0.999 become 0.99 and 1 (">0.99").
    """
    if low == high or score_text(low) != score_text(high):
        return low, high
    return floor(low * 100.0) / 100.0 if low < 0.995 else 0.99, min(floor(high * 100.0) + 1.0, 100.0) / 100.0
