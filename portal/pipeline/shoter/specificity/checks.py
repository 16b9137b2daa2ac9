"""Checks of a whole specificity table: no duplicates, all pairs complete."""

from __future__ import annotations

from collections.abc import Sequence

from portal.domain.message import Message
from portal.pipeline.shoter.specificity.facts import Fact
from portal.pipeline.shoter.specificity.problem import TableProblem


def fact_key(fact: Fact) -> tuple[str, ...]:
    """Return the identity of a fact: its claim and its source."""
    source = fact.doi or fact.url or fact.reference
    dose = fact.dose.words if fact.dose else ""
    return (fact.toxin, fact.order, fact.species_text, fact.activity, fact.partner, source, dose, fact.note)


def grade_problems(facts: Sequence[Fact]) -> list[TableProblem]:
    """Return the records whose printed grade is better than the grading rule allows."""
    return [
        TableProblem(fact.line, Message("specificity.strength", found=fact.strength, best=fact.best_strength))
        for fact in facts
        if fact.strength < fact.best_strength
    ]


def check_facts(facts: Sequence[Fact]) -> list[TableProblem]:
    """Return duplicates and incomplete pairs."""
    return [*_duplicates(facts), *_incomplete_pairs(facts)]


def _duplicates(facts: Sequence[Fact]) -> list[TableProblem]:
    problems = []
    seen_ids: dict[str, int] = {}
    seen_claims: dict[tuple[str, ...], int] = {}
    for fact in facts:
        if fact.fact_id in seen_ids:
            twice = Message("specificity.id_in_line", fact_id=fact.fact_id, line=seen_ids[fact.fact_id])
            problems.append(TableProblem(fact.line, twice))
        seen_ids.setdefault(fact.fact_id, fact.line)
        key = fact_key(fact)
        if key in seen_claims:
            target = fact.species_text or fact.order
            same = Message("specificity.same_claim", toxin=fact.toxin, target=target, line=seen_claims[key])
            problems.append(TableProblem(fact.line, same))
        seen_claims.setdefault(key, fact.line)
    return problems


def _incomplete_pairs(facts: Sequence[Fact]) -> list[TableProblem]:
    stated = {(fact.toxin, fact.partner, fact.order, fact.species_text, fact.activity) for fact in facts}
    problems = []
    for fact in facts:
        mirror = (fact.partner, fact.toxin, fact.order, fact.species_text, fact.activity)
        if fact.partner and mirror not in stated:
            half = Message("specificity.half_pair", toxin=fact.toxin, partner=fact.partner)
            problems.append(TableProblem(fact.line, half))
    return problems
