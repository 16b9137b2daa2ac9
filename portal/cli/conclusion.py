"""Wording of the conclusion for the terminal; `results.conclusion` draws the conclusion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from portal.results.conclusion import Assessment, Conclusion, Outcome, names_of
from portal.results.gene_state import GeneCondition
from portal.typed_json import convert

_OUTCOMES = {
    Outcome.LIKELY: "likely acts on {targets}",
    Outcome.POSSIBLE: "may act on {targets}; no target is likely",
    Outcome.NONE_SUPPORTED: "toxins found, but the published evidence points to no pest",
    Outcome.NO_RECORD: "toxins found, but no pest is on record for them or their relatives",
    Outcome.NOT_SCORED: "toxins found, but all of them lie below the thresholds of this run",
    Outcome.NO_TOXINS: "no toxin found",
    Outcome.MOSTLY_UNKNOWN: (
        "no toxin found, but half of the sequence or more is unknown: whether the strain has one cannot be told"
    ),
}
_NONE_SUPPORTED = {
    GeneCondition.BROKEN: (
        "toxins found, but the genes of those that would act are broken: the published evidence points to no pest"
    ),
    GeneCondition.CUT: (
        "toxins found, but of the genes of those that would act only parts were seen: whether they act cannot be told"
    ),
}
_GENES_BEHIND = {
    GeneCondition.BROKEN: "the genes of the toxins behind this are broken",
    GeneCondition.CUT: "of the genes of the toxins behind this only parts were seen",
}


def outcome_text(outcome: str, targets: str, genes: GeneCondition) -> str:
    """Return the outcome of a genome for its named targets; an outcome of another version is returned unchanged.

    genes: the state of all genes behind it.
    """
    if outcome == Outcome.NONE_SUPPORTED and genes in _NONE_SUPPORTED:
        return _NONE_SUPPORTED[genes]
    known = next((words for kind, words in _OUTCOMES.items() if kind.value == outcome), outcome)
    return known.format(targets=targets) + (f"; {_GENES_BEHIND[genes]}" if genes in _GENES_BEHIND else "")


def conclusion_text(conclusion: Conclusion) -> str:
    """Return the conclusion as one line without a full stop."""
    named = conclusion.likely if conclusion.outcome is Outcome.LIKELY else conclusion.possible
    parts = [outcome_text(conclusion.outcome, ", ".join(named), conclusion.genes_behind)]
    if conclusion.outcome is Outcome.LIKELY and conclusion.possible:
        parts.append(f"may also act on {', '.join(conclusion.possible)}")
    for assessment, words in ((Assessment.LIKELY, "likely"), (Assessment.POSSIBLE, "possibly")):
        if others := names_of(conclusion.non_pest, assessment):
            parts.append(f"other than pests, {words} acts on {', '.join(others)}")
    return "; ".join(parts)


def conclusion_of_record(record: Mapping[str, Any]) -> Conclusion | None:
    """Return the conclusion in a task's record; None before Shoter, and in records of older versions."""
    summaries = (stage["summary"] for stage in record["stages"] if stage["stage"] == "shoter")
    found = [one for summary in summaries for one in (summary.get("conclusions") or {}).values()]
    return _read(found[0]) if found else None


def _read(value: Any) -> Conclusion | None:
    """Return a conclusion from JSON; None if another version of the portal uses another form."""
    try:
        return convert(value, Conclusion)
    except msgspec.ValidationError:
        return None
