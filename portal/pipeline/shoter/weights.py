"""The weight of a gene: evidence x completeness x flags, each between 0 and 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.pipeline.shoter.parameters import ShoterParameters
from portal.results.toxin_core import fold_completeness


@dataclass(frozen=True)
class Weight:
    """The factors of a weight, and the flags to show."""

    evidence: float
    completeness: float
    factor: float
    flags: tuple[str, ...]

    @property
    def value(self) -> float:
        return self.evidence * self.completeness * self.factor


def evidence_weight(blast: bool, hmm: bool, parameters: ShoterParameters) -> float:
    """Return the weight of the detection method. SVM alone counts 0: its calls change from run to run."""
    if blast:
        return 1.0 if hmm else parameters.evidence_blast_only
    return parameters.evidence_hmm_only if hmm else 0.0


def three_domain_completeness(
    domains: Mapping[str, bool | None], core_coverage: float | None, parameters: ShoterParameters
) -> float:
    """Return the completeness of a three-domain toxin.

    The C-terminal half of a 130 kDa protoxin is not needed, so the domains decide and not the coverage. Domain profiles
    miss domains in whole families (no Endotoxin_M in Cry2, Cry5 and Cry21, neither M nor C in Cry11), and some carry
    Endotoxin_mid in place of M: if the alignment covers the reference's toxin core, nothing is missing.

    Args:
        domains: calls by column name; None if not searched.
        core_coverage: covered fraction of the reference's toxin core; None without an alignment.
    """
    if core_coverage is not None and core_coverage >= parameters.core_covered:
        return 1.0
    calls = [domains.get("Endotoxin_N"), _either(domains, "Endotoxin_M", "Endotoxin_mid"), domains.get("Endotoxin_C")]
    if any(call is None for call in calls):
        return 1.0 if core_coverage is None else fold_completeness(core_coverage, parameters)
    found = sum(bool(call) for call in calls)
    if found == 3:
        return 1.0
    return parameters.completeness_two_domains if found == 2 else parameters.completeness_one_domain


def _either(domains: Mapping[str, bool | None], *names: str) -> bool | None:
    known = [domains[name] for name in names if domains.get(name) is not None]
    return any(known) if known else None


def flag_factor(internal_stop: bool, is_cut: bool, parameters: ShoterParameters) -> tuple[float, tuple[str, ...]]:
    """Return the factor for a gene's defects, and their names."""
    factor = 1.0
    flags: list[str] = []
    if internal_stop:
        factor *= parameters.factor_internal_stop
        flags.append("internal_stop")
    if is_cut:
        factor *= parameters.factor_contig_edge
        flags.append("contig_edge")
    return factor, tuple(flags)
