"""Hand-computed examples of point 2 of docs/science/method.md."""

from __future__ import annotations

import math

import pytest

from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.weights import (
    evidence_weight,
    flag_factor,
    three_domain_completeness,
)
from portal.results.toxin_core import covered_length, fold_completeness

P = ShoterParameters()


@pytest.mark.parametrize(
    ("blast", "hmm", "weight"), [(True, True, 1.0), (True, False, 0.95), (False, True, 0.2), (False, False, 0.0)]
)
def test_what_found_it_decides_the_evidence(blast: bool, hmm: bool, weight: float) -> None:
    assert evidence_weight(blast, hmm, P) == weight


def test_other_folds_need_the_whole_chain() -> None:
    assert fold_completeness(0.70, P) == pytest.approx(0.5)
    assert fold_completeness(1.0, P) == pytest.approx(1 / (1 + math.exp(-5)))
    assert fold_completeness(1.4, P) == fold_completeness(1.0, P)
    assert fold_completeness(0.0, P) < 1e-4


def calls(n: bool | None, m: bool | None, c: bool | None, mid: bool | None = None) -> dict[str, bool | None]:
    return {"Endotoxin_N": n, "Endotoxin_M": m, "Endotoxin_C": c, "Endotoxin_mid": mid}


@pytest.mark.parametrize(
    ("domains", "core", "expected"),
    [
        (calls(True, True, True), 0.5, 1.0),
        (calls(True, True, False), 0.5, 0.3),
        (calls(True, False, False), 0.5, 0.05),
        (calls(False, False, False), 0.2, 0.05),
        (calls(True, False, True, True), 0.5, 1.0),  # Endotoxin_mid stands for M
        (calls(True, False, False), 1.0, 1.0),  # Cry11Aa: the profiles miss two domains of a complete toxin
        (calls(None, None, None), 0.70, 0.5),  # nobody looked: the covered core decides
        (calls(None, None, None), None, 1.0),
    ],
)
def test_domains_decide_on_three_domain_toxins(
    domains: dict[str, bool | None], core: float | None, expected: float
) -> None:
    assert three_domain_completeness(domains, core, P) == pytest.approx(expected)


def test_defects_multiply_and_are_named() -> None:
    assert flag_factor(False, False, P) == (1.0, ())
    factor, flags = flag_factor(True, True, P)
    assert factor == pytest.approx(0.05)
    assert flags == ("internal_stop", "contig_edge")


def test_covered_length_counts_every_residue_once() -> None:
    assert covered_length([(1, 100), (51, 150)], 1000) == 150
    assert covered_length([(51, 150), (1, 100)], 120) == 120
    assert covered_length([(10, 20), (30, 40)], 1000) == 22
    assert covered_length([(500, 900)], 400) == 0
