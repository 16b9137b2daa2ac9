"""Several tasks side by side: every strain under a name of its own, with the numbers of its own task."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli import results as commands
from portal.domain.errors import InvalidRequest, StageError
from portal.domain.status import Lang
from portal.pipeline.bundle.verify import verify_bundle
from portal.pipeline.compare.compare import compare
from portal.results.strain_genes import third_rank
from tests.pipeline.plots.result_files import write_results

Task = tuple[str, Path, Path]


def tasks_in(folder: Path, hits: dict[str, int]) -> list[Task]:
    return [(name, *write_results(folder / name, number, strain=name)) for name, number in hits.items()]


def rows_of(path: Path) -> dict[str, dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return {row["strain"]: row for row in csv.DictReader(stream, delimiter="\t")}


def out_of(folder: Path) -> Path:
    out = folder / "out"
    out.mkdir()
    return out


def test_tables_hold_each_tasks_own_numbers(tmp_path: Path) -> None:
    tasks, out = tasks_in(tmp_path, {"a": 7, "b": 2, "none": 0}), out_of(tmp_path)

    compared = compare(tasks, out, Lang.EN)

    targets, toxins = rows_of(out / "compare_targets.tsv"), rows_of(out / "compare_toxins.tsv")
    scores = json.loads((tmp_path / "a/shoter/strain_scores.json").read_text())["strains"][0]["orders"]
    assert compared.strains == 3
    assert targets["a"]["Lepidoptera"] == f"{scores[0]['score']:.4f}"
    assert targets["a"]["Hymenoptera"] == ""
    assert set(targets["none"].values()) == {"none", ""}
    assert (toxins["b"]["Cry1Aa1"], toxins["b"]["Vip3Ac1"], toxins["a"]["Vip3Ac1"]) == ("100.0000", "", "98.2000")


def test_strains_are_grouped_by_their_best_target(tmp_path: Path) -> None:
    tasks, out = tasks_in(tmp_path, {"none": 0, "a": 7, "b": 3}), out_of(tmp_path)

    compare(tasks, out, Lang.EN)

    assert list(rows_of(out / "compare_targets.tsv"))[-1] == "none"


def test_the_same_label_twice_gives_two_names(tmp_path: Path) -> None:
    task, out = tasks_in(tmp_path, {"a": 3})[0], out_of(tmp_path)

    compare([task, task], out, Lang.EN)

    assert set(rows_of(out / "compare_targets.tsv")) == {"a", "a (2)"}


def test_json_and_pictures_and_a_bundle_are_there(tmp_path: Path) -> None:
    tasks, out = tasks_in(tmp_path, {f"s{index}": index % 5 for index in range(12)}), out_of(tmp_path)

    compared = compare(tasks, out, Lang.ZH, submission_time="2026-03-01T00:00:00Z")

    document = json.loads((out / "compare.json").read_text(encoding="utf-8"))
    assert len(document["strains"]) == 12
    assert document["uncalibrated"] is True
    assert {"compare_targets.png", "compare_toxins.svg", "compare_inventory.svg"} <= set(compared.outputs)
    assert set(compared.outputs) == {path.name for path in out.iterdir()}
    assert verify_bundle(out / "compare.zip") == []


def test_the_same_tasks_give_the_same_bytes(tmp_path: Path) -> None:
    tasks = tasks_in(tmp_path, {"a": 3, "b": 4})
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        compare(tasks, tmp_path / name, Lang.EN, submission_time="2026-03-01T00:00:00Z")

    assert (tmp_path / "one/compare.zip").read_bytes() == (tmp_path / "two/compare.zip").read_bytes()


def test_scores_made_in_different_ways_are_told_apart(tmp_path: Path) -> None:
    tasks, out = tasks_in(tmp_path, {"a": 2, "b": 2}), out_of(tmp_path)
    path = tasks[1][2] / "strain_scores.json"
    scores = json.loads(path.read_text())
    scores["parameters"]["min_identity"] = 0.8
    path.write_text(json.dumps(scores))

    assert compare(tasks, out, Lang.ZH).differences == ("parameters",)
    assert json.loads((out / "compare.json").read_text())["differences"] == ["parameters"]


def test_nothing_and_broken_results_are_refused(tmp_path: Path) -> None:
    tasks, out = tasks_in(tmp_path, {"a": 2}), out_of(tmp_path)
    (tasks[0][2] / "strain_scores.json").write_text("{}")

    with pytest.raises(InvalidRequest):
        compare([], out, Lang.EN)
    with pytest.raises(StageError, match=r"strain_scores\.json"):
        compare(tasks, out, Lang.EN)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "rank3"),
    [
        ("Cry1Ac9", "Cry1Ac"),
        ("Vip3Aa61", "Vip3Aa"),
        ("Cry1", "Cry1"),
        ("Cry1A", "Cry1A"),
        ("Vpa (HMM only)", "Vpa (HMM only)"),
    ],
)
def test_alleles_count_as_one_toxin(name: str, rank3: str) -> None:
    assert third_rank(name) == rank3


def test_the_command_compares_folders(tmp_path: Path) -> None:
    tasks_in(tmp_path, {"a": 2, "b": 1})
    arguments = [str(tmp_path / "a"), str(tmp_path / "b"), "--out", str(tmp_path / "out")]

    done = CliRunner().invoke(commands.compare, arguments, catch_exceptions=False)

    assert "2 strains compared" in done.output
    assert set(rows_of(tmp_path / "out/compare_targets.tsv")) == {"a", "b"}
