"""The whole way from All_Toxins.txt to files: what a user, a page and a spreadsheet find in them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from portal.domain.errors import InvalidInput, InvalidRequest, StageError
from portal.domain.status import FailureKind, Lang, PipelineStage
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.pipeline.shoter.run import OUTPUTS, run_shoter
from portal.pipeline.shoter.stage import SHOTER_STAGE
from portal.pipeline.stage import StageContext
from portal.results.conclusion import Outcome
from tests.pipeline.plots.result_files import toxin, toxins_document
from tests.pipeline.shoter.shoter_builders import hmm_only, row, table_text, write_table


def other_fold(name: str, number: int, **changes: str) -> dict[str, str]:
    return row(name, number, Hit_length="400", Aln_length="400", reference_range="1-400", **changes)


KURSTAKI = [row("Cry1Aa4", 1), row("Cry1Ac9", 2), row("Cry2Ab41", 3, Hit_length="633", Aln_length="633")]
ISRAELENSIS = [row("Cry4Aa5", 4), row("Cry11Aa3", 5), row("Cyt1Aa1", 6, Hit_length="249", Aln_length="249")]


def score(tmp_path: Path, rows: list[dict[str, str]], **values: Any) -> dict[str, Any]:
    out = tmp_path / "out"
    out.mkdir(exist_ok=True)
    run_shoter(write_table(tmp_path / "All_Toxins.txt", rows), out, parameters=ShoterParameters(**values))
    found: dict[str, Any] = json.loads((out / "strain_scores.json").read_text(encoding="utf-8"))
    return found


def read_tsv(path: Path) -> list[dict[str, str]]:
    """Read a table as a spreadsheet would: the first line is the header."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")), delimiter="\t"))


def order(strain: dict[str, Any], target: str) -> dict[str, Any]:
    return next(entry for entry in strain["orders"] if entry["target"] == target)


def test_the_strains_of_the_textbook(tmp_path: Path) -> None:
    rows = KURSTAKI + [values | {"Strain": "S2"} for values in ISRAELENSIS]
    found = score(tmp_path, rows)
    kurstaki, israelensis = found["strains"]
    assert max(kurstaki["orders"], key=lambda entry: entry["score"] or 0)["target"] == "Lepidoptera"
    assert order(kurstaki, "Lepidoptera")["tier"] == "primary"
    assert max(israelensis["orders"], key=lambda entry: entry["score"] or 0)["target"] == "Diptera"
    assert israelensis["helpers"][0]["helper"] == "Cyt1Aa1"
    assert order(israelensis, "Nematoda")["state"] == "no_evidence"


def test_every_score_leads_to_hits_records_and_sources(tmp_path: Path) -> None:
    found = score(tmp_path, KURSTAKI)
    (strain,) = found["strains"]
    units = {unit["unit_id"]: unit for unit in strain["units"]}
    hits = {hit["protein_id"] for hit in strain["hits"]}
    sources = 0
    for entry in strain["orders"]:
        product = 1.0
        for part in entry["units"]:
            product *= 1.0 - part["contribution"]
            assert set(units[part["unit_id"]]["hits"]) <= hits
            for fact_id in part["records"] + part["inherited_records"]:
                record = found["records"][fact_id]
                assert record["order"] == entry["target"]
                assert record["reference"] or record["doi"] or record["url"]
                sources += record["doi"] is not None
        if entry["state"] == "no_evidence":
            assert (entry["score"], entry["low"], entry["high"], entry["units"]) == (None, None, None, [])
            continue
        assert entry["score"] == pytest.approx(1.0 - product, abs=2e-3)
        assert entry["low"] <= entry["score"] <= entry["high"]
    assert sources > 10
    assert set(found["records"]) == {
        fact_id
        for entry in strain["orders"]
        for part in entry["units"]
        for fact_id in part["records"] + part["inherited_records"]
    }


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    folders = [tmp_path / "one", tmp_path / "two"]
    table = write_table(tmp_path / "All_Toxins.txt", KURSTAKI + ISRAELENSIS)
    for folder in folders:
        folder.mkdir()
        run_shoter(table, folder, parameters=ShoterParameters())
    assert sorted(path.name for path in folders[0].iterdir()) == sorted(OUTPUTS)
    for name in OUTPUTS:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes(), name


