"""Compute from the facts the probability that a toxin acts on a target (an order or a species).

Per rank-3 toxin (Cry1Ac) and target, tests count by species: by their certainty, and by the strength of the effect,
from its dose. For an untested toxin, relatives contribute a shrunken share of active ones, first within rank 1
(Cry1), then within rank 2 (Cry1A). The names a, n, k, p1, p2 and D are those of docs/science/method.md.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import log1p

from portal.pipeline.shoter.assays import Assays, summarise
from portal.pipeline.shoter.names import ToxinRanks, toxin_key
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.specificity.facts import Fact
from portal.results.targets import parse_genera


@dataclass(frozen=True)
class Counts:
    """Pseudo-counts of active and inactive relatives, and the records they come from."""

    active: float
    inactive: float
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Probability:
    """The probability that one toxin acts on one target, and the evidence for it.

    `support` is the number of (pseudo-)observations behind `value`; it sets how wide the draws are. `direct` is what
    the toxin's own tests say alone, without those of its relatives; 0 for a protein below 95 % identity to it.
    """

    value: float
    support: float
    state: str  # tested, inherited, negative_only, inconclusive, no_evidence
    own: tuple[Fact, ...]
    inherited: tuple[Fact, ...]
    direct: float = 0.0


NOTHING_KNOWN = Probability(0.0, 0.0, "no_evidence", (), ())


def inheritance(identity: float) -> tuple[float, float]:
    """Return lam3 and lam2: how much a hit of this percent identity inherits from records of toxin and subfamily.

    The nomenclature puts the limits of ranks 1, 2 and 3 at 45, 76 and 95 %.
    """
    lam3 = min(max((identity - 76.0) / 19.0, 0.0), 1.0)
    lam2 = min(max((identity - 45.0) / 31.0, 0.0), 1.0)
    return lam3, lam2


class EvidenceIndex:
    """The facts, indexed by toxin and target; results are cached, so that one index serves many strains.

    With `by_species` the targets are species, else orders.
    """

    def __init__(self, facts: Iterable[Fact], parameters: ShoterParameters, *, by_species: bool = False) -> None:
        self.parameters = parameters
        self.by_species = by_species
        facts = tuple(facts)
        self.order_of: dict[str, str] = {}
        self._members: dict[str, list[str]] = defaultdict(list)  # Cry1, Cry1A -> Cry1Ac, ...
        self._summaries: dict[str, list[str]] = defaultdict(list)  # Cry1 -> Cry1 (and Cry1F, of rank 2)
        self._family_targets: dict[str, set[str]] = defaultdict(set)
        self.families: set[str] = set()
        self._facts = self._group(facts)  # by name and target
        self._facts_by_order = _by_order(facts) if by_species else self._facts
        self.targets: tuple[str, ...] = tuple(sorted(self.order_of))
        # A strain meets a part of the table: summaries are made when they are asked for.
        self.probability = cache(self._probability)
        self.silence = cache(self._silence)
        self.own = cache(self._own)
        self._breadth = cache(self._breadth_of)
        self._silent_members = cache(self._silent_members_of)
        self._shares = cache(self._shares_of)
        self._counts = cache(self._count_relatives)

    def _group(self, facts: Sequence[Fact]) -> Mapping[str, Mapping[str, Sequence[Fact]]]:
        grouped: dict[str, dict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
        species = {fact.species: fact.order for fact in facts if fact.species}
        for fact in facts:
            name = toxin_key(fact.toxin, fact.ranks)
            if name not in grouped:
                self._register(fact, name)
            for target in self._targets_of(fact, species):
                self.order_of[target] = fact.order
                grouped[name][target].append(_about(fact, target))
                self._family_targets[family_of(fact)].add(target)
        return grouped

    def _breadth_of(self, name: str) -> Mapping[str, float]:
        """Return by order the weighted number of species that a toxin was shown to affect."""
        if not self.by_species:
            owned = {target: self.own(name, target) for target in self._facts.get(name, ())}
            return {target: assays.active for target, assays in owned.items() if assays}
        orders = self._facts_by_order.get(name, {})
        return {order: summarise(found, self.parameters).active for order, found in orders.items()}

    def _targets_of(self, fact: Fact, species: Mapping[str, str]) -> tuple[str, ...]:
        """Return the targets of a record: its order, or its species (for a genus, those named in the table)."""
        if not self.by_species:
            return (fact.order,)
        if fact.species:
            return (fact.species,)
        genera = parse_genera(fact.species_text)
        return tuple(name for name, order in species.items() if order == fact.order and name.split()[0] in genera)

    def _register(self, fact: Fact, name: str) -> None:
        self.families.add(family_of(fact))
        for rank in (fact.ranks.r1, fact.ranks.r2) if fact.ranks else ():
            where = self._members if fact.ranks and fact.ranks.r3 else self._summaries
            if rank is not None and name not in where[rank]:
                where[rank].append(name)

    def _own(self, name: str, target: str) -> Assays | None:
        """Return the assays of a toxin on a target, or None."""
        found = self._facts.get(name, {}).get(target)
        return summarise(found, self.parameters) if found else None

    def knows(self, ranks: ToxinRanks | None, name: str) -> bool:
        """Return whether name, subfamily or family has any record."""
        return (ranks.r1 if ranks else name) in self.families

    def reaches(self, family: str, target: str) -> bool:
        """Return whether any toxin of a family, or the family as a whole, has a record on a target."""
        return target in self._family_targets.get(family, ())

    def _silence(self, name: str, order: str) -> float:
        """Return the weight against a toxin whose effects were found on other orders, but hardly on this one.

        Negative results are seldom published. A toxin with effects on 40 moths was probably tried on flies as well; the
        absence of reports is evidence, and more so the better the toxin is known (a logarithm).
        """
        elsewhere = sum(active for other, active in self._breadth(name).items() if other != order)
        return self.parameters.silence * log1p(elsewhere)

    def _sureness(self, name: str, target: str, assays: Assays) -> tuple[float, float]:
        """Return the weights of a toxin's tests on a target for and against an effect; together below 1.

        For a species these are the tests themselves; for an order, the species tested, and the silence about others.
        """
        kappa = self.parameters.negative_factor
        if self.by_species:
            against = assays.weakly + kappa * assays.inactive
            share = assays.active / (assays.active + against)
            return assays.sureness * share, assays.sureness * (1.0 - share)
        against = assays.weakly + kappa * assays.inactive + self.silence(name, target)
        whole = assays.active + against + self.parameters.shrinkage
        return assays.active / whole, against / whole

    def _shares_of(self, rank: str, target: str) -> Sequence[tuple[str, Counts]]:
        """Return what each toxin of a rank adds to the count of those that act on a target and those that do not.

        A record of the family as a whole counts as one more member, since it stands for toxins without a row; what it
        does not mention counts nowhere, since no one claims to have tested the whole family.
        """
        order = self.order_of.get(target, target)
        shares = []
        for name, silent in self._silent_members(rank, order):
            share = self._tested_share(name, target) if target in self._facts[name] else silent
            if share:
                shares.append((name, share))
        shares.extend(
            (name, share)
            for name in self._summaries.get(rank, ())
            if target in self._facts[name] and (share := self._tested_share(name, target))
        )
        return shares

    def _silent_members_of(self, rank: str, order: str) -> Sequence[tuple[str, Counts | None]]:
        """Return the toxins of a rank, each with what it adds if it has no record on an order."""
        return [(name, self._silent_share(name, order)) for name in self._members.get(rank, ())]

    def _tested_share(self, name: str, target: str) -> Counts | None:
        assays = self.own(name, target)
        return Counts(*self._sureness(name, target, assays), assays.facts) if assays else None

    def _silent_share(self, name: str, order: str) -> Counts | None:
        """Return what a toxin without a record on an order adds to the count of those that do not act on it."""
        if order in self._facts_by_order.get(name, {}):
            return None
        silence = self.silence(name, order)
        return Counts(0.0, silence / (silence + self.parameters.shrinkage), ())

    def _count_relatives(self, rank: str, target: str, excluded: str | None) -> Counts:
        """Count the toxins of a rank that act on a target and those that do not; `excluded` omits one toxin."""
        active = inactive = 0.0
        facts: list[Fact] = []
        for name, share in self._shares(rank, target):
            if name != excluded or name not in self._members.get(rank, ()):
                active += share.active
                inactive += share.inactive
                facts.extend(share.facts)
        return Counts(active, inactive, tuple(facts))

    def _relatives(self, ranks: ToxinRanks, target: str, excluded: str | None) -> tuple[float, float, Counts, Counts]:
        """Return p1, p2 and the counts behind them."""
        k = self.parameters.shrinkage
        first = self._counts(ranks.r1, target, excluded)
        p1 = first.active / (first.active + first.inactive + k)
        if ranks.r2 is None:
            return p1, p1, first, Counts(0.0, 0.0, ())
        second = self._counts(ranks.r2, target, excluded)
        p2 = (second.active + k * p1) / (second.active + second.inactive + k)
        return p1, p2, first, second

    def _direct(self, name: str, target: str, own: Assays | None, p2: float) -> float:
        """Return D: the result of the toxin's own tests and, as far as they are inconclusive, that of its relatives."""
        if own is None:
            return p2
        acts, fails = self._sureness(name, target, own)
        return acts + (1.0 - acts - fails) * p2

    def _probability(
        self, name: str, ranks: ToxinRanks | None, identity: float, target: str, leave_own_out: bool = False
    ) -> Probability:
        """Return the probability that a protein acts on a target.

        Args:
            name: the best reference, 2020 name; its own records stand under its rank-3 name.
            ranks: the ranks of that name; None for a name outside the nomenclature.
            identity: percent, to that reference.
            leave_own_out: ignore all tests of the reference itself.
        """
        key = toxin_key(name, ranks)
        own = None if leave_own_out else self.own(key, target)
        lam3, lam2 = inheritance(identity)
        if identity < 45.0:
            return NOTHING_KNOWN
        if ranks is None:
            return self._of_unrelated(key, target, own, lam3)
        k = self.parameters.shrinkage
        # Its own records are the direct evidence; they are excluded from the relatives so that they count once.
        _, p2_others, first_others, second_others = self._relatives(ranks, target, key)
        direct = self._direct(key, target, own, p2_others)
        excluded = key if leave_own_out else None
        p1, p2, first, second = self._relatives(ranks, target, excluded)
        value = lam3 * direct + (1.0 - lam3) * (lam2 * p2 + (1.0 - lam2) * p1)
        relatives = (first_others, second_others) if lam3 == 1.0 else (first, second)
        own_facts = own.facts if own is not None and lam3 > 0.0 else ()
        inherited = _merge(relatives[0].facts, relatives[1].facts, own_facts)
        observed = (
            relatives[1].active + relatives[1].inactive if lam2 > 0.5 else relatives[0].active + relatives[0].inactive
        )
        support = k + (lam3 * own.weight if own is not None else 0.0) + observed
        state = _state(own_facts, inherited, lam3)
        alone = self._direct(key, target, own, 0.0) if lam3 == 1.0 else 0.0
        return Probability(value if state != "no_evidence" else 0.0, support, state, own_facts, inherited, alone)

    def _of_unrelated(self, name: str, target: str, own: Assays | None, lam3: float) -> Probability:
        """Return the own evidence of a name without relatives (a chimera); below 76 % identity there is none."""
        if own is None or lam3 == 0.0:
            return NOTHING_KNOWN
        alone = self._direct(name, target, own, 0.0)
        support = self.parameters.shrinkage + own.weight
        state = _state(own.facts, (), 1.0)
        return Probability(lam3 * alone, support, state, own.facts, (), alone if lam3 == 1.0 else 0.0)


