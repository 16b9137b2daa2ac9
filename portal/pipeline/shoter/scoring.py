"""Scores of one strain: for each target the units with evidence, their contributions, and the uncertainty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal.pipeline.shoter.calibration import Documented
from portal.pipeline.shoter.evidence import EvidenceIndex, Probability
from portal.pipeline.shoter.intervals import least_interval, score_interval
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.specificity.facts import Fact
from portal.pipeline.shoter.trials import Trials, count_trials, state_of
from portal.pipeline.shoter.units import Unit
from portal.results.gene_state import is_part

# From the strongest evidence to none; a pair has that of its weaker half.
STATES = ("tested", "inherited", "partner_missing", "broken", "negative_only", "inconclusive", "no_evidence")


@dataclass(frozen=True)
class UnitScore:
    """The contribution of one unit to one target: 1 - (1 - w p)^rho.

    `own` is the same with what its own tests say alone, without its relatives': 0 where they do not speak for the
    strain, as the gene is broken, was seen only in part, or lacks its partner.
    """

    unit: Unit
    probability: Probability
    state: str
    rho: float
    contribution: float
    own: float = 0.0


@dataclass(frozen=True)
class TargetScore:
    """A strain's score for one target; `units` has those with evidence, strongest first."""

    target: str
    order: str
    score: float
    low: float
    high: float
    state: str
    tier: str
    evidence_grade: str | None
    unverified_share: float
    trials: Trials
    units: tuple[UnitScore, ...]
    documented: Documented | None = None  # documented share, from a calibration

    def facts(self) -> Iterable[Fact]:
        """Yield every record behind the score."""
        for entry in self.units:
            yield from entry.probability.own
            yield from entry.probability.inherited


@dataclass(frozen=True)
class Scorer:
    """Scores strains with two indexes: of all facts, and of facts whose sources were read, to show what others add."""

    index: EvidenceIndex
    verified: EvidenceIndex
    parameters: ShoterParameters

    @classmethod
    def build(cls, facts: Sequence[Fact], parameters: ShoterParameters, *, by_species: bool = False) -> Scorer:
        read = [fact for fact in facts if not fact.unverified]
        return cls(
            EvidenceIndex(facts, parameters, by_species=by_species),
            EvidenceIndex(read, parameters, by_species=by_species),
            parameters,
        )

    def score(self, strain: str, units: Sequence[Unit], target: str, *, leave_own_out: bool = False) -> TargetScore:
        """Return the score of a strain for one target."""
        entries = score_units(units, self.index, target, leave_own_out=leave_own_out)
        total = combine(entry.contribution for entry in entries)
        low, high = score_interval(
            [entry.unit.weight for entry in entries],
            [entry.probability.value for entry in entries],
            [entry.probability.support for entry in entries],
            [entry.rho for entry in entries],
            draws=self.parameters.draws,
            seed=(self.parameters.seed, strain, target),
        )
        least_low, least_high = least_interval(total, _observations(entries))
        trials = count_trials(units, ((entry.unit, entry.probability) for entry in entries))
        state = state_of([entry.state for entry in entries], trials)
        if state == "inconclusive":  # unknown: a sum over inactive relatives does not measure certainty
            low, high = 0.0, 1.0
        grade = best_grade(entries)
        return TargetScore(
            target=target,
            order=self.index.order_of.get(target, target),
            score=total,
            low=min(low, least_low, total),
            high=max(high, least_high, total),
            state=state,
            tier=_tier(state, entries),
            evidence_grade=grade,
            unverified_share=self._unverified_share(units, target, total, entries, leave_own_out),
            trials=trials,
            units=tuple(entries),
        )

    def _unverified_share(
        self, units: Sequence[Unit], target: str, total: float, entries: Sequence[UnitScore], leave_own_out: bool
    ) -> float:
        """Return the fraction of a score that is lost without the records whose source was not read."""
        used = (fact for entry in entries for fact in (*entry.probability.own, *entry.probability.inherited))
        if total <= 0.0 or not any(fact.unverified for fact in used):
            return 0.0
        read = combine(
            entry.contribution for entry in score_units(units, self.verified, target, leave_own_out=leave_own_out)
        )
        return min(1.0, max(0.0, (total - read) / total))