def test_another_strain_in_the_file_changes_no_number(tmp_path: Path) -> None:
    alone = score(tmp_path, KURSTAKI)["strains"][0]
    together = score(tmp_path, [*[values | {"Strain": "A"} for values in ISRAELENSIS], *KURSTAKI])["strains"][1]
    assert together["orders"] == alone["orders"]


def test_every_output_names_versions_and_parameters(tmp_path: Path) -> None:
    found = score(tmp_path, KURSTAKI, min_identity=0.5)
    run = json.loads((tmp_path / "out" / "shoter.json").read_text(encoding="utf-8"))
    species = json.loads((tmp_path / "out" / "strain_species_scores.json").read_text(encoding="utf-8"))
    for header in (found, run, species):
        assert header["uncalibrated"] is True
        assert header["parameters"]["min_identity"] == 0.5
        assert re.fullmatch(r"[0-9a-f]{64}", header["versions"]["specificity"]["sha256"])
    for name, digest in run["outputs"].items():
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == digest
    for name in OUTPUTS:
        if name.endswith(".tsv"):
            rows = read_tsv(tmp_path / "out" / name)
            assert all(values["run_id"] == run["run_id"] for values in rows)


def test_tables_leave_untested_cells_empty(tmp_path: Path) -> None:
    found = score(tmp_path, ISRAELENSIS)
    (values,) = read_tsv(tmp_path / "out" / "strain_target_scores.tsv")
    assert values["Neuroptera"] == ""
    assert values["Neuroptera_state"] == "no_evidence"
    assert float(values["Diptera"]) == order(found["strains"][0], "Diptera")["score"]
    assert values["top_target"] == "Diptera"


def test_support_has_a_row_for_every_hit_and_a_column_for_every_order(tmp_path: Path) -> None:
    score(tmp_path, [*KURSTAKI, row("Cry1Ba1", 9, Identity="60")], min_identity=0.8)
    rows = read_tsv(tmp_path / "out" / "toxin_support.tsv")
    assert [values["Hit_id"] for values in rows] == ["Cry1Aa4", "Cry1Ac9", "Cry2Ab41", "Cry1Ba1"]
    assert float(rows[1]["Lepidoptera"]) > 0.7  # the second of its family: 1 - (1 - p) ** 0.5
    assert rows[3]["Kept"] == "no"
    assert rows[3]["Reason"] == "identity 60.0 % is below 80 %"
    assert rows[3]["Lepidoptera"] == ""


def test_accessory_proteins_stand_apart(tmp_path: Path) -> None:
    found = score(tmp_path, [*KURSTAKI, row("InhA1-other", 8), row("Zwa6-other", 9)])
    (strain,) = found["strains"]
    assert [entry["role"].split(" ")[0] for entry in strain["accessory"]] == ["immune", "zwittermicin"]
    assert len(strain["hits"]) == 3
    assert len((tmp_path / "out" / "accessory.tsv").read_text(encoding="utf-8").splitlines()) == 3


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ({}, {"Cry1Ac1", "Cry99Aa1", "odd name", "Cry1Fa1", "Vpa (HMM only)"}),
        ({"allow_unknown_families": False}, {"Cry1Ac1", "Cry1Fa1"}),
        ({"require_index_hit": True}, {"Cry1Ac1"}),
        ({"min_identity": 0.2}, {"Cry1Ac1", "Cry99Aa1", "odd name", "Cry1Fa1"}),
        ({"min_coverage": 0.9}, {"Cry1Ac1", "odd name", "Cry1Fa1"}),
    ],
)
def test_the_four_flags_of_version_1(tmp_path: Path, values: dict[str, Any], kept: set[str]) -> None:
    rows = [
        row("Cry1Ac1", 1), row("Cry99Aa1", 2, Aln_length="600"), row("odd name", 3), row("Cry1Fa1", 4, Identity="30"),
        hmm_only(5), row("NA", 6, BLAST="NO", HMM="NO", SVM="YES"),
    ]  # fmt: skip
    (strain,) = score(tmp_path, rows, **values)["strains"]
    assert {hit["hit_name"] for hit in strain["hits"] if hit["kept"]} == kept
    assert all(hit["dropped_reason"] for hit in strain["hits"] if not hit["kept"])


