"""The small print below each picture: what made it, from which data, with which thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal import __version__
from portal.pipeline.plots.words import Words
from portal.results.scores import Results


def footer_text(results: Results, words: Words) -> str:
    """Return the parts of the footer, joined by " · "."""
    parts = [f"bttoxin-portal {__version__}"]
    if results.inventory:
        parts.append(words.footer_engine.format(name=name_and_version(results.inventory.engine)))
        parts.append(words.footer_reference.format(name=name_and_version(results.inventory.reference)))
    specificity = results.versions["specificity"]
    parts.append(
        words.footer_specificity.format(
            name=name_and_version(specificity), unverified=specificity["unverified_facts"], facts=specificity["facts"]
        )
    )
    parts.append(
        words.footer_thresholds.format(
            identity=_percent(results.parameters.get("min_identity")),
            coverage=_percent(results.parameters.get("min_coverage")),
        )
    )
    parts.append(words.footer_run.format(run_id=results.run_id))
    return " · ".join(parts)


def name_and_version(facts: Mapping[str, Any]) -> str:
    """Return "name version" of an engine or a data set; the version is left out where there is none."""
    return " ".join(str(facts[key]) for key in ("name", "version") if facts.get(key))


def _percent(fraction: object) -> str:
    return f"{100 * float(fraction):g}" if isinstance(fraction, int | float) else "0"
