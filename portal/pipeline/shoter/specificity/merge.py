"""Merge further tables into a base table: new, repeated, confirming and contradicting claims.

Two records make the same claim if toxin (rank 3), target and source are the same. A claim read in its source takes
precedence over a table row that cites the same source.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.pipeline.shoter.specificity.checks import fact_key
from portal.pipeline.shoter.specificity.facts import Fact

Claim = tuple[str, str, str, str]


@dataclass
class Merged:
    """The facts of both tables, and the treatment of the second one's; pairs are (new, old)."""

    facts: list[Fact]
    added: list[Fact] = field(default_factory=list)
    repeated: list[tuple[Fact, Fact]] = field(default_factory=list)
    confirmed: list[tuple[Fact, Fact]] = field(default_factory=list)
    contradicted: list[tuple[Fact, Fact]] = field(default_factory=list)

    def lines(self) -> list[str]:
        """Return a summary in a few lines, with contradictions by name."""
        counts = f"{len(self.added)} new, {len(self.repeated)} repeated, {len(self.confirmed)} unread ones confirmed"
        return [
            f"{counts}, {len(self.contradicted)} left out because the text itself was read and says otherwise",
            *(
                f"left out: line {new.line}, {new.toxin} on {new.species_text} {new.activity}; "
                f"{old.fact_id} of the same source is {old.activity}"
                for new, old in self.contradicted
            ),
        ]


def merge_facts(base: Iterable[Fact], extension: Iterable[Fact]) -> list[Fact]:
    """Return `base` followed by the facts of `extension` that are new by exact comparison.

    Raises:
        InvalidInput: one fact_id stands for two facts.
    """
    merged = list(base)
    known = {fact_key(fact) for fact in merged}
    taken_ids = {fact.fact_id for fact in merged}
    for fact in extension:
        if fact_key(fact) in known:
            continue
        _check_id(fact, taken_ids)
        known.add(fact_key(fact))
        merged.append(fact)
    return merged


def take_in(base: Sequence[Fact], further: Iterable[Fact]) -> Merged:
    """Return `base` with the new claims of another table.

    An unread record of `base` becomes a read one if a row of the other table states its toxin, target and outcome: it
    keeps its id and takes over citation, address and dose. A row that repeats a claim of the same source is left out,
    and so is one that contradicts what was read in that source.

    Raises:
        InvalidInput: one fact_id stands for two facts.
    """
    merged = Merged(list(base))
    claims: dict[Claim, list[Fact]] = {}
    unread: dict[tuple[str, str, str, str, str], list[int]] = {}
    for place, fact in enumerate(merged.facts):
        claims.setdefault(_claim(fact), []).append(fact)
        if fact.unverified:
            unread.setdefault(_statement(fact), []).append(place)
    taken_ids = {fact.fact_id for fact in merged.facts}
    for fact in further:
        if waiting := unread.get(_statement(fact)):
            place = waiting.pop(0)
            merged.confirmed.append((fact, merged.facts[place]))
            merged.facts[place] = _confirmed(merged.facts[place], fact)
            claims.setdefault(_claim(fact), []).append(fact)
        elif known := claims.get(_claim(fact)):
            same = next((old for old in known if (old.activity == "negative") == (fact.activity == "negative")), None)
            (merged.repeated if same else merged.contradicted).append((fact, same or known[0]))
        else:
            _check_id(fact, taken_ids)
            claims.setdefault(_claim(fact), []).append(fact)
            merged.facts.append(fact)
            merged.added.append(fact)
    return merged


def _check_id(fact: Fact, taken: set[str]) -> None:
    if fact.fact_id in taken:
        raise InvalidInput(Message("specificity.id_twice", fact_id=fact.fact_id), line=fact.line, field="specificity")
    taken.add(fact.fact_id)


def _target(fact: Fact) -> str:
    return (fact.species or fact.species_text).lower()


def _claim(fact: Fact) -> Claim:
    """Return the unique key of a claim: toxin, order, species and source."""
    toxin = fact.toxin if fact.ranks is None else fact.ranks.r3 or fact.ranks.r2 or fact.ranks.r1
    source = (fact.doi or fact.reference or fact.url or "").lower()
    return toxin, fact.order, _target(fact), source


def _statement(fact: Fact) -> tuple[str, str, str, str, str]:
    """Return the statement of a record, without its source."""
    return fact.toxin, fact.order, _target(fact), fact.activity, fact.partner


def _confirmed(old: Fact, new: Fact) -> Fact:
    """Return an unread record with the source that confirms it."""
    return replace(
        old,
        strength=new.strength,
        dose=new.dose or old.dose,
        note=old.note if new.dose is None or "LC50" not in old.note else new.note,
        source_id=new.source_id or old.source_id,
        reference=new.reference,
        doi=new.doi,
        url=new.url,
        source_kind=new.source_kind,
        claim_seen=new.claim_seen,
    )