def _by_order(facts: Iterable[Fact]) -> Mapping[str, Mapping[str, Sequence[Fact]]]:
    """Return the facts by toxin and order."""
    grouped: dict[str, dict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    for fact in facts:
        grouped[toxin_key(fact.toxin, fact.ranks)][fact.order].append(fact)
    return grouped


def _about(fact: Fact, target: str) -> Fact:
    return fact if target in (fact.species, fact.order) else replace(fact, of_group=True)


def family_of(fact: Fact) -> str:
    """Return the rank-1 name under which a record is filed; outside the nomenclature, the name itself."""
    return fact.ranks.r1 if fact.ranks else fact.toxin


def _merge(*groups: Sequence[Fact]) -> tuple[Fact, ...]:
    """Return the distinct facts of all groups but the last, in table order, without those of the last group."""
    *wanted, left_out = groups
    ids = {fact.fact_id for fact in left_out}
    found = {fact.fact_id: fact for group in wanted for fact in group if fact.fact_id not in ids}
    return tuple(sorted(found.values(), key=lambda fact: fact.line))


def _state(own: Sequence[Fact], inherited: Sequence[Fact], lam3: float) -> str:
    """Return the kind of evidence; a hit below 95 % identity is a different toxin, so it has no tests of its own."""
    if lam3 == 1.0 and any(fact.activity != "negative" for fact in own):
        return "tested"
    if lam3 == 1.0 and any(fact.says_inactive for fact in own):
        return "negative_only"
    in_reach = [*own, *inherited]
    if any(fact.activity != "negative" for fact in in_reach):
        return "inherited"
    return "inconclusive" if in_reach else "no_evidence"