def test_a_missing_partner_is_named(tmp_path: Path) -> None:
    (strain,) = score(tmp_path, [other_fold("Tpp1Aa1", 1)])["strains"]
    assert order(strain, "Diptera")["state"] == "partner_missing"
    assert order(strain, "Diptera")["score"] < 0.35
    assert strain["units"][0]["partner_missing"] == "Tpp2"
    assert "Tpp1Aa1 needs Tpp2, which was not found" in strain["warnings"]


def test_parasporins_have_a_panel_of_their_own(tmp_path: Path) -> None:
    (strain,) = score(tmp_path, [row("Cry31Aa1")])["strains"]
    cancer = order(strain, "Human cancer cells")
    assert (cancer["panel"], cancer["state"]) == ("non_pest", "tested")


def test_no_toxin_is_a_result(tmp_path: Path) -> None:
    table = write_table(tmp_path / "All_Toxins.txt", [])
    summary = run_shoter(table, tmp_path, parameters=ShoterParameters(), strain="empty")
    found = json.loads((tmp_path / "strain_scores.json").read_text(encoding="utf-8"))
    assert summary.conclusions["empty"].outcome is Outcome.NO_TOXINS
    assert {entry["state"] for entry in found["strains"][0]["orders"]} == {"no_evidence"}
    assert found["strains"][0]["units"] == []


def test_the_inventory_of_digger_tells_of_cut_genes(tmp_path: Path) -> None:
    table = write_table(tmp_path / "All_Toxins.txt", [row("Vip3Aa1", 1, Hit_length="789", Aln_length="700")])
    gene = toxin(0) | {
        "protein_id": "contig1_00001",
        "hit": {"name": "Vip3Aa1", "name_1998": None, "length": 789, "start": 1, "end": 700},
        "contig": "c1",
        "contig_edge": "right",
        "start": 7,
        "ties": ["Vip3Aa2"],
        "end": 2400,
    }
    (tmp_path / "toxins.json").write_text(json.dumps(toxins_document([gene], "S1")), encoding="utf-8")
    run_shoter(table, tmp_path, parameters=ShoterParameters())
    found = json.loads((tmp_path / "strain_scores.json").read_text(encoding="utf-8"))
    assert found["strains"][0]["units"][0]["flags"] == ["contig_edge"]
    (hit,) = found["strains"][0]["hits"]
    assert (hit["ties"], hit["contig"], hit["start"], hit["end"]) == (["Vip3Aa2"], "c1", 7, 2400)
    assert found["versions"]["engine"] == {"name": "native", "version": "0.1.0"}


def test_a_partial_gene_inside_its_contig_is_not_cut(tmp_path: Path) -> None:
    table = write_table(tmp_path / "All_Toxins.txt", [row("Vip3Aa1", 1, Hit_length="789", Aln_length="700")])
    gene = toxin(0) | {"protein_id": "contig1_00001", "contig_edge": None, "partial": True}
    (tmp_path / "toxins.json").write_text(json.dumps(toxins_document([gene], "S1")), encoding="utf-8")
    run_shoter(table, tmp_path, parameters=ShoterParameters())
    found = json.loads((tmp_path / "strain_scores.json").read_text(encoding="utf-8"))
    assert found["strains"][0]["units"][0]["flags"] == []


