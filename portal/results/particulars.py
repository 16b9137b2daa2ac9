"""What is particular to one species of a shortlist beside the others of its order: a fact that no other one shares.

Compared are the species of one order and panel on which the strain has support, by the tests of its own toxins alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from msgspec import structs

from portal.domain.dose import Dose, DoseFamily, dose_of, lowest_of
from portal.results.bioassays import Bioassay, Particular, Particularity
from portal.results.published_doses import PublishedDose
from portal.results.species_order import is_without_effect
from portal.results.units import Species


def with_particulars(rows: Sequence[Bioassay]) -> tuple[Bioassay, ...]:
    """Return the rows of a strain, each with what is particular to its species; None where nothing is."""
    groups: dict[tuple[str, str], list[Bioassay]] = {}
    for row in rows:
        if not is_without_effect(row):
            groups.setdefault((row.target, row.panel), []).append(row)
    found: dict[Species, Particularity] = {}
    for group in groups.values():
        for species, particular in _of_group(group):
            found.setdefault(species, particular)
    return tuple(structs.replace(row, particular=found.get(row.species)) for row in rows)


def _of_group(rows: Sequence[Bioassay]) -> Iterator[tuple[Species, Particularity]]:
    """Yield what is particular in a group, the most telling kind first; a species may be named more than once."""
    if len(rows) == 1:
        yield rows[0].species, Particularity(kind=Particular.ONLY)
        return
    yield from _most(rows, Particular.MOST_SUPPORT, lambda row: round(row.own_sum or 0.0, 2))
    yield from _doses(rows)
    yield from _most(rows, Particular.MOST_TESTED, lambda row: row.own_effect and row.own_effect + row.own_no_effect)
    yield from _most(rows, Particular.MOST_TOXINS, lambda row: len(row.acting))
    yield from _only_of_toxin(rows)


def _most(
    rows: Sequence[Bioassay], kind: Particular, measure: Callable[[Bioassay], float]
) -> Iterator[tuple[Species, Particularity]]:
    """Yield the one species that has more of something than any other; none if two share the most."""
    first, second = sorted(rows, key=measure, reverse=True)[:2]
    if measure(first) > measure(second):
        yield first.species, Particularity(kind=kind)


def _doses(rows: Sequence[Bioassay]) -> Iterator[tuple[Species, Particularity]]:
    """Yield the only species with a dose of an own toxin, else those that have the lowest of a measure and family."""
    dosed = [row for row in rows if row.lowest_doses]
    if len(dosed) == 1:
        yield dosed[0].species, Particularity(kind=Particular.ONLY_DOSE)
        return
    groups: dict[tuple[str, DoseFamily], list[tuple[Species, PublishedDose, Dose]]] = {}
    for row in dosed:
        for lowest in row.lowest_doses:
            for dose in lowest.doses:
                if parsed := dose_of(dose.measure, dose.dose, dose.dose_unit or ""):
                    groups.setdefault((lowest.measure, lowest.family), []).append((row.species, dose, parsed))
    for (measure, family), found in groups.items():
        places = lowest_of([dose for _, _, dose in found])
        if len({species for species, _, _ in found}) > 1 and len(places) == 1:
            species, published, _ = found[places[0]]
            yield (
                species,
                Particularity(kind=Particular.LOWEST_DOSE, toxin=published.toxin, measure=measure, family=family),
            )


def _only_of_toxin(rows: Sequence[Bioassay]) -> Iterator[tuple[Species, Particularity]]:
    """Yield the only species on which a toxin acts, for toxins that act on one."""
    acted: dict[str, list[Species]] = {}
    for row in rows:
        for share in row.acting:
            acted.setdefault(share.toxin, []).append(row.species)
    for toxin, species in acted.items():
        if len(species) == 1:
            yield species[0], Particularity(kind=Particular.ONLY_OF_TOXIN, toxin=toxin)
