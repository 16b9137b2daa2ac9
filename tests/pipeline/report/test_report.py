"""The report: complete by itself, honest about what is not known, and deaf to markup in names."""

from __future__ import annotations

import dataclasses
import html
import json
import re
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from portal.domain.fasta import mostly_unknown
from portal.domain.status import Lang
from portal.pipeline.report.languages import PROSE
from portal.pipeline.report.prose_en import EnglishProse
from portal.pipeline.report.render import record_link, render_report, write_report
from portal.pipeline.report.summary import interval_text, summarise
from portal.results.codec import to_json
from portal.results.conclusion import AssessedTarget, Assessment, Caution, Conclusion, Outcome
from portal.results.loci import Verdict
from portal.results.names import DIGGER_JSON
from portal.results.ranking import score_text
from portal.results.reading import read_results
from portal.results.scores import OrderScore, Record, ScoreState, Tier
from portal.results.targets import Panel
from portal.results.toxins import DiggerRun, SearchedStrain
from tests.pipeline.plots.result_files import record as record_of
from tests.pipeline.plots.result_files import write_results
from tests.pipeline.report.report_page import Page
from tests.pipeline.report.written import header, written


@pytest.mark.parametrize("lang", Lang)
def test_the_page_needs_nothing_else(tmp_path: Path, lang: Lang) -> None:
    html, _ = written(tmp_path, lang, drawn=lang is Lang.EN)
    page = Page(html)

    assert len(page.addresses) == (8 if lang is Lang.EN else 0)
    assert all(address.startswith("data:image/") for address in page.addresses)
    assert "script" not in page.tags
    assert "link" not in page.tags
    assert "default-src 'none'" in html
    assert re.findall(r"url\((?!data:)", html) == []


def test_a_score_leads_to_its_records_and_their_dois(tmp_path: Path) -> None:
    html, markdown = written(tmp_path)
    page = Page(html)
    records = json.loads((tmp_path / "results/shoter/strain_scores.json").read_text())["records"]

    cited = {anchor[1:] for anchor in page.anchors if anchor.startswith("#")}

    assert cited
    assert cited <= page.ids
    for fact_id in cited:
        assert f"https://doi.org/{records[fact_id]['doi']}" in page.anchors
        assert f"https://doi.org/{records[fact_id]['doi']}" in markdown
    assert "source not checked" in html


def test_chinese_brings_its_characters_along(tmp_path: Path) -> None:
    html, markdown = written(tmp_path, Lang.ZH)

    assert "font/woff;base64," in html
    assert 'lang="zh-CN"' in html
    for text in (html, markdown):
        assert "可能的靶标" in text
        assert "并非概率" in text
        assert "鳞翅目" in text


def test_a_genome_without_toxins_is_told_so(tmp_path: Path) -> None:
    html, markdown = written(tmp_path, hits=0)

    for text in (html, markdown):
        assert "No toxin gene was found in this genome." in text
        assert "a family that it lacks cannot be found" in text
        assert "Target orders" not in text
    assert Page(html).addresses == []


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            Lang.EN,
            "60.0 % of the sequence is unknown (N, X or another ambiguous letter): that a toxin gene is",
        ),
        (Lang.ZH, "序列的 60.0 % 为未知字母（N、X 或其他简并字母）：在此未找到毒素基因，几乎不能说明菌株的情况。"),
    ],
)
def test_a_file_of_which_most_is_unknown_is_told_first_of_what_is_not_known(
    tmp_path: Path, lang: Lang, words: str
) -> None:
    """The page and the remarks say it; whoever has only the report is to know it too."""
    digger, shoter = write_results(tmp_path / "results", 0)
    tally = mostly_unknown(1000, 600)
    assert tally is not None
    inventory = read_results(digger, shoter).inventory
    assert inventory is not None
    found = SearchedStrain(
        strain="HD-1", contigs=1, bases=1000, n50=1000, kind="nucl", toxins=0, accessory=0, notes=(str(tally),),
        remarks=(tally,),
    )  # fmt: skip
    told = {}
    for name, remarks in (("with", (tally,)), ("without", ())):
        strains = (msgspec.structs.replace(found, remarks=remarks),)
        run = DiggerRun(engine=inventory.engine, reference=inventory.reference, strains=strains)
        (digger / DIGGER_JSON).write_bytes(to_json(run))
        out = tmp_path / name
        out.mkdir()
        write_report(digger, shoter, tmp_path, out, lang=lang, header=header())
        written_so = [(out / f"report.{form}").read_text(encoding="utf-8") for form in ("html", "md")]
        # As a browser shows it, and without the escapes of Markdown.
        told[name] = [re.sub(r"\s", " ", html.unescape(written_so[0])), written_so[1].replace("\\", "")]
    assert [words in text for text in told["with"]] == [True, True]
    assert [words in text for text in told["without"]] == [False, False]
    heading = PROSE[lang].headings.unknown
    assert told["with"][1].partition(f"## {heading}\n\n- ")[2].startswith(words)


def test_tables_of_the_markdown_keep_their_columns(tmp_path: Path) -> None:
    _, markdown = written(tmp_path, name="a|b")

    blocks = re.findall(r"(?:^\|.*\n)+", markdown, flags=re.MULTILINE)

    assert len(blocks) > 6
    for block in blocks:
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1, block[:200]


