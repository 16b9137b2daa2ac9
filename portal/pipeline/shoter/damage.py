"""The remaining weight of a defective gene, as a fraction of its weight when intact.

The cell translates a gene from its start to the first break. The rest counts in proportion to the probability that the
break is not real: a frameshift may be a sequencing error, a stop or an insertion hardly. What a part of a fold is worth
stands in `portal/results/toxin_core.py`. A defective gene always has a lower weight than the intact one.
"""

from __future__ import annotations

from math import prod

from portal.pipeline.shoter.parameters import ShoterParameters
from portal.results.gene_state import CORE_WHOLE, RECORD_END, has_break, has_cut
from portal.results.loci import EventKind, Locus, Verdict
from portal.results.toxin_core import covered_length, has_start, holds_core, part_of_fold, read_part, residue_ranges


def what_is_left(
    locus: Locus, completeness: float, three_domains: bool, parameters: ShoterParameters
) -> tuple[float, float, tuple[str, ...]]:
    """Return the completeness, the factor for defects, and the names of the defects.

    Args:
        completeness: of all pieces together, as if they were contiguous.
    """
    if locus.verdict in (None, Verdict.INTACT, Verdict.SPLIT):
        return completeness, 1.0, _unseen(locus, three_domains, parameters)
    breaks = [event for event in locus.events if event.kind in _FACTORS]
    whole = part_of_fold(locus, residue_ranges(locus), parameters, three_domains=three_domains)
    read = read_part(locus, parameters, three_domains=three_domains)
    if not breaks:
        factor, flags = _cut(locus, parameters)
        return min(completeness, whole), factor, flags + _of_core(flags, three_domains, read)
    mended = whole * prod(getattr(parameters, _FACTORS[event.kind]) for event in breaks)
    flags = tuple(dict.fromkeys(_FLAGS[event.kind] for event in breaks))
    cut = parameters.factor_contig_edge if _is_cut(locus) else 1.0
    flags += _of_core(flags, three_domains, read)
    return completeness, cut * max(mended, parameters.factor_remnant * read), flags


def _unseen(locus: Locus, three_domains: bool, parameters: ShoterParameters) -> tuple[str, ...]:
    """Return the flags of a gene without a break of which unknown letters hide a part: it keeps its weight."""
    if not locus.is_seen_in_part:
        return ()
    flags = ("contig_edge",)
    hidden = min(event.residue for event in locus.events if event.kind in (EventKind.UNKNOWN, EventKind.GAP))
    before = [(start, min(end, hidden - 1)) for start, end in residue_ranges(locus) if start < hidden]
    seen = part_of_fold(locus, before, parameters, three_domains=three_domains) if has_start(before) else 0.0
    return flags + _of_core(flags, three_domains, seen)


def _of_core(flags: tuple[str, ...], three_domains: bool, read: float) -> tuple[str, ...]:
    """Return a flag more where what is read of a broken or cut three-domain gene holds its whole toxin core."""
    is_damaged = has_break(flags) or has_cut(flags)
    return (CORE_WHOLE,) if three_domains and is_damaged and holds_core(read) else ()


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
    starts = has_start(residue_ranges(locus))
    factor = parameters.factor_remnant if starts else parameters.factor_internal_stop
    is_part = any(event.kind == EventKind.RECORD_END for event in locus.events)
    return factor, (RECORD_END if is_part else "remnant",)


def _is_cut(locus: Locus) -> bool:
    """Return whether the end of a contig cut off more of the gene than relatives differ by."""
    return _lacks(locus, EventKind.CONTIG_END, EventKind.GAP_END)


def _lacks(locus: Locus, *kinds: EventKind) -> bool:
    """Return whether there are events of these kinds, and more of the gene is missing than relatives differ by."""
    length = locus.reference_length or 1
    found = any(event.kind in kinds for event in locus.events)
    return found and covered_length(residue_ranges(locus), length) < 0.95 * length
