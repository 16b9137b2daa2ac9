"""Which rows of a strain are scored, and in a few words why the others are not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portal.pipeline.shoter.evidence import EvidenceIndex
from portal.pipeline.shoter.hits import Hit
from portal.pipeline.shoter.parameters import ShoterParameters


@dataclass(frozen=True)
class Selection:
    """The rows of one strain: kept ones, dropped ones with the reason, and accessory proteins."""

    kept: tuple[Hit, ...]
    dropped: tuple[tuple[Hit, str], ...]
    accessory: tuple[Hit, ...]


def select_hits(hits: Iterable[Hit], index: EvidenceIndex, parameters: ShoterParameters) -> Selection:
    """Sort the rows of one strain."""
    kept: list[Hit] = []
    dropped: list[tuple[Hit, str]] = []
    accessory: list[Hit] = []
    for hit in hits:
        if hit.is_accessory:
            accessory.append(hit)
        elif reason := _reason_to_drop(hit, index, parameters):
            dropped.append((hit, reason))
        else:
            kept.append(hit)
    return Selection(tuple(kept), tuple(dropped), tuple(accessory))


def _reason_to_drop(hit: Hit, index: EvidenceIndex, parameters: ShoterParameters) -> str | None:
    if not hit.blast and not hit.hmm:
        return "found by SVM alone, which is no evidence" if hit.svm else "found by no method"
    if reason := _below(hit.gene_identity, 100.0, parameters.min_identity, "identity"):
        return reason
    if reason := _below(hit.gene_coverage, 1.0, parameters.min_coverage, "coverage"):
        return reason
    is_known = hit.blast and index.knows(hit.ranks, hit.name_2020)
    if not parameters.allow_unknown_families and not is_known:
        return f"family {hit.family} has no record, and unknown families are not allowed"
    reaches_record = is_known and hit.gene_identity is not None and hit.gene_identity >= 45.0
    if parameters.require_index_hit and not reaches_record:
        return "no record within reach (name, subfamily or family at 45 % identity or more), and one is required"
    return None


def _below(value: float | None, whole: float, limit: float, what: str) -> str | None:
    if limit <= 0.0:
        return None
    if value is None:
        return f"no {what} known (found by HMM alone), at least {100 * limit:g} % is required"
    if value / whole < limit:
        return f"{what} {100 * value / whole:.1f} % is below {100 * limit:g} %"
    return None
