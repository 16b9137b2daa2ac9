"""The order in which species are presented: one rule for shortlist, grid, charts, pictures and report.

Species with support come before those that were tested without effect, pests before others, then by the conclusion on
their order. Among these the strain's own toxins decide: what published tests of these very toxins say alone comes
first; score and sum, to which tests of relatives add, only order what is equal in that. Why: docs/science/method.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from portal.domain.natural_order import natural_key
from portal.results.conclusion import Assessment, Conclusion
from portal.results.ranking import contribution_sum, rank_key
from portal.results.scores import ScoreState, SpeciesScore, StrainScores, StrainSpecies, UnitShare
from portal.results.targets import Panel

# The states in which no published test shows an effect of the toxins that it speaks for.
_NO_EFFECT = frozenset({ScoreState.NEGATIVE_ONLY, ScoreState.INCONCLUSIVE})


class SpeciesPlace(NamedTuple):
    """The key that sorts the species of a strain; species with equal keys stand by name.

    The numbers are negative, so that more comes first: `own` is the sum of what own toxins add by their own tests
    alone, `score` and `sum` are of all toxins, each to two decimals, `tests` and `toxins` count those behind `own`.
    """

    no_evidence: bool
    without_effect: bool
    no_pest: bool
    assessment: int
    own: float
    score: float
    sum: float
    tests: int
    toxins: int


class _Scored(Protocol):
    @property
    def state(self) -> ScoreState: ...
    @property
    def score(self) -> float | None: ...


def is_without_effect(scored: _Scored) -> bool:
    """Tell whether a species was tested, and no test supports an effect of the strain on it."""
    return scored.state in _NO_EFFECT or (scored.state is not ScoreState.NO_EVIDENCE and not scored.score)


def own_contribution(share: UnitShare) -> float:
    """Return what a toxin adds to a score by its own tests alone.

    Earlier results do not tell: there a toxin with an effect in a test of its own adds all it does, others nothing.
    """
    if share.own_contribution is not None:
        return share.own_contribution
    return share.contribution if share.state is ScoreState.TESTED else 0.0


def place_of(score: SpeciesScore, conclusion: Conclusion) -> SpeciesPlace:
    """Return the key that sorts the species of a strain as `in_order` lists them."""
    own = [share for share in score.units if own_contribution(share) > 0.0]
    tests = {fact for share in own for fact in share.records}
    ranked = rank_key(score.value, (share.contribution for share in score.units))
    return SpeciesPlace(
        score.state is ScoreState.NO_EVIDENCE,
        is_without_effect(score),
        score.panel is not Panel.PEST,
        list(Assessment).index(conclusion.of(score.target).assessment),
        -round(contribution_sum(map(own_contribution, own)), 2),
        *ranked,
        -len(tests),
        -len({share.records for share in own}),  # genes of one toxin share its tests
    )


def in_order(species: Iterable[SpeciesScore], conclusion: Conclusion) -> list[SpeciesScore]:
    """Return the species of a strain by `place_of`, then by name; those without any record come last."""
    return sorted(species, key=lambda score: (*place_of(score, conclusion), score.species))


def order_of_all(places: Iterable[tuple[str, SpeciesPlace]]) -> list[str]:
    """Return the species of several strains, each once: by its first place in any of them, then by name.

    So a pest on which one of them is likely to act comes before all on which none is, in a grid and in a picture.
    """
    first: dict[str, SpeciesPlace] = {}
    for species, place in places:
        first[species] = min(place, first.get(species, place))
    return sorted(first, key=lambda species: (first[species], natural_key(species)))


def species_order(strains: Iterable[StrainScores], species: Iterable[StrainSpecies]) -> list[str]:
    """Return the species of several strains in the order of `order_of_all`; a strain has one name in both."""
    conclusions = {strain.strain: strain.conclusion for strain in strains}
    return order_of_all(
        (score.species, place_of(score, conclusions[each.strain]))
        for each in species
        for score in each.species
        if each.strain in conclusions
    )
