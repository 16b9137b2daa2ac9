"""The README of a bundle: every file named and described in both languages, and nothing that a name could break."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from portal.domain.status import Lang
from portal.pipeline.bundle.make import StageFolders, make_bundle
from portal.pipeline.bundle.origin import InputFile, Origin
from portal.pipeline.bundle.readme import readme
from portal.pipeline.compare.compare import compare
from portal.pipeline.plots.draw import draw_all
from portal.results import names
from portal.results.file_words import file_words, reading_place
from tests.pipeline.plots.result_files import write_results

ORIGIN = Origin("abcdefgh2345", "HD-1", "2026-03-01T10:00:07+01:00", Lang.EN, InputFile("HD-1.fna", 4, "ab" * 32))
# What no bundle holds under its own name: the ZIPs themselves.
_ZIPS = {names.BUNDLE_ZIP, names.COMPARE_ZIP}


@pytest.fixture(scope="module", params=list(Lang))
def bundle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The texts of a bundle with all its pictures, by path below the top folder, and its language as `lang`."""
    folder = tmp_path_factory.mktemp("bundle")
    digger, shoter = write_results(folder / "results")
    plots, out = folder / "plots", folder / "out"
    plots.mkdir()
    out.mkdir()
    draw_all(digger, shoter, plots, lang=request.param)
    origin = replace(ORIGIN, lang=request.param)
    make_bundle(StageFolders(digger, shoter, plots), out, origin=origin, display_name="HD-1.fna")
    with zipfile.ZipFile(out / "bundle.zip") as archive:
        files = {name.partition("/")[2]: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}
    return {**files, "lang": str(request.param)}


def lines_of(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("- `")]


@pytest.mark.parametrize(("name", "colon"), [("README.md", ": "), ("README.zh.md", "：")])
def test_each_file_is_named_once_with_what_it_is(bundle: dict[str, str], name: str, colon: str) -> None:
    named: list[str] = []
    for line in lines_of(bundle[name]):
        files, found, about = line.removeprefix("- ").partition(colon)
        assert found, line
        assert about, line
        first, *endings = [part.strip("` ") for part in files.replace("、", ",").split(",")]
        stem = first.removesuffix(".png")
        named += [first, *(f"{stem}{ending}" for ending in endings)]
    expected = [path.rpartition("/")[2] for path in bundle if path != "lang"]
    assert sorted(named) == sorted(expected)


@pytest.mark.parametrize("lang", Lang)
def test_it_begins_with_the_report_in_its_own_language(bundle: dict[str, str], lang: Lang) -> None:
    text = bundle[names.READMES[lang]]
    report = f"4_Report/{names.report_names(lang, Lang(bundle['lang']))[0]}"
    assert f"`{report}`" in text
    assert f'<html lang="{"zh-CN" if lang is Lang.ZH else "en"}">' in bundle[report]


def test_both_reports_are_there_and_the_translated_one_says_what_its_pictures_are(bundle: dict[str, str]) -> None:
    own = Lang(bundle["lang"])
    other = next(lang for lang in Lang if lang is not own)
    note = {Lang.EN: "The labels in the pictures are in Chinese.", Lang.ZH: "图中的文字为英文。"}[other]
    for name in names.report_names(other, own):
        assert note in bundle[f"4_Report/{name}"]
    for name in names.report_names(own, own):
        assert "The labels in the pictures" not in bundle[f"4_Report/{name}"]
        assert "图中的文字为" not in bundle[f"4_Report/{name}"]


def test_the_readmes_of_a_comparison_name_each_file(tmp_path: Path) -> None:
    digger, shoter = write_results(tmp_path / "results")
    out = tmp_path / "out"
    out.mkdir()
    compare([("a", digger, shoter), ("b", digger, shoter)], out, Lang.EN, submission_time="2026-03-01")
    with zipfile.ZipFile(out / "compare.zip") as archive:
        files = archive.namelist()
        [top] = {name.partition("/")[0] for name in files}
        texts = [archive.read(f"{top}/{name}").decode() for name in names.READMES.values()]
    assert top.startswith("comparison_2_strains_")
    for text in texts:
        assert all(": " in line or "：" in line for line in lines_of(text))
        for path in files:
            stem = path.rpartition("/")[2].removesuffix(".plot.tsv").removesuffix(".svg")
            assert f"`{stem}" in text, path


def test_every_name_of_the_table_has_its_words() -> None:
    plain = {value for name, value in vars(names).items() if name.isupper() and isinstance(value, str) and "." in value}
    plain |= {names.CHECKSUMS}
    made = (getattr(names, name) for name in dir(names) if name.startswith("strain_"))
    described = plain - _ZIPS - {names.README} | {make("HD-1") for make in made}
    assert len(described) > 35
    assert [name for name in described if file_words(name, Lang.EN) is None] == []
    assert file_words("picture.svg", Lang.EN) is None


def test_a_table_stands_before_its_form_for_programs() -> None:
    assert sorted(["toxins.json", "HD-1.gbk", "All_Toxins.txt", "toxins.tsv"], key=reading_place) == [
        "toxins.tsv", "toxins.json", "All_Toxins.txt", "HD-1.gbk"
    ]  # fmt: skip


@pytest.mark.parametrize("lang", Lang)
@pytest.mark.parametrize("name", ["a`b`\n# title", "<script>alert(1)</script>", "[x](http://evil)", "```\n<b>"])
def test_a_hostile_name_stays_one_piece_of_code(lang: Lang, name: str) -> None:
    text = readme(lang, [], replace(ORIGIN, strain=name, genome=InputFile(name, 1, "")), {})
    for line in text.splitlines():
        if "script" in line or "evil" in line or "title" in line or "<b>" in line:
            assert line.count("`") == 2, line
            before, _, after = line.split("`")
            assert "<" not in before + after
            assert "[" not in before + after
    assert len([line for line in text.splitlines() if line.startswith("# ")]) == 1


def test_each_program_is_named_with_its_role(bundle: dict[str, str]) -> None:
    for name, starts in (
        ("README.md", ("Portal: bttoxin-portal ", "Toxin search: ", "Toxin reference: ", "Data for the scores: ")),
        ("README.zh.md", ("平台：bttoxin-portal ", "毒素搜索程序：", "毒素参考库：", "评分数据：")),
    ):
        lines = bundle[name].splitlines()
        for start in starts:
            found = [line for line in lines if line.startswith(f"- {start}")]
            assert found, (name, start)
            assert all(len(line) > len(start) + 2 for line in found), (name, start)
