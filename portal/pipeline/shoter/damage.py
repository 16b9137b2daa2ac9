"""What is left of a gene of which something is wrong, as a part of what it would weigh intact.

A gene is read from its beginning to the first break: that much the cell makes of it. What lies behind counts as far
as the break may be none: a frameshift may be an error of reading, a stop or an insertion hardly. Of a three-domain
toxin each domain counts by the part of it that is there, of other folds the whole chain does. Nothing that is done
to a gene makes it weigh more than the intact one, or as much.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import prod

from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.weights import Range, covered_length, fold_completeness
from portal.results.loci import EventKind, Locus, Verdict

# Without its first residues a gene has lost its start; as many may differ between relatives.
_START_AA = 25
_DOMAINS = (("Endotoxin_N",), ("Endotoxin_M", "Endotoxin_mid"), ("Endotoxin_C",))


def what_is_left(
    locus: Locus, completeness: float, three_domains: bool, parameters: ShoterParameters
) -> tuple[float, float, tuple[str, ...]]:
    """Return completeness, the factor of what is wrong, and the names of that.

    Args:
        completeness: of all pieces together, as if nothing parted them.
    """
    if locus.verdict in (None, Verdict.INTACT, Verdict.SPLIT):
        return completeness, 1.0, ()
    breaks = [event for event in locus.events if event.kind in _FACTORS]
    whole = _part(locus, _ranges(locus), three_domains, parameters)
    if not breaks:
        factor, flags = _cut(locus, parameters)
        return min(completeness, whole), factor, flags
    mended = whole * prod(getattr(parameters, _FACTORS[event.kind]) for event in breaks)
    first = _ranges(locus, reading=1)
    read = _part(locus, first, three_domains, parameters) if first[0][0] <= _START_AA else 0.0
    flags = tuple(dict.fromkeys(_FLAGS[event.kind] for event in breaks))
    cut = parameters.factor_contig_edge if _is_cut(locus) else 1.0
    return completeness, cut * max(mended, parameters.factor_remnant * read), flags


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
        return (parameters.factor_contig_edge, ("contig_edge",)) if _is_cut(locus) else (1.0, ())
    starts = _ranges(locus)[0][0] <= _START_AA
    return (parameters.factor_remnant if starts else parameters.factor_internal_stop), ("remnant",)


def _is_cut(locus: Locus) -> bool:
    """Tell whether the end of a contig took more of the gene than relatives differ by."""
    ends = any(event.kind in (EventKind.CONTIG_END, EventKind.GAP_END) for event in locus.events)
    length = locus.reference_length or 1
    return ends and covered_length(_ranges(locus), length) < 0.95 * length


def _ranges(locus: Locus, reading: int | None = None) -> list[Range]:
    return [
        (piece.reference_start or 1, piece.reference_end or 0)
        for piece in locus.pieces
        if reading in (None, piece.reading)
    ]


def _part(locus: Locus, ranges: Sequence[Range], three_domains: bool, parameters: ShoterParameters) -> float:
    """Return what residues of the reference are worth, as a part of all of them."""
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
    """Return what so many domains are worth, between the values for whole numbers of them."""
    values = (0.0, parameters.completeness_one_domain, parameters.completeness_two_domains, 1.0)
    for number, (low, high) in enumerate(pairwise(values)):
        if domains <= number + 1:
            return low + (high - low) * (domains - number)
    return 1.0
