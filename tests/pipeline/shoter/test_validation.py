"""Validation on strains with known targets, its figures and its command."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.shoter import shoter, validate
from portal.cli.specificity import specificity
from portal.domain.errors import InvalidInput
from portal.pipeline.shoter.baseline import noisy_or_score
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.specificity.table import SHIPPED_TABLE
from portal.pipeline.shoter.validation.cells import auc, reliability
from portal.pipeline.shoter.validation.pictures import PICTURES
from portal.pipeline.shoter.validation.report import BEGIN, END
from portal.pipeline.shoter.validation.strains import KnownStrain, read_strains
from portal.pipeline.shoter.validation.validation import judge
from tests.pipeline.shoter.shoter_builders import fact, row, write_table

HEADER = "strain_id,strain,toxin_inventory,expected_primary,acceptable_secondary,documented_negative\n"
GOOD = (
    "K1,HD-73,Cry1Ac,Lepidoptera,,\n"
    "K2,israelensis,Cry4Aa;Cry4Ba;Cry11Aa;Cyt1Aa,Diptera,Coleoptera;Hemiptera,\n"
    "K3,half a pair,BinA,,,Diptera\n"
)


def known(primary: tuple[str, ...] = (), negative: tuple[str, ...] = ()) -> KnownStrain:
    return KnownStrain("K", "K", (), primary, (), negative)


def test_auc_counts_ties_half() -> None:
    assert auc([0.9, 0.8, 0.3, 0.1], [1, 1, 0, 0]) == 1.0
    assert auc([0.9, 0.1, 0.3, 0.1], [1, 1, 0, 0]) == pytest.approx((2 + 0 + 0.5) / 4)


def test_reliability_sorts_cells_by_score() -> None:
    low, high = reliability([0.0, 0.01, 0.97, 1.0], [0, 0, 1, 0])
    assert (low.cells, low.positive_share) == (2, 0.0)
    assert (high.cells, high.mean_score, high.positive_share) == (2, 0.985, 0.5)


@pytest.mark.parametrize(
    ("strain", "scores", "is_right"),
    [
        (known(("Diptera",)), {"Diptera": 0.9, "Lepidoptera": 0.5}, True),
        (known(("Diptera",)), {"Diptera": 0.995, "Lepidoptera": 1.0}, True),  # tied
        (known(("Diptera",)), {"Diptera": 0.5, "Lepidoptera": 0.9}, False),
        (known(("Diptera",)), {"Diptera": 0.0, "Lepidoptera": 0.0}, False),
        (known(("Diptera", "Coleoptera")), {"Diptera": 0.9, "Coleoptera": 0.4, "Lepidoptera": 0.1}, True),
        (known(("Diptera", "Coleoptera")), {"Diptera": 0.9, "Coleoptera": 0.1, "Lepidoptera": 0.4}, False),
        (known(), {"Diptera": 0.34, "Lepidoptera": 0.0}, True),
        (known(), {"Diptera": 0.35, "Lepidoptera": 0.0}, False),
        (known(negative=("Lepidoptera",)), {"Diptera": 0.9, "Lepidoptera": 0.0}, True),
        (known(negative=("Lepidoptera",)), {"Diptera": 0.0, "Lepidoptera": 0.5}, False),
    ],
)
def test_the_verdict_on_a_strain(strain: KnownStrain, scores: dict[str, float], is_right: bool) -> None:
    assert (judge(strain, scores) is None) is is_right


def test_the_baseline_takes_positives_of_the_closest_rank() -> None:
    facts = [
        fact("Cry1Ac", "Lepidoptera", number=1),
        fact("Cry1Ac", "Lepidoptera", "negative", number=2),
        fact("Cry1Fa", "Lepidoptera", strength="B", number=3),
    ]
    parameters = ShoterParameters()
    assert noisy_or_score(["Cry1Ac"], facts, "Lepidoptera", parameters) == pytest.approx(0.95)
    assert noisy_or_score(["Cry1Ac", "Cry1Fa"], facts, "Lepidoptera", parameters) == pytest.approx(1 - 0.05 * 0.2)
    left_out = noisy_or_score(["Cry1Ac"], facts, "Lepidoptera", parameters, leave_own_out=True)
    assert left_out == pytest.approx(0.80)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("strain_id,strain\n", "line 1: the header lacks toxin_inventory"),
        (HEADER, "line 1: the file has no rows"),
        (HEADER + "K1,x,Cry1Ac,Butterflies,,\n", "line 2: order 'Butterflies' is not known"),
        (HEADER + "K1,x,Cry 1Ac,Lepidoptera,,\n", "line 2: toxin_inventory 'Cry 1Ac' is not known"),
        (HEADER + "K1,x,Cry1Ac,Lepidoptera\n", "line 2: the row has a different number of columns than the header"),
        (HEADER + "K1,x,Cry1Ac,Lepidoptera,,\n" * 2, "line 3: strain_id K1 appears twice"),
    ],
)
def test_wrong_strain_files_are_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_strains(text.encode())


def test_the_command_passes_on_published_strains(tmp_path: Path) -> None:
    strains = tmp_path / "strains.csv"
    strains.write_text(HEADER + GOOD, encoding="utf-8")
    result = CliRunner().invoke(validate, [str(strains), "--json", str(tmp_path / "v.json")])
    assert result.exit_code == 0, result.output
    assert "| Shoter | 22 |" in result.output  # 3 strains x 8 orders, without two secondary cells
    assert (tmp_path / "v.json").is_file()


def test_the_command_fails_where_a_primary_order_is_not_on_top(tmp_path: Path) -> None:
    strains = tmp_path / "strains.csv"
    strains.write_text(HEADER + "K1,HD-73,Cry1Ac,Nematoda,,\n", encoding="utf-8")
    result = CliRunner().invoke(validate, [str(strains)])
    assert result.exit_code == 1
    assert "FAILED K1: Nematoda has" in result.output


def test_the_command_fails_where_a_control_calls(tmp_path: Path) -> None:
    strains = tmp_path / "strains.csv"
    strains.write_text(HEADER + "K1,control,Cry1Ac,,,Lepidoptera\n", encoding="utf-8")
    result = CliRunner().invoke(validate, [str(strains)])
    assert result.exit_code == 1
    assert "control reaches" in result.output


def test_a_file_that_cannot_be_read_is_another_exit_code(tmp_path: Path) -> None:
    strains = tmp_path / "strains.csv"
    strains.write_text("x\n", encoding="utf-8")
    assert CliRunner().invoke(validate, [str(strains)]).exit_code == 2


def test_the_method_page_is_renewed(tmp_path: Path) -> None:
    strains = tmp_path / "strains.csv"
    strains.write_text(HEADER + GOOD, encoding="utf-8")
    page = tmp_path / "method.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n", encoding="utf-8")
    first = CliRunner().invoke(validate, [str(strains), "--docs", str(tmp_path)])
    assert first.exit_code == 0, first.output
    text = page.read_text(encoding="utf-8")
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    drawn = {
        f"{name}.{suffix}": (tmp_path / f"{name}.{suffix}").read_bytes()
        for name in PICTURES
        for suffix in ("svg", "png")
    }
    CliRunner().invoke(validate, [str(strains), "--docs", str(tmp_path)])
    assert all((tmp_path / name).read_bytes() == content for name, content in drawn.items())


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    strains = tmp_path / "strains.csv"
    strains.write_text(HEADER + GOOD, encoding="utf-8")
    (tmp_path / "method.md").write_text("mine\n", encoding="utf-8")
    assert CliRunner().invoke(validate, [str(strains), "--docs", str(tmp_path)]).exit_code == 2
    assert (tmp_path / "method.md").read_text(encoding="utf-8") == "mine\n"


def test_shoter_on_the_command_line(tmp_path: Path) -> None:
    table = write_table(tmp_path / "All_Toxins.txt", [row("Cry1Ac1"), row("Cry1Fa1", 2, Identity="60")])
    flags = ["--min_identity", "0.8", "--disallow_unknown_families", "--require-index-hit"]
    result = CliRunner().invoke(shoter, [str(table), "--out", str(tmp_path / "new"), *flags])
    assert result.exit_code == 0, result.output
    assert "S1: likely acts on Lepidoptera" in result.output
    assert "1 of 2 hits scored" in result.output
    wrong = CliRunner().invoke(shoter, [str(table), "--out", str(tmp_path / "new"), "--min_identity", "2"])
    assert wrong.exit_code == 1
    assert "min_identity" in wrong.output


def test_a_refused_table_leaves_the_old_one_in_place(tmp_path: Path) -> None:
    out = tmp_path / "ours.csv"
    good = ["build", str(SHIPPED_TABLE), "--out", str(out), "--name", "ours", "--version", "1"]
    assert CliRunner().invoke(specificity, good).exit_code == 0
    before = out.read_bytes()
    source = tmp_path / "broken.csv"
    source.write_bytes(before.replace(b",Lepidoptera,", b",Leptidoptera,", 1))
    bad = ["build", str(source), "--out", str(out), "--name", "ours", "--version", "2"]
    result = CliRunner().invoke(specificity, bad)
    assert result.exit_code == 1
    assert "line 2: order 'Leptidoptera' is not known" in result.output
    assert out.read_bytes() == before


def test_check_lists_problems_and_coverage_counts(tmp_path: Path) -> None:
    assert CliRunner().invoke(specificity, ["check"]).exit_code == 0
    source = tmp_path / "broken.csv"
    source.write_bytes(SHIPPED_TABLE.read_bytes().replace(b",positive,", b",sometimes,", 2))
    result = CliRunner().invoke(specificity, ["check", str(source)])
    assert result.exit_code == 1
    assert "line 2: activity 'sometimes'" in result.output
    fasta = tmp_path / "reference.faa"
    fasta.write_text(
        ">Cry1Ac7 some\nMKL\n>Cry1Aq1\nMKL\n>Cry1Zz1\nMKL\n>Cry98Aa1\nMKL\n>Zwa6-other\nM\n", encoding="utf-8"
    )
    refused = CliRunner().invoke(specificity, ["coverage", str(Path(__file__))])
    assert refused.exit_code == 1
    assert "line 1: " in refused.output
    found = CliRunner().invoke(specificity, ["coverage", str(fasta)])
    assert found.exit_code == 0, found.output
    assert [line.split()[0] for line in found.output.splitlines()[1:6]] == ["1", "1", "1", "1", "1"]
    assert "families without any record: Cry98" in found.output


def test_the_published_strains_that_are_shipped_pass() -> None:
    result = CliRunner().invoke(validate, [str(SHIPPED_TABLE.with_name("validation_strains.csv"))])
    assert result.exit_code == 0, result.output
    assert "All 16 strains as published" in result.output
