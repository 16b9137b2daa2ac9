"""The remaining weight of a defective gene, as a fraction of its weight when intact.

The cell translates a gene from its start to the first break. The rest counts in proportion to the probability that the
break is not real: a frameshift may be a sequencing error, a stop or an insertion hardly. In a three-domain toxin each
domain counts by the fraction that is present; in other folds the whole chain does. A defective gene always has a lower
weight than the intact one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.weights import Range, covered_length, fold_completeness
from portal.results.gene_state import CORE_WHOLE, RECORD_END, has_break, has_cut
from portal.results.loci import EventKind, Locus, Verdict

# Missing initial residues mean a lost start; up to this many may differ between relatives.
_START_AA = 25
# From this value of the part that is read, no domain lacks more than relatives differ by.
_WHOLE_CORE = 0.95
_DOMAINS = (("Endotoxin_N",), ("Endotoxin_M", "Endotoxin_mid"), ("Endotoxin_C",))


def what_is_left(
    locus: Locus, completeness: float, three_domains: bool, parameters: ShoterParameters
) -> tuple[float, float, tuple[str, ...]]:
    """Return the completeness, the factor for defects, and the names of the defects.

    Args:
        completeness: of all pieces together, as if they were contiguous.
    """
    if locus.verdict in (None, Verdict.INTACT, Verdict.SPLIT):
        return completeness, 1.0, ()
    breaks = [event for event in locus.events if event.kind in _FACTORS]
    whole = _part(locus, _ranges(locus), three_domains, parameters)
    if not breaks:
        factor, flags = _cut(locus, parameters)
        read = whole if _has_start(_ranges(locus)) else 0.0
        return min(completeness, whole), factor, flags + _of_core(flags, three_domains, read)
    mended = whole * prod(getattr(parameters, _FACTORS[event.kind]) for event in breaks)
    first = _ranges(locus, reading=1)
    read = _part(locus, first, three_domains, parameters) if _has_start(first) else 0.0
    flags = tuple(dict.fromkeys(_FLAGS[event.kind] for event in breaks))
    cut = parameters.factor_contig_edge if _is_cut(locus) else 1.0
    flags += _of_core(flags, three_domains, read)
    return completeness, cut * max(mended, parameters.factor_remnant * read), flags


def _of_core(flags: tuple[str, ...], three_domains: bool, read: float) -> tuple[str, ...]:
    """Return a flag more where what is read of a broken or cut three-domain gene holds its whole toxin core."""
    is_damaged = has_break(flags) or has_cut(flags)
    return (CORE_WHOLE,) if three_domains and is_damaged and read >= _WHOLE_CORE else ()


_FACTORS = {
    EventKind.FRAMESHIFT: "factor_frameshift",
    EventKind.STOP: "factor_internal_stop",
    EventKind.INSERTION: "factor_insertion",
}
_FLAGS = {
    EventKind.FRAMESHIFT: "frameshift",
    EventKind.STOP: "internal_stop",
    EventKind.INSERTION: "insertion",
}


def _cut(locus: Locus, parameters: ShoterParameters) -> tuple[float, tuple[str, ...]]:
    if locus.verdict == Verdict.EDGE:
        if _is_cut(locus):
            return parameters.factor_contig_edge, ("contig_edge",)
        # Both sides of a gap inside are there: what the domains lack is all that the gene lacks.
        return 1.0, ("contig_edge",) if _lacks(locus, EventKind.GAP) else ()
    starts = _has_start(_ranges(locus))
    factor = parameters.factor_remnant if starts else parameters.factor_internal_stop
    is_part = any(event.kind == EventKind.RECORD_END for event in locus.events)
    return factor, (RECORD_END if is_part else "remnant",)


def _has_start(ranges: Sequence[Range]) -> bool:
    return ranges[0][0] <= _START_AA


def _is_cut(locus: Locus) -> bool:
    """Return whether the end of a contig cut off more of the gene than relatives differ by."""
    return _lacks(locus, EventKind.CONTIG_END, EventKind.GAP_END)


def _lacks(locus: Locus, *kinds: EventKind) -> bool:
    """Return whether there are events of these kinds, and more of the gene is missing than relatives differ by."""
    length = locus.reference_length or 1
    found = any(event.kind in kinds for event in locus.events)
    return found and covered_length(_ranges(locus), length) < 0.95 * length


def _ranges(locus: Locus, reading: int | None = None) -> list[Range]:
    return [
        (piece.reference_start or 1, piece.reference_end or 0)
        for piece in locus.pieces
        if reading in (None, piece.reading)
    ]


def _part(locus: Locus, ranges: Sequence[Range], three_domains: bool, parameters: ShoterParameters) -> float:
    """Return the value of some residues of the reference, as a fraction of the whole."""
    spans = [_span(locus, names) for names in _DOMAINS]
    if three_domains and all(spans):
        left = sum(_step(_covered(ranges, span), parameters) for span in spans if span)
        return _worth(left, parameters)
    length = locus.reference_length or 1
    core = min(length, parameters.core_length) if three_domains else length
    return _step(covered_length(ranges, core) / core, parameters)


def _span(locus: Locus, names: Sequence[str]) -> Range | None:
    found = [(domain.start, domain.end) for domain in locus.domains if domain.name in names]
    return (min(start for start, _ in found), max(end for _, end in found)) if found else None


def _covered(ranges: Sequence[Range], span: Range) -> float:
    before = covered_length(ranges, span[0] - 1)
    return (covered_length(ranges, span[1]) - before) / (span[1] - span[0] + 1)


def _step(share: float, parameters: ShoterParameters) -> float:
    return fold_completeness(share, parameters) / fold_completeness(1.0, parameters)


def _worth(domains: float, parameters: ShoterParameters) -> float:
    """Return the value of a number of domains, interpolated between whole numbers."""
    values = (0.0, parameters.completeness_one_domain, parameters.completeness_two_domains, 1.0)
    for number, (low, high) in enumerate(pairwise(values)):
        if domains <= number + 1:
            return low + (high - low) * (domains - number)
    return 1.0
