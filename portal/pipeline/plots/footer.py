"""The footer of each picture: software, data and thresholds."""

from __future__ import annotations

from portal import __version__
from portal.pipeline.plots.words import Words
from portal.results.facts import EngineFacts, ReferenceFacts
from portal.results.reading import TaskResults
from portal.results.scores import SpecificityFacts


def footer_text(results: TaskResults, words: Words) -> str:
    """Return the parts of the footer, joined by " · "."""
    parts = [f"bttoxin-portal {__version__}"]
    if results.inventory:
        parts.append(words.footer_engine.format(name=name_and_version(results.inventory.engine)))
        parts.append(words.footer_reference.format(name=name_and_version(results.inventory.reference)))
    specificity = results.scores.versions.specificity
    parts.append(
        words.footer_specificity.format(
            name=name_and_version(specificity), unverified=specificity.unverified_facts, facts=specificity.facts
        )
    )
    parts.append(
        words.footer_thresholds.format(
            identity=_percent(results.scores.parameters.get("min_identity")),
            coverage=_percent(results.scores.parameters.get("min_coverage")),
        )
    )
    parts.append(words.footer_run.format(run_id=results.scores.run_id))
    return " · ".join(parts)


def name_and_version(facts: EngineFacts | ReferenceFacts | SpecificityFacts) -> str:
    """Return "name version" of an engine or data set, or the name alone if there is no version."""
    return " ".join(part for part in (facts.name, facts.version) if part)


def _percent(fraction: object) -> str:
    return f"{100 * float(fraction):g}" if isinstance(fraction, int | float) else "0"
