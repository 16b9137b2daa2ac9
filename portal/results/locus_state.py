"""What is to be said of a gene beside its verdict, for whatever shows its state in a few words."""

from __future__ import annotations

from enum import StrEnum

from portal.results.loci import EventKind, Locus, Verdict
from portal.results.toxin_core import is_altered_behind_core


class Qualified(StrEnum):
    """A state that the verdict alone would tell wrongly, or not in full.

    The values with `_behind_core` are of genes that are altered behind a toxin core that is whole: they are not broken.
    """

    UNKNOWN_INSIDE = "unknown_inside"
    NO_STOP = "no_stop"
    NO_START = "no_start"
    IN_PART = "in_part"
    STOP_BEHIND_CORE = "premature_stop_behind_core"
    FRAMESHIFT_BEHIND_CORE = "frameshift_behind_core"
    INSERTION_BEHIND_CORE = "insertion_behind_core"
    REMNANT_BEHIND_CORE = "remnant_behind_core"


_BEHIND_CORE = {
    Verdict.PREMATURE_STOP: Qualified.STOP_BEHIND_CORE,
    Verdict.FRAMESHIFT: Qualified.FRAMESHIFT_BEHIND_CORE,
    Verdict.INSERTION: Qualified.INSERTION_BEHIND_CORE,
    Verdict.REMNANT: Qualified.REMNANT_BEHIND_CORE,
}


def qualified(locus: Locus) -> Qualified | None:
    """Return the state of a gene beside its verdict; None where the verdict says all."""
    if locus.verdict is Verdict.REMNANT and is_in_part(locus):
        return Qualified.IN_PART
    if locus.is_whole and locus.unknown_letters:
        return Qualified.UNKNOWN_INSIDE
    if locus.verdict is Verdict.INTACT and locus.has_no_start:
        return Qualified.NO_START
    if locus.verdict is Verdict.INTACT and locus.has_no_stop:
        return Qualified.NO_STOP
    if locus.verdict is not None and is_altered_behind_core(locus):
        return _BEHIND_CORE[locus.verdict]
    return None


def gene_state(locus: Locus) -> str:
    """Return the verdict of a gene as it is to be counted, for tables: qualified where it alone would tell wrongly."""
    return str(qualified(locus) or locus.verdict or "")


def is_in_part(locus: Locus) -> bool:
    """Tell whether the gene ends where its sequence in the file does."""
    return any(event.kind == EventKind.RECORD_END for event in locus.events)