def test_ten_thousand_rows(tmp_path: Path) -> None:
    rows = [row(f"Cry1A{'abcdefgh'[at % 8]}{at % 30 + 1}", at) | {"Scaffold sequence": ""} for at in range(10_000)]
    (strain,) = score(tmp_path, rows, draws=100)["strains"]
    assert len(strain["hits"]) == 10_000
    assert sum(unit["copies"] for unit in strain["units"]) == 10_000


def context(tmp_path: Path, **changes: Any) -> StageContext:
    values: dict[str, Any] = {
        "task_id": "abc", "strain": "S1", "display_name": "S1.fna", "genome": tmp_path / "g.fna",
        "out_dir": tmp_path / "out", "work_dir": tmp_path, "results": {PipelineStage.DIGGER: tmp_path},
        "parameters": {"min_identity": 0.8, "sequence_kind": "auto"}, "threads": 1, "lang": Lang.EN,
        "submission_time": "2026-01-01T00:00:00+00:00",
    }  # fmt: skip
    (tmp_path / "out").mkdir(exist_ok=True)
    return StageContext(**values | changes)


def test_the_stage_writes_what_it_promises(tmp_path: Path) -> None:
    write_table(tmp_path / "All_Toxins.txt", KURSTAKI)
    here = context(tmp_path)
    assert SHOTER_STAGE.check_prerequisites(here) == []
    result = SHOTER_STAGE.run(here)
    assert all((tmp_path / "out" / name).is_file() for name in result.outputs)
    assert result.summary["conclusions"]["S1"]["pest"][0] == {
        "target": "Lepidoptera",
        "assessment": "likely",
        "caution": None,
    }


def test_the_stage_says_what_is_missing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv"
    broken.write_text("a,b\n", encoding="utf-8")
    here = context(tmp_path, facts={"specificity": {"path": str(broken)}})
    problems = [str(problem) for problem in SHOTER_STAGE.check_prerequisites(here)]
    assert any("All_Toxins.txt" in text for text in problems)
    assert any("specificity table" in text for text in problems)


def test_the_stage_fails_with_a_kind_for_machines(tmp_path: Path) -> None:
    (tmp_path / "All_Toxins.txt").write_text(table_text([row(Identity="x")]), encoding="utf-8")
    with pytest.raises(StageError, match="line 2: column Identity") as caught:
        SHOTER_STAGE.run(context(tmp_path))
    assert caught.value.kind is FailureKind.INVALID_INPUT
    write_table(tmp_path / "All_Toxins.txt", KURSTAKI)
    with pytest.raises(StageError) as caught:
        SHOTER_STAGE.run(context(tmp_path, facts={"specificity": {"path": str(tmp_path / "none.csv")}}))
    assert caught.value.kind is FailureKind.NOT_CONFIGURED


def test_a_table_that_is_refused_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "All_Toxins.txt").write_text("nonsense\n", encoding="utf-8")
    (tmp_path / "out").mkdir()
    with pytest.raises(InvalidInput):
        run_shoter(tmp_path / "All_Toxins.txt", tmp_path / "out", parameters=ShoterParameters())
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"min_identity": "1.2"}, "min_identity"),
        ({"min_identity": "abc"}, "min_identity"),
        ({"min_coverage": "nan"}, "min_coverage"),
        ({"require_index_hit": "perhaps"}, "require_index_hit"),
        ({"draws": "10.5"}, "draws"),
        ({"draws": 5}, "draws"),
        ({"shrinkage": True}, "shrinkage"),
    ],
)
def test_wrong_parameters_are_named(values: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        ShoterParameters.from_mapping(values)
    assert list(caught.value.errors) == [field]


def test_parameters_of_other_stages_are_left_alone() -> None:
    found = ShoterParameters.from_mapping({"sequence_kind": "auto", "min_identity": "0.8", "require_index_hit": "yes"})
    assert (found.min_identity, found.require_index_hit) == (0.8, True)
