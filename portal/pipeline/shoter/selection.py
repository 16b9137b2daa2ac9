"""Select the rows of a strain to score, with a short reason for each of the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from portal.domain.message import Message
from portal.pipeline.shoter.evidence import EvidenceIndex
from portal.pipeline.shoter.hits import Hit
from portal.pipeline.shoter.parameters import ShoterParameters

# Minimum identity at which records of the family apply.
REACH_PERCENT = 45.0


@dataclass(frozen=True)
class Selection:
    """The rows of one strain: kept, dropped with the reason, and accessory proteins."""

    kept: tuple[Hit, ...]
    dropped: tuple[tuple[Hit, Message], ...]
    accessory: tuple[Hit, ...]


def select_hits(hits: Iterable[Hit], index: EvidenceIndex, parameters: ShoterParameters) -> Selection:
    """Sort the rows of one strain."""
    kept: list[Hit] = []
    dropped: list[tuple[Hit, Message]] = []
    accessory: list[Hit] = []
    for hit in hits:
        if hit.is_accessory:
            accessory.append(hit)
        elif reason := _reason_to_drop(hit, index, parameters):
            dropped.append((hit, reason))
        else:
            kept.append(hit)
    return Selection(tuple(kept), tuple(dropped), tuple(accessory))


def _reason_to_drop(hit: Hit, index: EvidenceIndex, parameters: ShoterParameters) -> Message | None:
    if not hit.blast and not hit.hmm:
        return Message("drop.svm_only") if hit.svm else Message("drop.no_method")
    if reason := _identity_below(hit.gene_identity, parameters.min_identity):
        return reason
    if reason := _coverage_below(hit.gene_coverage, parameters.min_coverage):
        return reason
    is_known = hit.blast and index.knows(hit.ranks, hit.name_2020)
    if not parameters.allow_unknown_families and not is_known:
        return Message("drop.unknown_family", family=str(hit.family))
    reaches_record = is_known and hit.gene_identity is not None and hit.gene_identity >= REACH_PERCENT
    if parameters.require_index_hit and not reaches_record:
        return Message("drop.no_record_in_reach", percent=REACH_PERCENT)
    return None


def _identity_below(percent: float | None, least: float) -> Message | None:
    if least <= 0.0:
        return None
    limit = 100 * least
    if percent is None:
        return Message("drop.no_identity", limit=limit)
    return Message("drop.identity", percent=percent, limit=limit) if percent / 100.0 < least else None


def _coverage_below(share: float | None, least: float) -> Message | None:
    if least <= 0.0:
        return None
    limit = 100 * least
    if share is None:
        return Message("drop.no_coverage", limit=limit)
    return Message("drop.coverage", percent=100 * share, limit=limit) if share < least else None