def test_punctuation_of_the_markdown_is_whole(tmp_path: Path) -> None:
    _, markdown = written(tmp_path)
    assert "# HD-1: Toxins and likely targets" in markdown
    assert "Genome file: HD-1.fna · Submitted: 2026-03-01 · Task: abcdefgh2345" in markdown
    assert "family's profile" in markdown
    assert "#39;" not in markdown


def test_the_first_page_says_what_is_not_known(tmp_path: Path) -> None:
    html, _ = written(tmp_path, hits=8)

    words = Page(html).words
    assert "needs Tpp2, which was not found" in words
    assert "unknown, not zero" in words
    assert "Targets unknown: Cry9Ad1" in words
    assert "Cut by a contig's end or a gap: Cry4Ae1." in words


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (Lang.EN, ["State of each gene", "the reading frame shifts (−1 bp)", "a pseudogene", "frameshift"]),
        (Lang.ZH, ["各基因的状况", "阅读框移位（−1 bp）", "假基因", "移码"]),
    ],
)
def test_broken_genes_are_explained_in_both_forms(tmp_path: Path, lang: Lang, words: list[str]) -> None:
    html, markdown = written(tmp_path, lang)
    for text in (Page(html).words, markdown.replace("\\", "")):
        assert [word for word in words if word not in text] == []
        heading = text.index(words[0])
        assert text.index("L3", heading) < text.index("L1", heading), "those that are not whole come first"
    assert re.search(r"\d\N{NO-BREAK SPACE}%", html)
    assert re.findall(r".{20}\d %", html) == [], "a percent sign begins no line"


def test_an_assessment_below_what_the_score_suggests_has_its_reason_in_both_forms(tmp_path: Path) -> None:
    digger, shoter = write_results(tmp_path / "results", 3)
    results = read_results(digger, shoter)
    strain = results.strains[0]
    first = strain.targets[0]
    said = (AssessedTarget(first.target, Assessment.POSSIBLE, Caution.WIDE_INTERVAL),)
    held = replace(strain, conclusion=Conclusion(outcome=Outcome.POSSIBLE, pest=said, non_pest=()))
    scores = replace(results.scores, strains=(held,))
    html, markdown = render_report(dataclasses.replace(results, scores=scores), tmp_path, lang=Lang.EN, header=header())
    for text in (Page(html).words, markdown):
        assert "not likely, as the interval begins " in text


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    for lang in Lang:
        assert written(tmp_path / f"a{lang}", lang) == written(tmp_path / f"b{lang}", lang)


def test_an_interval_never_claims_certainty() -> None:
    score = OrderScore(
        target="Diptera", panel=Panel.PEST, score=0.9, low=0.25, high=1.0, state=ScoreState.TESTED, tier=Tier.PRIMARY,
        grade="A", unverified_share=0.0, trials=None, units=(),
    )  # fmt: skip
    assert interval_text(score) == "0.25 – >0.99"
    assert score_text(1.0) == ">0.99"


def test_what_is_only_possible_beside_a_primary_target_is_told(tmp_path: Path) -> None:
    results = read_results(*write_results(tmp_path, 3))
    strain = results.strains[0]
    first, second = strain.targets[:2]
    said = (
        AssessedTarget(first.target, Assessment.LIKELY),
        AssessedTarget(second.target, Assessment.POSSIBLE, Caution.BESIDE_PRIMARY),
    )
    conclusion = Conclusion(outcome=Outcome.LIKELY, pest=said, non_pest=())
    summary = summarise(results, replace(strain, conclusion=conclusion))
    assert [line.score.target for line in summary.targets] == [first.target, second.target]
    text = (
        f"Only possible despite a high score, as the strain's own toxins were tested far less there: {second.target}."
    )
    assert text in EnglishProse().sure(summary)


def test_identity_and_coverage_of_a_toxin_are_those_of_its_gene(tmp_path: Path) -> None:
    results = read_results(*write_results(tmp_path / "results", 7))
    assert results.loci is not None
    [broken] = [locus for locus in results.loci.loci if locus.verdict is Verdict.FRAMESHIFT]
    told = replace(broken, identity_percent=91.5, coverage_percent=87.25)
    loci = tuple(told if locus is broken else locus for locus in results.loci.loci)
    unit = next(unit for unit in results.strains[0].units if unit.hits[0] in broken.protein_ids)
    document = replace(results.loci, loci=loci)
    summary = summarise(dataclasses.replace(results, loci=document), results.strains[0])
    assert summary.coverage_of(unit) == 87.25
    rows = {hit.protein_id: hit for hit in results.strains[0].hits}
    without = summarise(dataclasses.replace(results, loci=None), results.strains[0])
    assert without.coverage_of(unit) == rows[unit.hits[0]].coverage_percent


def test_only_dois_and_pubmed_entries_become_links() -> None:
    def record(doi: str | None, url: str | None) -> Record:
        return msgspec.convert({**record_of("F0002", "Diptera"), "doi": doi, "url": url}, Record)

    assert record_link(record("10.1000/x", None)) == "https://doi.org/10.1000/x"
    assert record_link(record(None, "https://example.org")) is None
    entry = "https://pubmed.ncbi.nlm.nih.gov/12/"
    assert record_link(record(None, entry)) == entry
    assert record_link(record("javascript:x", "javascript:alert(1)")) is None
