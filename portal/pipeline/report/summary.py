"""What the report says, before it is put into words: facts only, the same for every language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from portal.results.ranking import rank_key, score_text
from portal.results.scores import Hit, Record, Results, SpeciesScore, StrainScores, TargetScore, Unit
from portal.results.targets import UNKNOWN_STATES


class Band(StrEnum):
    """How a score is spoken of. The lower limit is what `btportal validate` allows a control to reach."""

    LIKELY = "likely"
    POSSIBLE = "possible"
    WEAK = "weak"
    UNKNOWN = "unknown"


_BANDS = tuple(Band)  # from likely to unknown
# More names than this make a sentence that nobody reads.
BLIND_SPOTS_NAMED = 12
LIKELY_FROM = 0.7
POSSIBLE_FROM = 0.35


@dataclass(frozen=True)
class Source:
    """What one unit gives to a target, and the records that say so."""

    unit: Unit
    contribution: float
    state: str
    records: tuple[Record, ...]
    inherited: tuple[Record, ...]


@dataclass(frozen=True)
class TargetLine:
    """One target with everything that the report tells of it."""

    score: TargetScore
    band: Band
    sources: tuple[Source, ...]


@dataclass(frozen=True)
class Closeness:
    """How many genes are how close to a named toxin (identity in percent: 95, 76 and 45 are the limits)."""

    same_toxin: int
    same_subfamily: int
    same_family: int
    distant: int
    profile_only: int


@dataclass(frozen=True)
class Summary:
    """All facts of one strain's report."""

    strain: StrainScores
    families: tuple[tuple[str, tuple[Unit, ...]], ...]
    genes: int
    closeness: Closeness
    targets: tuple[TargetLine, ...]
    species_shown: int
    unknown_units: tuple[Unit, ...]
    cut: tuple[Unit, ...]
    stopped: tuple[Unit, ...]
    halves: tuple[Unit, ...]
    unused: int
    accessory: tuple[tuple[str, int], ...]
    records: tuple[Record, ...]
    unverified: int

    @property
    def has_toxins(self) -> bool:
        return bool(self.strain.units)

    def in_band(self, *bands: Band) -> tuple[TargetLine, ...]:
        """Return the targets of these bands, the highest score first."""
        return tuple(line for line in self.targets if line.band in bands)

    @property
    def beside_primary(self) -> tuple[TargetLine, ...]:
        """Return the targets that are called possible only because a primary one is likely."""
        return tuple(line for line in self.in_band(Band.POSSIBLE) if band_of(line.score) is Band.LIKELY)

    def best_hit(self, unit: Unit) -> Hit | None:
        """Return the hit of a unit that is nearest to a named toxin."""
        hits = [hit for hit in self.strain.hits if hit.protein_id in unit.hits]
        return max(hits, key=lambda hit: hit.identity or 0.0, default=None)

    def in_state(self, state: str) -> tuple[TargetLine, ...]:
        """Return the targets of a state, in their order."""
        return tuple(line for line in self.targets if line.score.state == state)


def interval_text(score: TargetScore | SpeciesScore) -> str:
    """Return the 5-95 % interval of a score; a dash without any record, all of it where tests decide nothing."""
    if score.state in UNKNOWN_STATES:
        return "–" if score.state == "no_evidence" else "0–1"
    low, high = score_text(score.low), score_text(score.high)
    return low if low == high else f"{low}–{high}"


def shown_score(score: TargetScore | SpeciesScore) -> str:
    """Return a score as text; a dash where nothing is known, which is not 0."""
    return "–" if score.state in UNKNOWN_STATES else score_text(score.score)


def band_of(score: TargetScore) -> Band:
    """Return how a score is spoken of; a wide interval makes a high score a possibility only."""
    if score.state in UNKNOWN_STATES:
        return Band.UNKNOWN
    if score.score >= LIKELY_FROM and score.low >= POSSIBLE_FROM:
        return Band.LIKELY
    return Band.POSSIBLE if score.score >= POSSIBLE_FROM else Band.WEAK


