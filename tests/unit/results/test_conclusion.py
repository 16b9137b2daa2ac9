"""The rule of docs/science/method.md, "What a strain acts on", case by case, and how well it holds on known strains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.scoring import Scorer
from portal.pipeline.shoter.specificity.table import load_table
from portal.pipeline.shoter.tiers import settle_tiers
from portal.pipeline.shoter.validation.strains import known_units, read_strains
from portal.results.conclusion import AssessedTarget, Assessment, Caution, Conclusion, Outcome, conclude
from portal.results.scores import OrderScore, ScoredHit, ScoredUnit, ScoreState, Tier, UnitShare
from portal.results.targets import PANELS, TARGET_ORDER, UNKNOWN_STATES, Panel

STRAINS = Path(__file__).parents[2] / "data" / "strains"
NO_RECORD = ScoreState.NO_EVIDENCE


def score(target: str, value: float | None, low: float | None = None, **changes: Any) -> OrderScore:
    values: dict[str, Any] = {
        "target": target, "panel": PANELS[target], "score": value, "low": value if low is None else low, "high": value,
        "state": ScoreState.TESTED if value is not None else NO_RECORD, "tier": Tier.SECONDARY, "grade": "B",
        "unverified_share": 0.0, "trials": None, "units": (),
    }  # fmt: skip
    return OrderScore(**values | changes)


def hit(**changes: Any) -> ScoredHit:
    values: dict[str, Any] = {
        "protein_id": "p", "hit_name": "Cry1Ac1", "name_2020": "Cry1Ac1", "name_1998": None, "identity_percent": 99.0,
        "coverage_percent": 100.0, "rank": "Rank4", "blast": True, "hmm": True, "svm": False, "domains": {},
        "contig": "c", "start": 1, "end": 9, "unit_id": "u1", "kept": True, "dropped_reason": None, "flags": (),
        "ties": (),
    }  # fmt: skip
    return ScoredHit(**values | changes)


def said(*scores: OrderScore) -> dict[str, tuple[Assessment, Caution | None]]:
    conclusion = conclude(scores, [hit()], [])
    return {each.target: (each.assessment, each.caution) for each in conclusion.all}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (score("Diptera", 0.7, 0.35), (Assessment.LIKELY, None)),
        (score("Diptera", 0.6999, 0.5), (Assessment.POSSIBLE, None)),
        (score("Diptera", 0.99, 0.3499), (Assessment.POSSIBLE, Caution.WIDE_INTERVAL)),
        (score("Diptera", 0.35, 0.0), (Assessment.POSSIBLE, None)),
        (score("Diptera", 0.3499), (Assessment.LITTLE_SUPPORT, None)),
        (score("Diptera", 0.0), (Assessment.LITTLE_SUPPORT, None)),
        (score("Diptera", 0.8, 0.7, state=ScoreState.INHERITED), (Assessment.LIKELY, None)),
        (score("Diptera", 0.09, state=ScoreState.PARTNER_MISSING, tier=Tier.NONE), (Assessment.LITTLE_SUPPORT, None)),
        (score("Diptera", 0.9, state=ScoreState.NEGATIVE_ONLY, tier=Tier.NONE), (Assessment.INACTIVE, None)),
        (score("Diptera", None), (Assessment.NO_RECORD, None)),
        (score("Diptera", None, 0.0, state=ScoreState.INCONCLUSIVE), (Assessment.UNDECIDED, None)),
    ],
)
def test_one_target(given: OrderScore, expected: tuple[Assessment, Caution | None]) -> None:
    assert said(given) == {"Diptera": expected}


def test_beside_a_likely_primary_target_others_are_possible() -> None:
    """A measured psyllid and a measured dozen of moths are not named in one breath."""
    moths = score("Lepidoptera", 0.9, tier=Tier.PRIMARY)
    found = said(score("Hemiptera", 0.99), moths, score("Diptera", 0.9, tier=Tier.PRIMARY))
    assert found["Lepidoptera"] == found["Diptera"] == (Assessment.LIKELY, None)
    assert found["Hemiptera"] == (Assessment.POSSIBLE, Caution.BESIDE_PRIMARY)
    assert said(score("Hemiptera", 0.99))["Hemiptera"] == (Assessment.LIKELY, None)
    weak_primary = score("Lepidoptera", 0.5, tier=Tier.PRIMARY)
    assert said(score("Hemiptera", 0.99), weak_primary)["Hemiptera"] == (Assessment.LIKELY, None)


def test_pests_and_others_do_not_outrank_each_other() -> None:
    cells = score("Human cancer cells", 0.95, tier=Tier.PRIMARY)
    conclusion = conclude([cells, score("Diptera", 0.9)], [hit()], [])
    assert conclusion.pest == (AssessedTarget("Diptera", Assessment.LIKELY),)
    assert conclusion.non_pest == (AssessedTarget("Human cancer cells", Assessment.LIKELY),)
    alone = conclude([cells, score("Diptera", None)], [hit()], [])
    assert (alone.outcome, alone.likely, alone.besides) == (Outcome.NO_RECORD, (), ("Human cancer cells",))


def test_targets_are_told_by_what_is_said_then_by_score() -> None:
    found = said(
        score("Mollusca", None),
        score("Coleoptera", 0.99, 0.1),
        score("Nematoda", 0.2),
        score("Acari", 0.9, state=ScoreState.NEGATIVE_ONLY),
        score("Diptera", 0.8),
        score("Lepidoptera", 0.9),
        score("Hemiptera", 0.4),
    )
    order = ["Lepidoptera", "Diptera", "Coleoptera", "Hemiptera", "Nematoda", "Acari", "Mollusca"]
    assert list(found) == order


@pytest.mark.parametrize(
    ("scores", "hits", "outcome"),
    [
        ([score("Diptera", 0.9)], [], Outcome.NO_TOXINS),
        ([score("Diptera", None)], [hit(blast=False, hmm=False, svm=True, kept=False)], Outcome.NO_TOXINS),
        ([score("Diptera", None)], [hit(kept=False)], Outcome.NOT_SCORED),
        ([score("Diptera", None)], [hit()], Outcome.NO_RECORD),
        ([score("Diptera", 0.1), score("Acari", None)], [hit()], Outcome.NONE_SUPPORTED),
        ([score("Diptera", 0.9, state=ScoreState.NEGATIVE_ONLY)], [hit()], Outcome.NONE_SUPPORTED),
        ([score("Diptera", None, 0.0, state=ScoreState.INCONCLUSIVE)], [hit()], Outcome.NONE_SUPPORTED),
        ([score("Diptera", 0.5), score("Acari", 0.1)], [hit(), hit(kept=False)], Outcome.POSSIBLE),
        ([score("Diptera", 0.9), score("Acari", 0.5)], [hit(blast=False)], Outcome.LIKELY),
        ([], [hit()], Outcome.NO_RECORD),
    ],
)
def test_the_strain(scores: list[OrderScore], hits: list[ScoredHit], outcome: Outcome) -> None:
    assert conclude(scores, hits, []).outcome is outcome


def unit(unit_id: str, *flags: str) -> ScoredUnit:
    return ScoredUnit(
        unit_id=unit_id, name="Cry1Ac1", name_1998=None, family="Cry1", kind="single", hits=("p",), copies=1,
        weight=1.0, evidence=1.0, completeness=1.0, identity_percent=99.0, flags=flags, partner_missing=None,
    )  # fmt: skip


def share(unit_id: str, contribution: float = 0.2, state: ScoreState = ScoreState.TESTED) -> UnitShare:
    return UnitShare(
        unit_id=unit_id, family="Cry1", weight=1.0, probability=contribution, rho=1.0, contribution=contribution,
        state=state, records=(), inherited_records=(),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("scores", "is_told"),
    [
        ([score("Diptera", 0.2, units=(share("stop"), share("shift")))], True),
        ([score("Diptera", 0.8, units=(share("stop"),))], True),
        ([score("Diptera", 0.2, units=(share("stop"), share("cut")))], False),  # the strain may have that gene whole
        ([score("Diptera", 0.2, units=(share("stop"), share("whole")))], False),
        ([score("Diptera", 0.2, units=(share("stop"), share("whole", 0.0)))], True),
        ([score("Diptera", 0.2, units=(share("stop"), share("whole", state=ScoreState.NEGATIVE_ONLY)))], True),
        ([score("Diptera", 0.2, units=(share("stop", state=ScoreState.NEGATIVE_ONLY),))], False),
        ([score("Diptera", 0.2, units=(share("stop"),)), score("Acari", 0.1, units=(share("whole"),))], False),
        (
            [score("Diptera", 0.2, units=(share("stop"),)), score("Human cancer cells", 0.9, units=(share("whole"),))],
            True,
        ),
        ([score("Human cancer cells", 0.2, units=(share("stop"),))], False),
        ([score("Diptera", None, units=(share("stop"),))], False),
        ([], False),
    ],
)
def test_it_says_whether_all_that_would_act_is_broken(scores: list[OrderScore], is_told: bool) -> None:
    units = [unit("whole"), unit("cut", "contig_edge"), unit("stop", "internal_stop"), unit("shift", "frameshift")]
    assert conclude(scores, [hit()], units).genes_broken is is_told


@pytest.mark.parametrize(
    ("shares", "genes"),
    [
        (("cut",), "cut"),
        (("cut", "stop"), "cut"),
        (("stop",), "broken"),
        (("cut", "whole"), "whole"),
        (("cut", "core"), "whole"),  # cut behind its core: what acts was seen
        ((), "whole"),
    ],
)
def test_it_says_whether_of_all_that_would_act_only_parts_were_seen(shares: Sequence[str], genes: str) -> None:
    units = [unit("whole"), unit("cut", "contig_edge"), unit("stop", "internal_stop")]
    units.append(unit("core", "contig_edge", "core_whole"))
    found = conclude([score("Diptera", 0.5, units=tuple(map(share, shares)))], [hit()], units)
    assert (found.genes_behind, found.genes_cut, found.genes_broken) == (genes, genes == "cut", genes == "broken")


@pytest.mark.parametrize(
    ("value", "shares", "assessment"),
    [
        (0.2, ("cut",), Assessment.CANNOT_BE_TOLD),
        (0.2, ("cut", "stop"), Assessment.CANNOT_BE_TOLD),
        (0.2, ("stop",), Assessment.LITTLE_SUPPORT),
        (0.2, ("cut", "whole"), Assessment.LITTLE_SUPPORT),
        (0.2, ("cut", "core"), Assessment.LITTLE_SUPPORT),
        (0.0, (), Assessment.LITTLE_SUPPORT),
        (0.5, ("cut",), Assessment.POSSIBLE),
        (0.9, ("cut",), Assessment.LIKELY),
    ],
)
def test_a_low_score_of_genes_seen_only_in_part_is_no_answer(
    value: float, shares: Sequence[str], assessment: Assessment
) -> None:
    """For the targets that rest on such genes, whatever the strain has beside them; of pests and others alike."""
    units = [unit("whole"), unit("cut", "contig_edge"), unit("stop", "internal_stop")]
    units.append(unit("core", "contig_edge", "core_whole"))
    found = conclude(
        [
            score("Diptera", value, units=tuple(map(share, shares))),
            score("Human cancer cells", value, units=tuple(map(share, shares))),
            score("Acari", 0.1, units=(share("whole"),)),
        ],
        [hit()],
        units,
    )
    assert [found.of(target).assessment for target in ("Diptera", "Human cancer cells")] == [assessment] * 2
    assert found.of("Acari").assessment is Assessment.LITTLE_SUPPORT


@pytest.mark.parametrize(
    ("hits", "outcome"),
    [
        ([], Outcome.MOSTLY_UNKNOWN),
        ([hit(blast=False, hmm=False, svm=True, kept=False)], Outcome.MOSTLY_UNKNOWN),
        ([hit(kept=False)], Outcome.NOT_SCORED),
        ([hit()], Outcome.LIKELY),
    ],
)
def test_no_toxin_in_a_genome_of_which_little_is_known_is_no_answer(hits: list[ScoredHit], outcome: Outcome) -> None:
    assert conclude([score("Diptera", 0.9)], hits, [], mostly_unknown=True).outcome is outcome


def test_a_target_without_a_score_has_no_record() -> None:
    assert conclude([], [hit()], []).of("Diptera") == AssessedTarget("Diptera", Assessment.NO_RECORD)


@pytest.mark.parametrize(("leave_own_out", "documented", "called"), [(False, 34, 39), (True, 33, 39)])
def test_what_is_called_likely_on_fresh_strains(leave_own_out: bool, documented: int, called: int) -> None:
    """The shares of docs/science/method.md; a change of scores or facts may raise them, and the docs with them."""
    parameters = ShoterParameters()
    scorer = Scorer.build(load_table(None).facts, parameters)
    targets = [target for target in TARGET_ORDER if target in scorer.index.order_of]
    likely = hosts = 0
    for strain in read_strains((STRAINS / "fresh_strains_open.csv").read_bytes()):
        units = known_units(strain, parameters)
        found = [scorer.score(strain.strain_id, units, each, leave_own_out=leave_own_out) for each in targets]
        for name in conclusion_of(settle_tiers(found, parameters)).likely:
            likely += name not in strain.secondary
            hosts += name in strain.primary
    assert hosts / likely >= documented / called - 0.01


def conclusion_of(scores: Any) -> Conclusion:
    return conclude(
        [
            score(
                each.target,
                None if each.state in UNKNOWN_STATES else each.score,
                each.low,
                state=ScoreState(each.state),
                tier=Tier(each.tier),
                panel=Panel(PANELS[each.order]),
            )
            for each in scores
        ],
        [hit()],
        [],
    )
