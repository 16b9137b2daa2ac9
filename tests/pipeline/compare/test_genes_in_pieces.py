"""A gene in pieces is one gene of one toxin in comparisons and inventories, which also count broken and cut genes."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from portal.domain.status import Lang
from portal.pipeline.compare.compare import compare
from portal.pipeline.plots.draw import draw_all
from tests.pipeline.plots.result_files import write_results

PIECE = "Cry1Ie3"


def rewritten(path: Path, document: object) -> None:
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Write results whose second row is a piece of the first row's gene, which is broken, and closest to another."""
    digger, shoter = write_results(tmp_path / "a", 7, strain="a")
    loci = json.loads((digger / "loci.json").read_text())
    first, second, *rest = loci["loci"]
    first["pieces"] += second["pieces"]
    first.update(verdict="premature_stop", reference="Cry1Aa1", identity_percent=99.4, coverage_percent=98.5)
    rewritten(digger / "loci.json", {**loci, "loci": [first, *rest]})
    scores = json.loads((shoter / "strain_scores.json").read_text())
    hits = scores["strains"][0]["hits"]
    for hit in hits:
        hit["flags"] = []
    hits[0].update(flags=["internal_stop"], identity_percent=97.0)
    hits[1].update(hit_name=PIECE, name_2020=PIECE, name_1998=PIECE)
    hits[3]["flags"] = ["contig_edge"]
    rewritten(shoter / "strain_scores.json", scores)
    return digger, shoter


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def test_a_comparison_has_no_column_for_a_piece(folders: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    compare([("a", *folders)], out, Lang.EN)
    [toxins] = rows_of(out / "compare_toxins.tsv")
    assert PIECE not in toxins
    assert toxins["Cry1Aa1"] == "99.4000", "the identity of the whole gene"
    document = json.loads((out / "compare.json").read_text())
    assert "Cry1Ie" not in document["toxins"]
    [strain] = document["strains"]
    [said] = rows_of(out / "compare_conclusions.tsv")
    assert (strain["genes_broken_count"], strain["genes_cut_count"]) == (1, 1)
    assert (said["genes_broken_count"], said["genes_cut_count"]) == ("1", "1")


def test_an_inventory_counts_genes_and_those_that_are_broken_or_cut(folders: tuple[Path, Path], tmp_path: Path) -> None:
    draw_all(*folders, tmp_path, lang=Lang.EN)
    rows = {row["toxin"]: row for row in rows_of(tmp_path / "inventory.plot.tsv")}
    assert PIECE not in rows
    of_gene = rows["Cry1Aa1"]
    assert (of_gene["genes"], of_gene["identity_percent"], of_gene["coverage_percent"]) == ("1", "99.4000", "98.5000")
    assert sum(int(row["genes"]) for row in rows.values()) == 6
    assert [toxin for toxin, row in rows.items() if row["genes_broken"] == "1"] == ["Cry1Aa1"]
    assert sum(int(row["genes_cut"]) for row in rows.values()) == 1