def _beside_primary(lines: Sequence[TargetLine]) -> list[TargetLine]:
    """Return the lines; where a primary target is likely, targets that are not primary are called possible."""
    settled = any(line.band is Band.LIKELY and line.score.tier == "primary" for line in lines)
    return [
        replace(line, band=Band.POSSIBLE)
        if settled and line.band is Band.LIKELY and line.score.tier != "primary"
        else line
        for line in lines
    ]


def _rank(line: TargetLine) -> tuple[float, float]:
    return rank_key(line.score.score, (source.contribution for source in line.sources))


def summarise(results: Results, strain: StrainScores) -> Summary:
    """Return the facts of one strain's report."""
    units = {unit.unit_id: unit for unit in strain.units}
    lines = _beside_primary([_line(score, units, results.records) for score in strain.targets])
    # Targets called likely stand first, as in the first sentence, though another score may be as high.
    lines.sort(key=lambda line: (_BANDS.index(line.band), *_rank(line)))
    records = _records(lines)
    unknown = set(strain.unknown_hits)
    return Summary(
        strain=strain,
        families=_families(strain.units),
        genes=sum(1 if unit.kind == "merged_fragments" else len(unit.hits) for unit in strain.units),
        closeness=_closeness(strain),
        targets=tuple(lines),
        species_shown=sum(species.score > 0 for species in strain.species),
        unknown_units=tuple(unit for unit in strain.units if unknown & set(unit.hits)),
        cut=_flagged(strain.units, "contig_edge"),
        stopped=_flagged(strain.units, "internal_stop"),
        halves=tuple(unit for unit in strain.units if unit.partner_missing),
        unused=sum(not hit.kept for hit in strain.hits),
        accessory=_accessory(strain.accessory),
        records=records,
        unverified=sum(record.unverified for record in records),
    )


def _line(score: TargetScore, units: Mapping[str, Unit], records: Mapping[str, Record]) -> TargetLine:
    sources = tuple(
        Source(
            unit=units[share.unit_id],
            contribution=share.contribution,
            state=share.state,
            records=tuple(records[fact] for fact in share.records if fact in records),
            inherited=tuple(records[fact] for fact in share.inherited_records if fact in records),
        )
        for share in score.units
        if share.unit_id in units
    )
    return TargetLine(score=score, band=band_of(score), sources=sources)


def _records(lines: Sequence[TargetLine]) -> tuple[Record, ...]:
    used = {
        record.fact_id: record
        for line in lines
        for source in line.sources
        for record in (*source.records, *source.inherited)
    }
    return tuple(sorted(used.values(), key=lambda record: record.fact_id))


def _families(units: Sequence[Unit]) -> tuple[tuple[str, tuple[Unit, ...]], ...]:
    families: dict[str, list[Unit]] = {}
    for unit in units:
        families.setdefault(unit.family, []).append(unit)
    ordered = sorted(families.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple((family, tuple(sorted(members, key=lambda unit: unit.name))) for family, members in ordered)


def _closeness(strain: StrainScores) -> Closeness:
    values = [hit.identity for hit in strain.hits if hit.kept]
    known = [value for value in values if value is not None]
    return Closeness(
        same_toxin=sum(value >= 95 for value in known),
        same_subfamily=sum(76 <= value < 95 for value in known),
        same_family=sum(45 <= value < 76 for value in known),
        distant=sum(value < 45 for value in known),
        profile_only=len(values) - len(known),
    )


def _flagged(units: Sequence[Unit], flag: str) -> tuple[Unit, ...]:
    return tuple(unit for unit in units if flag in unit.flags)


def _accessory(rows: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, int], ...]:
    counts = Counter(str(row.get("role") or row.get("hit_name") or "") for row in rows)
    return tuple(counts.most_common())
