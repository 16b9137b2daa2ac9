"""Recorded tables that cannot be compared: the command says so, with the line, and never passes them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli.digger import parity
from portal.domain.errors import InvalidInput
from portal.pipeline.digger.parity import read_rows

HEADER = "Protein_id\tStrand\tProtein_len\tGene location on scaffold\tBLAST\tHMM\tHit_id\tIdentity\tNomenclature\n"
ROW = "c_00001\t1\t700\t1-2100\tYES\tYES\tCry1Aa1\t100\tRank4\n"


def test_a_whole_table_is_read_by_protein_id(tmp_path: Path) -> None:
    table = tmp_path / "All_Toxins.txt"
    table.write_text(HEADER + ROW)
    assert read_rows(table)["c_00001"]["Hit_id"] == "Cry1Aa1"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEADER + ROW + "c_00002\t1\t70", "line 3: .* 3 cells instead of 9"),
        ("Strain\tProtein_id\nx\ty\n", "no column Strand"),
        ("", "is not an All_Toxins.txt"),
    ],
)
def test_a_broken_table_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    table = tmp_path / "All_Toxins.txt"
    table.write_text(text)
    with pytest.raises(InvalidInput, match=reason):
        read_rows(table)


def test_tables_without_a_row_do_not_pass(tmp_path: Path) -> None:
    (tmp_path / "short").mkdir()
    (tmp_path / "short" / "All_Toxins.txt").write_text(HEADER)
    genome, reference = tmp_path / "short.fna", tmp_path / "toxins.faa"
    genome.write_text(">a\n" + "ACGT" * 50 + "\n")
    reference.write_text(
        ">Cry1Aa1\n" + "MDNNPNINECIPYNCLSNPEVEVLGGERIETGYTPIDISLSLTQFLLSEFVPGAGFVLGLVDIIWGIFGPSQWDAFLVQI\n"
    )
    result = CliRunner().invoke(
        parity, [str(genome), "--reference", str(reference), "--expected", str(tmp_path), "--threads", "1"]
    )
    assert result.exit_code == 1
    assert "nothing to compare" in result.output
