"""Upgrade result documents of earlier formats. Takes decoded JSON; a missing field is a KeyError.

In format 1 (up to version 0.1), identity and coverage had no unit in their names, a hit's coverage was a fraction
beside an identity in percent, an untested target had the score 0, tests were not counted, a record's address was any
page about it, and there was no conclusion.
"""

from __future__ import annotations

from typing import Any

import msgspec

from portal.results.conclusion import conclude
from portal.results.scores import OrderScore, ScoredHit, ScoredUnit
from portal.results.sources import lasting_address
from portal.typed_json import convert

Row = dict[str, Any]


def unchanged(data: Row) -> Row:
    """Return a document whose fields are the same in both formats."""
    return _renumbered(data)


def toxins_from_1(data: Row) -> Row:
    """Return `toxins.json`."""
    for gene in data["toxins"]:
        gene["identity_percent"] = gene.pop("identity")
        gene["coverage_percent"] = gene.pop("coverage")
    return _renumbered(data)


def scores_from_1(data: Row) -> Row:
    """Return `strain_scores.json`, with the conclusion that the scores lead to."""
    for strain in data["strains"]:
        for order in strain["orders"]:
            _unknown_is_none(order)
        for unit in strain["units"]:
            unit["identity_percent"] = unit.pop("identity")
        for hit in strain["hits"] + strain["accessory"]:
            hit["identity_percent"] = hit.pop("identity")
            coverage = hit.pop("coverage")
            hit["coverage_percent"] = None if coverage is None else round(100.0 * coverage, 2)
        scores = convert(strain["orders"], tuple[OrderScore, ...])
        hits = convert(strain["hits"], tuple[ScoredHit, ...])
        units = convert(strain["units"], tuple[ScoredUnit, ...])
        strain["conclusion"] = msgspec.to_builtins(conclude(scores, hits, units))
    _only_lasting_addresses(data)
    return _renumbered(data)


def species_from_1(data: Row) -> Row:
    """Return `strain_species_scores.json`."""
    for strain in data["strains"]:
        for species in strain["species"]:
            _unknown_is_none(species)
    _only_lasting_addresses(data)
    return _renumbered(data)


def _only_lasting_addresses(data: Row) -> None:
    for record in data["records"].values():
        record["url"] = lasting_address(record["doi"], record["url"])


def _unknown_is_none(score: Row) -> None:
    score.setdefault("trials", None)
    if score["state"] == "no_evidence":
        score["score"] = score["low"] = score["high"] = None
    elif score["state"] == "inconclusive":
        score["score"] = None


def _renumbered(data: Row) -> Row:
    return {**data, "schema": 2}
