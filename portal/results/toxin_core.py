"""How much of a toxin a gene still has that is read from its start, and whether its toxin core is whole.

In a three-domain toxin each domain counts by the fraction that is present; in other folds the whole chain does. Shoter
weighs damaged genes by this, and the words for a gene (`portal/results/locus_words.py`) follow the same rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp
from typing import Protocol

from portal.domain.toxin_names import ToxinName
from portal.results.loci import EventKind, Locus, Verdict

Range = tuple[int, int]

# Missing initial residues mean a lost start; up to this many may differ between relatives.
_START_AA = 25
# From this value of the part that is read, no domain lacks more than relatives differ by.
_WHOLE_CORE = 0.95
_DOMAINS = (("Endotoxin_N",), ("Endotoxin_M", "Endotoxin_mid"), ("Endotoxin_C",))
_BREAKS = frozenset({EventKind.FRAMESHIFT, EventKind.STOP, EventKind.INSERTION})
_ALTERED = (Verdict.FRAMESHIFT, Verdict.PREMATURE_STOP, Verdict.INSERTION, Verdict.REMNANT)


class FoldScale(Protocol):
    """What the parts of a fold are worth; Shoter's parameters are one."""

    @property
    def coverage_midpoint(self) -> float: ...
    @property
    def coverage_slope(self) -> float: ...
    @property
    def completeness_one_domain(self) -> float: ...
    @property
    def completeness_two_domains(self) -> float: ...
    @property
    def core_length(self) -> int: ...


@dataclass(frozen=True)
class UsualScale:
    """The scale that Shoter's parameters begin with, and that of words about a gene for which no scores are at hand."""

    coverage_midpoint: float = 0.70
    coverage_slope: float = 0.06
    completeness_one_domain: float = 0.05
    completeness_two_domains: float = 0.3
    core_length: int = 700


_USUAL = UsualScale()


def is_altered_behind_core(locus: Locus) -> bool:
    """Tell whether a three-domain gene has a break, or has lost a part, with its toxin core before it whole."""
    name = ToxinName.parse(locus.reference or "")
    if locus.verdict not in _ALTERED or name is None or name.prefix != "Cry":
        return False
    if locus.verdict is not Verdict.REMNANT and not _has_break(locus):
        return False
    if any(event.kind is EventKind.RECORD_END for event in locus.events):
        return False  # only the file's part of the gene ends there
    return holds_core(read_part(locus, _USUAL, three_domains=True))


def holds_core(read: float) -> bool:
    """Tell whether what is read of a three-domain gene, as a fraction of the whole, has its whole toxin core."""
    return read >= _WHOLE_CORE


def read_part(locus: Locus, scale: FoldScale, *, three_domains: bool) -> float:
    """Return the value of what is read from the gene's start to its first break, as a fraction of the whole."""
    first = residue_ranges(locus, reading=1 if _has_break(locus) else None)
    return part_of_fold(locus, first, scale, three_domains=three_domains) if has_start(first) else 0.0


def part_of_fold(locus: Locus, ranges: Sequence[Range], scale: FoldScale, *, three_domains: bool) -> float:
    """Return the value of some residues of the reference, as a fraction of the whole."""
    spans = [_span(locus, names) for names in _DOMAINS]
    if three_domains and all(spans):
        left = sum(_step(_covered(ranges, span), scale) for span in spans if span)
        return _worth(left, scale)
    length = locus.reference_length or 1
    core = min(length, scale.core_length) if three_domains else length
    return _step(covered_length(ranges, core) / core, scale)


def residue_ranges(locus: Locus, reading: int | None = None) -> list[Range]:
    """Return the residues of the reference in each piece, of one reading or of all."""
    return [
        (piece.reference_start or 1, piece.reference_end or 0)
        for piece in locus.pieces
        if reading in (None, piece.reading)
    ]


def has_start(ranges: Sequence[Range]) -> bool:
    """Tell whether the gene's start is there, or no more is missing than relatives differ by."""
    return bool(ranges) and ranges[0][0] <= _START_AA


def covered_length(ranges: Sequence[Range], end: int) -> int:
    """Return how many of the residues 1..end are in at least one range."""
    covered = 0
    reached = 0
    for start, stop in sorted(ranges):
        first = max(start, reached + 1)
        last = min(stop, end)
        if last >= first:
            covered += last - first + 1
            reached = last
    return covered


def fold_completeness(coverage: float, scale: FoldScale) -> float:
    """Return the completeness for a coverage (a fraction), for folds that need the whole chain: a step around 70 %."""
    return 1.0 / (1.0 + exp(-(min(coverage, 1.0) - scale.coverage_midpoint) / scale.coverage_slope))


def _has_break(locus: Locus) -> bool:
    return any(event.kind in _BREAKS for event in locus.events)


def _span(locus: Locus, names: Sequence[str]) -> Range | None:
    found = [(domain.start, domain.end) for domain in locus.domains if domain.name in names]
    return (min(start for start, _ in found), max(end for _, end in found)) if found else None


def _covered(ranges: Sequence[Range], span: Range) -> float:
    before = covered_length(ranges, span[0] - 1)
    return (covered_length(ranges, span[1]) - before) / (span[1] - span[0] + 1)


def _step(share: float, scale: FoldScale) -> float:
    return fold_completeness(share, scale) / fold_completeness(1.0, scale)


def _worth(domains: float, scale: FoldScale) -> float:
    """Return the value of a number of domains, interpolated between whole numbers."""
    values = (0.0, scale.completeness_one_domain, scale.completeness_two_domains, 1.0)
    for number, (low, high) in enumerate(pairwise(values)):
        if domains <= number + 1:
            return low + (high - low) * (domains - number)
    return 1.0
