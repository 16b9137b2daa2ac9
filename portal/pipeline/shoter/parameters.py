"""All scoring parameters that a user may change, with default, range and meaning."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from portal.domain.errors import InvalidRequest, InvalidValue, by_field
from portal.domain.message import Message
from portal.results.toxin_core import UsualScale

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off", ""})


def _number(default: float, low: float, high: float, text: str) -> float:
    value: float = field(default=default, metadata={"low": low, "high": high, "text": text})
    return value


def _count(default: int, low: int, high: int, text: str) -> int:
    value: int = field(default=default, metadata={"low": low, "high": high, "text": text})
    return value


def _flag(default: bool, text: str) -> bool:
    value: bool = field(default=default, metadata={"text": text})
    return value


@dataclass(frozen=True)
class ShoterParameters:
    """Parameters of one run; all appear in every output.

    Raises:
        InvalidRequest: with one entry per wrong field, on construction.
    """

    min_identity: float = _number(0.0, 0, 1, "drop hits below this identity to the best reference")
    min_coverage: float = _number(0.0, 0, 1, "drop hits below this alignment length / reference length")
    allow_unknown_families: bool = _flag(True, "keep hits of families that the specificity table lacks")
    require_index_hit: bool = _flag(False, "keep only hits whose name, subfamily or family has a record")
    evidence_blast_only: float = _number(0.95, 0, 1, "weight of a hit found by BLAST but not by HMM")
    evidence_hmm_only: float = _number(0.2, 0, 1, "weight of a hit found by HMM alone")
    completeness_two_domains: float = _number(
        UsualScale.completeness_two_domains, 0, 1, "three-domain toxin of which two domains are there"
    )
    completeness_one_domain: float = _number(
        UsualScale.completeness_one_domain, 0, 1, "three-domain toxin of which one domain is there"
    )
    core_length: int = _count(
        UsualScale.core_length, 300, 1500, "residues of a three-domain protoxin that hold the toxin core"
    )
    core_covered: float = _number(0.9, 0.5, 1, "covered part of the toxin core from which no domain is missing")
    coverage_midpoint: float = _number(
        UsualScale.coverage_midpoint, 0.1, 1, "coverage at which another fold counts half"
    )
    coverage_slope: float = _number(UsualScale.coverage_slope, 0.005, 1, "width of that step")
    factor_internal_stop: float = _number(0.1, 0, 1, "weight factor of a gene with a stop inside")
    factor_frameshift: float = _number(
        0.5, 0, 1, "weight factor of a gene with a frameshift, which reading may have made"
    )
    factor_insertion: float = _number(0.1, 0, 1, "weight factor of a gene with an insertion element inside")
    factor_remnant: float = _number(0.9, 0, 1, "weight factor of a gene that ends early, or has lost a part, at most")
    factor_contig_edge: float = _number(0.5, 0, 1, "weight factor of a gene cut by the end of its contig")
    factor_partner_missing: float = _number(0.1, 0, 1, "weight factor of one half of a pair")
    factor_other_contig: float = _number(0.9, 0, 1, "weight factor of a pair whose halves lie on two contigs")
    copy_identity: float = _number(95.0, 50, 100, "percent identity from which two genes are copies")
    fragment_overlap: float = _number(0.10, 0, 0.5, "overlap up to which two pieces are fragments of one gene")
    strength_a: float = _number(0.95, 0, 0.999, "evidence A: quantified, purified protein")
    strength_b: float = _number(0.80, 0, 0.999, "evidence B")
    strength_c: float = _number(0.50, 0, 0.999, "evidence C: patent, strain, in vitro, or source not read")
    weak_factor: float = _number(0.4, 0, 1, "factor of a record that reports a weak effect")
    shrinkage: float = _number(0.7, 0.01, 10, "pseudo-count that pulls sparse families to zero (k)")
    negative_factor: float = _number(2.0, 0, 10, "what a negative result counts beside a positive one")
    silence: float = _number(0.5, 0, 5, "how much a well-known toxin's silence on an order counts against it")
    family_exponent: float = _number(0.5, 0, 1, "exponent of the second and later toxins of a family")
    draws: int = _count(2000, 100, 20000, "random draws behind an interval")
    seed: int = _count(20250101, 0, 2**31 - 1, "seed of the draws")

    def __post_init__(self) -> None:
        errors: dict[str, list[Message]] = {}
        for item in fields(self):
            problem = _problem(getattr(self, item.name), item.type == "bool", item.type == "int", item.metadata)
            if problem:
                errors[item.name] = [problem]
        if errors:
            raise InvalidRequest(Message("request.scoring", problems=by_field(errors)), errors=errors)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> ShoterParameters:
        """Read parameters from a form, an API call or a record; ignore names that are not Shoter's.

        Raises:
            InvalidRequest: a value is not a number or a Boolean, or is out of range.
        """
        taken: dict[str, Any] = {}
        errors: dict[str, list[Message]] = {}
        for item in fields(cls):
            if values.get(item.name) is None:
                continue
            try:
                taken[item.name] = _convert(values[item.name], str(item.type))
            except InvalidValue as error:
                errors[item.name] = [error.message]
        if errors:
            raise InvalidRequest(Message("request.scoring", problems=by_field(errors)), errors=errors)
        return cls(**taken)

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters in their order, ready for JSON."""
        return asdict(self)

    def strength(self, grade: str) -> float:
        """Return the weight of a record of grade A, B or C."""
        return {"A": self.strength_a, "B": self.strength_b, "C": self.strength_c}[grade]


def _problem(value: object, is_flag: bool, is_count: bool, limits: Mapping[str, Any]) -> Message | None:
    if is_flag:
        return None if isinstance(value, bool) else Message("value.flag")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return Message("value.number")
    if is_count and not isinstance(value, int):
        return Message("value.whole_number")
    if not math.isfinite(value) or not limits["low"] <= value <= limits["high"]:
        return Message("value.range", lowest=limits["low"], highest=limits["high"])
    return None


def _convert(value: object, kind: str) -> object:
    if kind == "bool":
        if isinstance(value, bool):
            return value
        text = str(value).strip().lower()
        if text in _TRUE or text in _FALSE:
            return text in _TRUE
        raise InvalidValue(Message("value.flag"))
    if isinstance(value, bool):
        raise InvalidValue(Message("value.number"))
    try:
        return int(str(value)) if kind == "int" else float(str(value))
    except ValueError:
        raise InvalidValue(Message("value.whole_number") if kind == "int" else Message("value.number")) from None
