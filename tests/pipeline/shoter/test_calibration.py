"""The calibration: its curves, when it applies, that it is never in-sample without saying so, and its command."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.shoter import calibrate, validate
from portal.domain.errors import InvalidInput
from portal.pipeline.shoter.calibration import SHIPPED_CALIBRATION, Curve, load_calibration, logistic, logit
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import run_shoter
from portal.pipeline.shoter.specificity.table import SHIPPED_TABLE, load_table
from portal.pipeline.shoter.validation.calibration_report import BEGIN, END, study
from portal.pipeline.shoter.validation.cells import ValidationCell, gap, reliability
from portal.pipeline.shoter.validation.fit import LEAST, cross_validated, fit_curves, groups_of
from portal.pipeline.shoter.validation.orders import gap_by_chance, reliability_of_shares
from portal.pipeline.shoter.validation.pooling import Spread, pooled_curves
from portal.pipeline.shoter.validation.spreads import nested
from portal.pipeline.shoter.validation.strains import KnownStrain, read_strains, source_keys
from tests.pipeline.shoter.shoter_builders import row, write_table

STRAINS = SHIPPED_TABLE.with_name("calibration_strains.csv")
OLDER = SHIPPED_TABLE.with_name("validation_strains.csv")


def made_cells(number: int, intercept: float, slope: float, seed: int = 1) -> list[ValidationCell]:
    """Return cells whose outcomes were drawn from a known curve."""
    rng = random.Random(seed)
    scores = [rng.uniform(0.02, 0.98) for _ in range(number)]
    return [
        ValidationCell(f"S{place}", "Diptera", score, rng.random() < logistic(intercept + slope * logit(score)))
        for place, score in enumerate(scores)
    ]


def test_a_fit_on_many_cells_finds_the_curve_that_made_them() -> None:
    cells = made_cells(4000, -1.5, 0.8)
    intercept, slope = pooled_curves({"Diptera": [(cell.score, cell.documented) for cell in cells]})["Diptera"]
    assert intercept == pytest.approx(-1.5, abs=0.15)
    assert slope == pytest.approx(0.8, abs=0.1)


def test_a_fit_on_few_cells_stays_near_its_prior() -> None:
    intercept, slope = pooled_curves({"Acari": [(0.9, True), (0.95, True), (0.1, False)]})["Acari"]
    assert -2.0 < intercept < 0.5
    assert 0.7 < slope < 1.8
    separated = pooled_curves({"Acari": [(0.01, False)] * 20 + [(0.99, True)] * 20})["Acari"]
    assert separated[1] < 3.0  # a free fit would have no end


def test_an_order_with_few_strains_leans_on_the_others_and_one_with_many_does_not() -> None:
    """Ten strains at 0.5, five acting, beside orders on which hardly any strain with 0.5 acts."""
    others = {f"Order{place}": [(0.5, acts == 0) for acts in range(10)] * 20 for place in range(3)}

    def at_half(strains: int, spread: Spread) -> float:
        own = [(0.5, True), (0.5, False)] * (strains // 2)
        return logistic(pooled_curves({**others, "Own": own}, spread)["Own"][0])

    assert 0.1 < at_half(10, Spread(0.5, 0.5)) < 0.4
    assert at_half(1000, Spread(0.5, 0.5)) == pytest.approx(0.5, abs=0.02)
    assert at_half(10, Spread(0.01, 0.01)) == pytest.approx(0.11, abs=0.03)
    assert at_half(10, Spread(5.0, 0.5)) == pytest.approx(0.5, abs=0.05)


def test_an_order_with_too_few_acting_strains_has_no_curve() -> None:
    cells = [ValidationCell(f"S{place}", "Acari", 0.5, place < LEAST - 1) for place in range(20)]
    assert fit_curves(cells) == {}
    enough = [ValidationCell(f"S{place}", "Acari", 0.5, place < LEAST) for place in range(20)]
    assert set(fit_curves(enough)) == {"Acari"}
    without_scores = [ValidationCell(f"S{place}", "Acari", 0.0, place < LEAST) for place in range(20)]
    assert fit_curves(without_scores) == {}


def test_a_share_grows_with_the_score_and_stays_within_0_and_1() -> None:
    for curve in load_calibration().curves.values():
        shares = [curve.share(step / 100) for step in range(1, 101)]
        assert shares == sorted(shares)
        assert 0.0 < shares[0]
        assert shares[-1] < 1.0
    assert Curve(-1000.0, 1.0, ()).share(0.5) >= 0.0


def test_strains_of_one_inventory_or_one_source_are_a_group() -> None:
    def strain(name: str, toxins: str, source: str) -> KnownStrain:
        return KnownStrain(name, name, tuple(toxins.split()), ("Diptera",), (), (), source_keys(source))

    groups = groups_of(
        [
            strain("a", "Cry1Ac", "10.1000/1"),
            strain("b", "Cry1Ac", "10.1000/2"),
            strain("c", "Cry2Aa", "10.1000/2; 10.1000/3"),
            strain("d", "Cry3Aa", "10.1000/3"),
            strain("e", "Cry4Aa", "US5512279A"),
            strain("f", "Cry5Aa", "10.1000/9; US 5512279"),
            strain("g", "Cry6Aa", ""),
        ]
    )
    assert len({groups[name] for name in "abcd"}) == 1
    assert groups["e"] == groups["f"] != groups["a"]
    assert len(set(groups.values())) == 3


def test_no_cell_is_judged_by_a_curve_that_it_helped_to_fit() -> None:
    cells = made_cells(40, -1.0, 1.0)
    groups = {cell.strain_id: cell.strain_id for cell in cells}
    shares = cross_validated(cells, groups)
    without_first = fit_curves(cells[1:])["Diptera"]
    assert shares[0] == pytest.approx(without_first.share(cells[0].score))
    # Nor by a spread that was chosen with it: the outcome of the cell itself changes nothing.
    turned = [replace(cells[0], documented=not cells[0].documented), *cells[1:]]
    assert nested(turned, groups)[0] == nested(cells, groups)[0]


def test_the_gap_is_how_far_shares_and_outcomes_lie_apart() -> None:
    bins = reliability([0.1, 0.1, 0.9, 0.9], [0, 1, 1, 1], ((0.0, 0.5), (0.5, 1.0)))
    assert gap(bins) == pytest.approx((2 * 0.4 + 2 * 0.1) / 4)


def test_strains_with_the_same_score_stay_together_however_their_shares_fall() -> None:
    """Cross-validation gives a strain that acts the smaller share: by ranges of the share this looks like an error."""
    cells = [ValidationCell(f"S{place}", "Coleoptera", 0.54, place < 3) for place in range(12)]
    (found,) = reliability_of_shares(cells, [0.24 if cell.documented else 0.26 for cell in cells])
    assert found.gap == pytest.approx(abs((3 * 0.24 + 9 * 0.26) / 12 - 0.25))
    assert found.gap_by_share > 0.3


def test_even_true_shares_differ_from_the_outcomes_of_few_strains() -> None:
    mean, most = gap_by_chance([0.2] * 30, [0.5] * 30)
    assert mean == pytest.approx(0.8 * (0.2 * 0.8 / 30) ** 0.5, rel=0.1)  # mean absolute deviation of a share
    assert mean < most < 0.2
    assert gap_by_chance([0.2] * 3000, [0.5] * 3000)[1] < 0.02
    assert gap_by_chance([0.0, 1.0], [0.1, 0.9]) == (0.0, 0.0)


def test_cross_validated_shares_hold_what_was_asked() -> None:
    """Also where the spread between orders is chosen without the strains that are evaluated."""
    strains = read_strains(STRAINS.read_bytes())
    found = study(strains, STRAINS.name, load_table().facts, load_table().sha256, ShoterParameters(), {})
    orders = {order.order: order for order in found.cross_validated.orders}
    assert set(orders) == {"Lepidoptera", "Diptera", "Coleoptera", "Nematoda"}
    assert {name: order.gap for name, order in orders.items() if order.gap > 0.1} == {}
    for order in found.nested.orders:
        assert max(order.gap, order.gap_by_share) <= 0.1, order.order


def test_the_shipped_calibration_is_what_the_command_makes(tmp_path: Path) -> None:
    out = tmp_path / "calibration.json"
    flags = ["--test", str(OLDER), "--out", str(out)]
    result = CliRunner().invoke(calibrate, [str(STRAINS), *flags])
    assert result.exit_code == 0, result.output
    assert json.loads(out.read_text()) == json.loads(SHIPPED_CALIBRATION.read_text())
    assert "these strains, cross-validated" in result.output
    assert "`validation_strains.csv`, not fitted on | Diptera" in result.output


def test_the_open_strains_hold_what_was_asked(tmp_path: Path) -> None:
    """Per order share and documented part within 0.1; AUC at least .90, own records left out at least .88."""
    out = tmp_path / "v.json"
    result = CliRunner().invoke(validate, [str(STRAINS), "--json", str(out)])
    assert "43 of the 43 strains are in-sample" in result.output
    found = json.loads(out.read_text())
    methods = {method["method"]: method for method in found["methods"]}
    assert methods["Shoter"]["auc"] >= 0.90
    assert methods["Shoter, own records left out"]["auc"] >= 0.88
    calibrated = [order for order in found["orders"] if order["share"] is not None]
    assert {order["order"] for order in calibrated} == {"Lepidoptera", "Diptera", "Coleoptera", "Nematoda"}
    for order in calibrated:
        assert order["gap"] <= 0.1, order["order"]
        assert order["gap_by_share"] <= 0.1, order["order"]
        assert abs(order["share"] - order["documented"]) <= 0.1, order["order"]


def test_each_failed_strain_is_told_why(tmp_path: Path) -> None:
    out = tmp_path / "v.json"
    result = CliRunner().invoke(validate, [str(STRAINS), "--json", str(out)])
    causes = json.loads(out.read_text())["causes"]
    assert causes["N072"]["cause"] == "facts"  # no Cry8 was ever tested on a planthopper
    assert causes["N089"]["cause"] == "formula"  # Cry5Ac on Diprion pini is known, nematodes score higher
    assert {cause["cause"] for cause in causes.values()} <= {"facts", "formula"}
    assert all(cause["why"] for cause in causes.values())
    assert "for want of facts" in result.output


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("C.UTF-8", ("for want of facts", "by the formula", "no positive record of its own on", "below")),
        ("zh_CN.UTF-8", ("缺少事实记录", "评分公式所致", "阳性记录", "得分为")),
    ],
)
def test_the_cause_of_a_failure_is_told_in_the_language_of_the_reader(locale: str, words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(validate, [str(STRAINS)], env={"LC_ALL": locale})
    assert result.exit_code == 1
    table, lines = result.output, [line for line in result.output.splitlines() if line.startswith("FAILED ")]
    assert len(lines) >= 5
    for word in words[:2]:
        assert word in table
        assert any(word in line for line in lines)
    assert all(any(cause in line for cause in words[:2]) for line in lines), "each line has a cause"
    assert words[2] in table
    assert any(words[3] in line for line in lines)


def test_strains_that_nobody_fitted_on_are_told_to_be_fresh(tmp_path: Path) -> None:
    strains = tmp_path / "fresh.csv"
    text = STRAINS.read_text(encoding="utf-8").replace("\nN0", "\nF0").replace("\nN1", "\nF1")
    strains.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(validate, [str(strains)])
    assert "none of the strains was used to fit the calibration" in result.output


def scored(tmp_path: Path, **parameters: float) -> dict[str, object]:
    table = write_table(tmp_path / "All_Toxins.txt", [row("Cry1Ac1"), row("Cry14Aa1", 2)])
    out = tmp_path / "out"
    out.mkdir()
    run_shoter(table, out, parameters=ShoterParameters.from_mapping(parameters))
    found: dict[str, object] = json.loads((out / "strain_scores.json").read_text())
    return found


def test_a_share_stands_beside_each_score_of_an_order_with_a_curve(tmp_path: Path) -> None:
    found = scored(tmp_path)
    orders = {order["target"]: order for order in found["strains"][0]["orders"]}  # type: ignore[index]
    assert 0.8 < orders["Lepidoptera"]["documented"]["share"] < 1.0
    assert orders["Lepidoptera"]["documented"]["of"] >= 20
    assert orders["Hemiptera"]["score"] > 0
    assert orders["Hemiptera"]["documented"] is None
    assert orders["Orthoptera"]["documented"] is None
    assert found["calibration"]["not_applied"] is None  # type: ignore[index]


def test_other_parameters_leave_scores_uncalibrated(tmp_path: Path) -> None:
    found = scored(tmp_path, shrinkage=1.0)
    assert found["calibration"]["not_applied"] == "other parameters of the scoring"  # type: ignore[index]
    assert all(order["documented"] is None for order in found["strains"][0]["orders"])  # type: ignore[index]


def test_another_table_leaves_scores_uncalibrated() -> None:
    calibration = load_calibration()
    assert calibration.reason_not_to_apply("0" * 64, ShoterParameters()) == "another specificity table"
    assert calibration.reason_not_to_apply(load_table().sha256, ShoterParameters(draws=200, seed=3)) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"schema": 2}'])
def test_a_broken_calibration_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"calibration\.json is not a calibration"):
        load_calibration(path)


def test_the_page_is_renewed_and_one_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "calibration.md"
    page.write_text("mine\n", encoding="utf-8")
    assert CliRunner().invoke(calibrate, [str(OLDER), "--docs", str(tmp_path)]).exit_code == 1
    assert page.read_text(encoding="utf-8") == "mine\n"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    assert CliRunner().invoke(calibrate, [str(OLDER), "--docs", str(tmp_path)]).exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "old" not in text.split(END)[0].splitlines()


def test_sources_are_compared_however_they_are_spelt() -> None:
    assert source_keys("doi:10.1128/AEM.00409-09; US5512279A; PMID: 22068947") == {
        "10.1128/aem.00409-09",
        "US5512279",
        "pmid:22068947",
    }
    assert source_keys("Bukhari and Shakoori") == frozenset()


def test_the_strains_of_the_calibration_are_not_those_of_the_rules() -> None:
    fitted = {strain.name for strain in read_strains(STRAINS.read_bytes())}
    assert not fitted & {strain.name for strain in read_strains(OLDER.read_bytes())}