def score_units(
    units: Sequence[Unit], index: EvidenceIndex, target: str, *, leave_own_out: bool = False
) -> list[UnitScore]:
    """Return the contribution of each unit with evidence to a target, strongest first.

    Within a family the strongest unit counts in full (exponent 1), each further one with `family_exponent`: alleles of
    one family act through the same receptors, and a plain noisy-OR over six Cry1 would drive every order to 1.
    """
    found = []
    for unit in units:
        probability = unit_probability(unit, index, target, leave_own_out=leave_own_out)
        if probability.state != "no_evidence":
            found.append((unit, probability))
    found.sort(key=lambda entry: (-entry[0].weight * entry[1].value, int(entry[0].unit_id[1:])))
    counted: dict[str, int] = defaultdict(int)
    scores = []
    for unit, probability in found:
        rho = 1.0 if counted[unit.family] == 0 else index.parameters.family_exponent
        counted[unit.family] += 1
        state = _unit_state(unit, probability)
        alone = probability.direct if state == "tested" and not is_part(unit.flags) else 0.0
        contribution, own = (1.0 - (1.0 - unit.weight * p) ** rho for p in (probability.value, alone))
        scores.append(UnitScore(unit, probability, state, rho, contribution, own))
    scores.sort(key=lambda entry: (-entry.contribution, int(entry.unit.unit_id[1:])))
    return scores


def combine(contributions: Iterable[float]) -> float:
    """Return 1 - prod(1 - contribution)."""
    miss = 1.0
    for contribution in contributions:
        miss *= 1.0 - contribution
    return 1.0 - miss


def unit_probability(unit: Unit, index: EvidenceIndex, target: str, *, leave_own_out: bool = False) -> Probability:
    """Return the probability that a unit acts on a target; for a pair, the smaller of its halves.

    If toxins of several subfamilies are equally close to a gene, the smallest of their probabilities is used.
    """
    found = []
    for gene in unit.genes:
        if gene.identity is None or not index.reaches(gene.family, target):
            continue
        probability = min(
            (
                index.probability(name, ranks, gene.identity, target, leave_own_out)
                for name, ranks in ((gene.name, gene.ranks), *gene.as_good)
            ),
            key=lambda each: each.value,
        )
        if probability.state != "no_evidence":
            found.append(probability)
    if not found:
        return Probability(0.0, 0.0, "no_evidence", (), ())
    if len(found) == 1:
        return found[0]
    weaker = min(found, key=lambda probability: probability.value)
    state = max((probability.state for probability in found), key=STATES.index)
    return Probability(
        weaker.value,
        weaker.support,
        state,
        _unique(fact for probability in found for fact in probability.own),
        _unique(fact for probability in found for fact in probability.inherited),
        min(probability.direct for probability in found),
    )


def _unique(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    return tuple({fact.fact_id: fact for fact in facts}.values())


def _unit_state(unit: Unit, probability: Probability) -> str:
    if probability.state in ("tested", "inherited"):
        if unit.partner_missing:
            return "partner_missing"
        if unit.is_broken:
            return "broken"
    return probability.state


def best_grade(entries: Iterable[UnitScore]) -> str | None:
    """Return the best grade among the positive records behind a score; weak ones count only if there are no others."""
    facts = [
        fact
        for entry in entries
        if entry.contribution > 0.0
        for fact in (*entry.probability.own, *entry.probability.inherited)
        if fact.activity != "negative"
    ]
    full = [fact.grade for fact in facts if fact.activity == "positive"]
    return min(full or [fact.grade for fact in facts], default=None)


def _observations(entries: Sequence[UnitScore]) -> list[float]:
    """Return the number of observations behind each unit that contributes.

    A score of 0 says that no unit acts, which is as certain as the least known of them.
    """
    acting = [entry.probability.support for entry in entries if entry.contribution > 0.0]
    return acting or [min((entry.probability.support for entry in entries), default=0.0)]


def _tier(state: str, entries: Sequence[UnitScore]) -> str:
    """Return `primary` if a direct test of one of the strain's own toxins shows an effect; see also `tiers`."""
    if state not in ("tested", "inherited"):
        return "none"
    tested = (entry for entry in entries if entry.state == "tested" and entry.contribution > 0.0)
    own = (fact for entry in tested for fact in entry.probability.own if fact.activity == "positive")
    return "primary" if any(fact.is_read_test for fact in own) else "secondary"


def unknown_target(units: Sequence[Unit], index: EvidenceIndex, targets: Sequence[str]) -> tuple[float, list[Unit]]:
    """Return the score for untested targets, and the units without evidence on any target."""
    silent = [
        unit
        for unit in units
        if unit.weight > 0.0 and all(unit_probability(unit, index, target).state == "no_evidence" for target in targets)
    ]
    counted: dict[str, int] = defaultdict(int)
    contributions = []
    for unit in sorted(silent, key=lambda unit: (-unit.weight, int(unit.unit_id[1:]))):
        rho = 1.0 if counted[unit.family] == 0 else index.parameters.family_exponent
        counted[unit.family] += 1
        contributions.append(1.0 - (1.0 - unit.weight) ** rho)
    return combine(contributions), silent
