"""What each toxin of a strain adds to one score, and its own published tests: why one species comes before the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from portal.domain.natural_order import natural_key
from portal.results.own_tests import Role, counts_of, role_of_tests
from portal.results.ranking import contribution_sum
from portal.results.scores import Record, ScoredUnit, UnitShare
from portal.results.species_order import own_contribution
from portal.results.units import Contribution, Percent, ToxinName


class ToxinShare(Struct, frozen=True, kw_only=True):
    """One toxin: `contribution` is what it adds to the score, by its own tests and by those of its relatives.

    `effect` and `no_effect` count its own published tests alone, `weak` those of the former with a weak effect; `role`
    tells whose tests these are. `own_contribution` is what it adds by its own tests alone; None in earlier results.
    The contributions of several genes of one name are their sums, which may be above 1.
    """

    toxin: ToxinName
    role: Role
    identity_percent: Percent | None
    effect: int
    no_effect: int
    weak: int
    contribution: Contribution
    own_contribution: Contribution | None = None

    @property
    def acts(self) -> bool:
        """Tell whether a published test shows this very toxin of the strain to act; half of a pair alone does not."""
        return self.role is Role.OWN and self.effect > 0 and self.own_contribution != 0.0


class RelativeTests(Struct, frozen=True, kw_only=True):
    """A relative of the strain's toxins, with its published tests on one species."""

    toxin: ToxinName
    effect: int
    no_effect: int


def toxin_shares(
    shares: Iterable[UnitShare], units: Mapping[str, ScoredUnit], records: Mapping[str, Record]
) -> tuple[ToxinShare, ...]:
    """Return the toxins behind one score, the one that adds most first; genes of one name and role are one.

    A test of a whole family is one of each of its toxins, so that their counts may add up to more than all tests.
    """
    found: dict[tuple[str, Role], list[tuple[UnitShare, ScoredUnit]]] = {}
    for share in shares:
        if unit := units.get(share.unit_id):
            found.setdefault((unit.name, role_of_tests(unit)), []).append((share, unit))
    told = [_merged(name, role, parts, records) for (name, role), parts in found.items()]
    return tuple(sorted(told, key=lambda toxin: -toxin.contribution))


def _merged(
    name: str, role: Role, parts: list[tuple[UnitShare, ScoredUnit]], records: Mapping[str, Record]
) -> ToxinShare:
    facts = dict.fromkeys(fact for share, _ in parts for fact in share.records if fact in records)
    counts = counts_of(records[fact] for fact in facts)
    identities = [unit.identity_percent for _, unit in parts if unit.identity_percent is not None]
    return ToxinShare(
        toxin=name,
        role=role,
        identity_percent=max(identities, default=None),
        effect=counts.effect,
        no_effect=counts.none,
        weak=counts.weak,
        contribution=contribution_sum(share.contribution for share, _ in parts),
        own_contribution=contribution_sum(own_contribution(share) for share, _ in parts),
    )


def relative_tests(records: Iterable[Record]) -> tuple[RelativeTests, ...]:
    """Return the relatives of these records, those with the most tests with an effect first, then by name."""
    found: dict[str, list[Record]] = {}
    for record in records:
        found.setdefault(record.toxin, []).append(record)
    counts = {toxin: counts_of(tests) for toxin, tests in found.items()}
    told = [RelativeTests(toxin=toxin, effect=each.effect, no_effect=each.none) for toxin, each in counts.items()]
    return tuple(sorted(told, key=lambda each: (-each.effect, natural_key(each.toxin))))
