"""The pictures of a task: which files there are, what they say, and that they say it the same way each time."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont
from matplotlib.text import Text
from msgspec.structs import replace
from PIL import Image

from portal.domain.errors import StageError
from portal.domain.status import FailureKind, Lang
from portal.pipeline.plots import canvas, draw, target_heatmap
from portal.pipeline.plots.canvas import drawing
from portal.pipeline.plots.draw import draw_all, file_names
from portal.pipeline.plots.marks import number
from portal.pipeline.plots.own_texts import own_signs
from portal.pipeline.plots.words import WORDS
from portal.results.reading import read_results
from tests.pipeline.plots.result_files import write_results

STARTS = {
    "strain_target_scores", "strain_target_species_scores", "inventory", "score_intervals_HD-1", "per_hit_HD-1",
    "identity_coverage_HD-1", "gene_neighbourhood_HD-1", "domains_HD-1",
}  # fmt: skip


def drawn(folder: Path, lang: Lang = Lang.EN, **results: object) -> Path:
    digger, shoter = write_results(folder / "results", **results)  # type: ignore[arg-type]
    out = folder / f"plots-{lang}"
    out.mkdir()
    draw_all(digger, shoter, out, lang=lang)
    return out


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t"))


def test_each_picture_comes_as_svg_png_and_table(tmp_path: Path) -> None:
    out = drawn(tmp_path)

    assert {path.name for path in out.iterdir()} == {
        f"{start}{end}" for start in STARTS for end in (".svg", ".png", ".plot.tsv")
    }
    for png in out.glob("*.png"):
        with Image.open(png) as image:
            assert image.width == 1120


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = drawn(tmp_path / "a", Lang.ZH), drawn(tmp_path / "b", Lang.ZH)

    for path in sorted(first.iterdir()):
        assert path.read_bytes() == (second / path.name).read_bytes(), path.name


def test_the_table_holds_the_scores_and_leaves_untested_empty(tmp_path: Path) -> None:
    out = drawn(tmp_path)
    scores = json.loads((tmp_path / "results/shoter/strain_scores.json").read_text())["strains"][0]["orders"]

    rows = {row["target"]: row for row in rows_of(out / "strain_target_scores.plot.tsv")}

    for score in scores:
        shown = rows[score["target"]]["score"]
        assert shown == ("" if score["state"] in ("no_evidence", "inconclusive") else f"{score['score']:.4f}")
        assert rows[score["target"]]["state"] == score["state"]


def test_untested_is_hatched_and_inactive_is_not(tmp_path: Path) -> None:
    out = drawn(tmp_path)

    svg = (out / "strain_target_scores.svg").read_text(encoding="utf-8")

    assert "<pattern" in svg
    assert rows_of(out / "strain_target_scores.plot.tsv")[3]["score"] == "0.0000"


def test_a_score_never_claims_certainty() -> None:
    assert [number(score) for score in (0.0, 0.001, 0.5, 0.994, 0.999, 1.0)] == [
        "0.00", "<.01", "0.50", "0.99", ">.99", ">.99",
    ]  # fmt: skip


def test_a_genome_without_toxins_gets_pictures_that_say_so(tmp_path: Path) -> None:
    out = drawn(tmp_path, hits=0)

    assert {path.stem for path in out.glob("*.svg")} == STARTS


def test_without_diggers_json_the_pictures_of_the_scores_are_drawn(tmp_path: Path) -> None:
    digger, shoter = write_results(tmp_path / "results")
    (digger / "toxins.json").unlink()

    names = draw_all(digger, shoter, tmp_path, lang=Lang.EN)

    assert "per_hit_HD-1.svg" in names
    assert "domains_HD-1.svg" not in names


def test_hostile_names_are_text_and_never_a_path(tmp_path: Path) -> None:
    evil = "../../<script>$x$\\frac{1}{0}\t'\"\U0001f9a0"

    out = drawn(tmp_path, strain=evil, name="$\\alpha$<b>")

    assert {path.parent for path in tmp_path.rglob("*.svg")} == {out}
    assert all(
        set(path.name) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
        for path in out.iterdir()
    )
    for svg in out.glob("*.svg"):
        assert "<script" not in svg.read_text(encoding="utf-8")
    assert rows_of(out / "strain_target_scores.plot.tsv")[0]["strain"] == evil.replace("\t", " ")


def test_the_numbers_in_bold_are_of_what_the_strain_likely_acts_on(tmp_path: Path) -> None:
    digger, shoter = write_results(tmp_path)
    path = shoter / "strain_scores.json"
    scores = json.loads(path.read_text())
    for order in scores["strains"][0]["orders"]:
        order["tier"] = "primary" if order["target"] == "Diptera" else "secondary"
    path.write_text(json.dumps(scores))
    strain = read_results(digger, shoter).strains[0]
    likely = {name for name in ("Lepidoptera", "Human cancer cells") if target_heatmap.is_likely(strain, name)}
    assert likely == {"Lepidoptera", "Human cancer cells"}
    with drawing():
        sheet = target_heatmap._sheet([strain], target_heatmap.target_order([strain]), WORDS[Lang.EN], "")
    texts = sheet.figure.findobj(Text)
    bold = [text.get_text() for text in texts if text.get_fontweight() == "bold" and "." in text.get_text()]
    assert bold == [number(score.value) for score in strain.targets if score.target in likely]
    assert WORDS[Lang.EN].likely in [text.get_text() for text in texts]
    draw_all(digger, shoter, tmp_path, lang=Lang.EN)
    for table in ("strain_target_scores", "score_intervals_HD-1"):
        told = {row["target"] for row in rows_of(tmp_path / f"{table}.plot.tsv") if row["assessment"] == "likely"}
        assert told == likely


def test_strains_whose_names_look_alike_get_files_of_their_own(tmp_path: Path) -> None:
    digger, shoter = write_results(tmp_path)
    strain = read_results(digger, shoter).strains[0]
    named = [replace(strain, strain=name) for name in ("a b", "a/b", "...", "HD-1")]

    assert file_names(named) == ["a_b", "a_b-2", "strain", "HD-1"]


def test_many_strains_in_one_table_get_the_pictures_over_all_of_them(tmp_path: Path) -> None:
    digger, shoter = write_results(tmp_path / "results")
    path = shoter / "strain_scores.json"
    scores = json.loads(path.read_text())
    scores["strains"] = [{**scores["strains"][0], "strain": f"s{index}"} for index in range(draw.PER_STRAIN_UP_TO + 1)]
    path.write_text(json.dumps(scores))

    names = draw_all(digger, shoter, tmp_path, lang=Lang.EN)

    assert "strain_target_scores.svg" in names
    assert not [name for name in names if name.startswith("per_hit")]


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (lambda path: path.unlink(), "strain_scores.json is missing"),
        (lambda path: path.write_text("{"), "strain_scores.json does not have the expected form"),
        (lambda path: path.write_text("[]"), "strain_scores.json does not have the expected form"),
        (lambda path: path.write_text('{"schema": 2, "strains": []}'), "lacks|required field `uncalibrated`"),
    ],
)
def test_damaged_results_are_refused_by_name(tmp_path: Path, damage: object, sentence: str) -> None:
    digger, shoter = write_results(tmp_path / "results")
    damage(shoter / "strain_scores.json")  # type: ignore[operator]

    with pytest.raises(StageError, match=sentence) as caught:
        draw_all(digger, shoter, tmp_path, lang=Lang.EN)

    expected = FailureKind.OUTPUT_MISSING if "is missing" in sentence else FailureKind.TOOL_ERROR
    assert caught.value.kind is expected


def test_the_chinese_font_has_every_character_of_the_texts() -> None:
    with TTFont(Path(canvas.__file__).parent / "data" / "bttoxin-sans-sc-regular.otf") as font:
        known = {chr(point) for point in font.getBestCmap()}

    assert set("蛉橘蝽蠹豇") <= own_signs()
    assert own_signs() - known == set(), "python -m portal.pipeline.plots.subset_fonts"


def test_fonts_travel_with_their_licence_and_stay_small() -> None:
    data = Path(canvas.__file__).parent / "data"

    assert sum(path.stat().st_size for path in data.glob("*.[ot]tf")) < 1_048_576
    assert "SIL OPEN FONT LICENSE Version 1.1" in (data / "OFL.txt").read_text(encoding="utf-8")


def test_importing_the_stages_does_not_import_matplotlib() -> None:
    code = (
        "import sys, portal.pipeline.plots.stage, portal.pipeline.bundle.stage; "
        "print([name for name in ('matplotlib', 'jinja2', 'numpy') if name in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.strip() == "[]"
