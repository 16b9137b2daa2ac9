"""What the page says of results: the summary first, what is unknown, evidence, and honest words where there is none."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient

from portal.domain.status import PipelineStage
from portal.files.reports import Sentinel
from portal.pipeline.report import prose_en, prose_zh
from portal.results.scores import ScoresDocument, TrialCounts
from portal.results.sources import lasting_address
from portal.web.pages.score_view import read_scores
from portal.web.texts.trials import trials_text
from tests.builders import Site
from tests.pipeline.plots.result_files import scores_document, strain_scores
from tests.web.pages.conftest import Open
from tests.web.pages.edited_results import edit


def test_the_summary_comes_first_and_names_the_primary_target(site: Site, client: FlaskClient, open_task: Open) -> None:
    text = client.get(open_task(site.task())).text
    assert re.search(r"Likely acts on\s*<span class=\"target-name\">Lepidoptera</span>", text)
    order = [text.index(f'id="{part}-title"') for part in ("verdict", "toxins", "pictures", "evidence", "files")]
    assert order == sorted(order)
    assert "it is not a probability" in text
    assert "uncalibrated: not known how many strains" in text, "no order of this document has an estimate"
    chinese = client.get(f"{open_task(site.task())}?lang=zh").text
    assert re.search(r"很可能作用于\s*<span class=\"target-name\">鳞翅目</span>", chinese)
    assert "并非概率" in chinese
    assert "未经校准：尚不知" in chinese


def test_the_summary_says_why(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()

    def change(data: dict[str, Any]) -> None:
        [first, *_] = data["strains"][0]["orders"]
        values = [0.9, 0.5, 0.4, 0.3, 0.05]
        unit, names = first["units"][0], ["Cry1Ac1", "Cry1Ab1", "Cry2Aa1", "Vip3Aa1", "Cry1Ia1"]
        known = data["strains"][0]["units"][0]
        data["strains"][0]["units"] = [{**known, "unit_id": name, "name": name} for name in names]
        pairs = zip(names, values, strict=True)
        first["units"] = [{**unit, "unit_id": name, "contribution": value, "records": []} for name, value in pairs]
        positive = [fact for fact, record in data["records"].items() if record["activity"] == "positive"]
        first["units"][0]["records"] = first["units"][1]["records"] = positive[:1]

    edit(site, built, "shoter", "strain_scores.json", change)
    text = client.get(open_task(built)).text
    assert "through Cry1Ac1, Cry1Ab1, Cry2Aa1 and 1 more · 1 published test of its own toxins shows an effect" in text


def test_records_of_relatives_stand_apart_from_its_own(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()

    def change(data: dict[str, Any]) -> None:
        for order in data["strains"][0]["orders"]:
            for unit in order["units"]:
                unit["inherited_records"] = list(data["records"])[:2]

    edit(site, built, "shoter", "strain_scores.json", change)
    text = client.get(open_task(built)).text
    folds = re.findall(r'<details class="fold records-fold">.*?</details>', text, re.DOTALL)
    assert folds
    assert all("of a relative" in fold for fold in folds)
    assert "of a relative" not in re.sub(r'<details class="fold records-fold">.*?</details>', "", text, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("species", "italic"),
    [("Aedes aegypti", True), ("Aedes/Culex", True), ("Aedes", True), ("mosquito larvae", False), ("(Bti)", False)],
)
def test_only_names_are_set_in_italics(
    site: Site, client: FlaskClient, open_task: Open, species: str, italic: bool
) -> None:
    built = site.task()

    def change(data: dict[str, Any]) -> None:
        for record in data["records"].values():
            record["species"] = species

    edit(site, built, "shoter", "strain_scores.json", change)
    assert (f'<i lang="la">{species}</i>' in client.get(open_task(built)).text) is italic


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        (
            "en",
            ["State of each gene", "the reading frame shifts (−1 bp)", "sequencing error", "6 intact genes"],
        ),
        ("zh", ["各基因的状况", "阅读框移位（−1 bp）", "测序错误", "6 个完整基因"]),
    ],
)
def test_each_gene_is_explained(site: Site, client: FlaskClient, open_task: Open, lang: str, words: list[str]) -> None:
    address = open_task(site.task(hits=8))
    text = client.get(f"{address}?lang={lang}").text
    assert [word for word in words if word not in text] == []
    broken = text.partition('id="genes-title"')[2].partition("<details")[0]
    assert re.findall(r'id="locus-(L\d+)"', broken) == ["L3", "L5"]
    row = re.search(r'<tr id="toxin-\d+" data-toxin="\d+">(?:(?!</tr>).)*href="#locus-L3".*?</tr>', text, re.DOTALL)
    assert row is not None
    assert ("frameshift" if lang == "en" else "移码") in row[0]


def test_a_broken_gene_of_two_rows_counts_once(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()

    def change(data: dict[str, Any]) -> None:
        first, second, *others = data["loci"]
        first["pieces"] += second["pieces"]
        data["loci"] = [first, *others]

    assert "7 toxin genes" in client.get(open_task(built)).text
    edit(site, built, "digger", "loci.json", change)
    assert "6 toxin genes" in client.get(open_task(built)).text


def test_results_without_loci_are_shown_as_before(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    folder = site.portal.task(built.task_id).attempt(1).stage(PipelineStage.DIGGER)
    sentinel = Sentinel.read(folder.sentinel)
    assert sentinel is not None
    replace(sentinel, outputs=tuple(one for one in sentinel.outputs if one.name != "loci.json")).write(folder.sentinel)
    text = client.get(open_task(built)).text
    assert "7 toxin genes" in text
    assert 'id="genes-title"' not in text
    assert "cut by the contig&#39;s end" in text or "cut by the contig's end" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_line_parts_a_number_from_its_percent_sign(
    site: Site, client: FlaskClient, open_task: Open, lang: str
) -> None:
    text = client.get(f"{open_task(site.task())}?lang={lang}").text
    shown = re.sub(r"(?s)<script.*?</script>|<style.*?</style>|<[^>]*>", "", text)
    assert "\N{NO-BREAK SPACE}%" in shown
    assert re.findall(r".{20}\d %.{5}", shown) == []


@pytest.mark.parametrize(("lang", "counted"), [("en", "/ · 8 files<"), ("zh", "/ · 8 个文件<")])
def test_folders_tell_how_many_files_they_hold(
    site: Site, client: FlaskClient, open_task: Open, lang: str, counted: str
) -> None:
    text = client.get(f"{open_task(site.task())}?lang={lang}").text
    assert counted in text.partition('id="files-title"')[2].partition("</section>")[0]


def test_what_the_page_draws_is_not_shown_twice(site: Site, client: FlaskClient, open_task: Open) -> None:
    text = client.get(open_task(site.task())).text
    before, _, after = text.partition("What this page draws already, as pictures to keep")
    for name in ("gene_neighbourhood", "domains", "score_intervals", "inventory"):
        assert f"/results/{name}" not in before.partition('id="pictures-title"')[2], name
        assert f"/results/{name}" in after, name


def test_what_nobody_tested_is_told_as_unknown_and_never_as_a_score(
    site: Site, client: FlaskClient, open_task: Open
) -> None:
    text = client.get(open_task(site.task())).text
    unknown = re.search(r"The evidence table has no record of these toxins on:</b>(.*?)</li>", text, re.DOTALL)
    inactive = re.search(r"Tested, found inactive:</b>(.*?)</li>", text, re.DOTALL)
    assert unknown is not None
    assert inactive is not None
    assert "That is unknown, not zero." in unknown[1]
    undecided = re.search(r"Too few tests to tell:</b>(.*?)</li>", text, re.DOTALL)
    assert undecided is not None
    assert "of 7 toxins tried, no effect, 1 of them verified; others unknown)" in undecided[1]
    for name in re.findall(r"[A-Z][a-z]+ptera", unknown[1]):
        assert f'href="#evidence-{name.lower()}"' not in text


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ((6, 1, 0), "1 of 6 toxins tried, unverified; others unknown"),
        ((6, 0, 0), "none of 6 toxins tried; relatives of theirs were inactive"),
        ((6, 3, 3), "3 of 6 toxins tried, no effect; others unknown"),
        ((6, 3, 1), "3 of 6 toxins tried, no effect, 1 of them verified; others unknown"),
        ((6, 6, 0), "6 of 6 toxins tried, unverified"),
        ((1, 1, 0), "its one toxin was tried, unverified"),
        ((1, 0, 0), "its one toxin was not tried, relatives were"),
    ],
)
def test_page_and_report_count_the_toxins_that_were_tried_in_the_same_words(
    client: FlaskClient, counts: tuple[int, int, int], text: str
) -> None:
    counted = TrialCounts(toxins=counts[0], tried=counts[1], read=counts[2])
    with client.application.test_request_context("/?lang=en"):
        assert trials_text(counted) == text
    assert prose_en.trials_text(counted) == text
    with client.application.test_request_context("/?lang=zh"):
        assert trials_text(counted) == prose_zh.trials_text(counted)


def test_a_genome_without_toxins_has_honest_words(site: Site, client: FlaskClient, open_task: Open) -> None:
    address = open_task(site.task(hits=0))
    text = client.get(address).text
    assert "No toxin gene was found in this genome" in text
    assert "this is a result, not an error" in text
    assert "Likely acts on" not in text
    assert 'id="pictures-title"' not in text, "eight pictures of nothing"
    assert "未检出毒素基因" in client.get(f"{address}?lang=zh").text


def test_a_score_leads_down_to_the_publication(site: Site, client: FlaskClient, open_task: Open) -> None:
    text = client.get(open_task(site.task())).text
    assert re.search(r'<a href="https://doi\.org/10\.1000/F\d+" rel="noopener noreferrer">Author &amp; Writer', text)
    assert "source not checked" in text


def test_toxins_are_listed_best_first_with_their_flags(site: Site, client: FlaskClient, open_task: Open) -> None:
    text = client.get(open_task(site.task())).text
    table = re.search(r'<table id="toxins".*?</table>', text, re.DOTALL)
    assert table is not None
    identities = [
        float(value) for value in re.findall(r'data-label="Identity\s%" class="num" data-value="([\d.]+)"', table[0])
    ]
    assert len(identities) == 7
    assert identities == sorted(identities, reverse=True)
    assert "cut by the end of a contig" in table[0]


def test_files_are_offered_with_size_and_checksum_and_arrive(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    text = client.get(open_task(built)).text
    links = set(re.findall(rf'href="(/api/tasks/{built.task_id}/(?:results/|bundle)[^"]*)"', text))
    folder = site.portal.task(built.task_id).attempt(1).path
    sentinels = [Sentinel.read(folder / stage / "sentinel.json") for stage in ("digger", "shoter", "plots", "bundle")]
    names = {output.name for sentinel in sentinels if sentinel for output in sentinel.outputs}
    assert {link.rpartition("/")[2] for link in links} == (names - {"bundle.zip"}) | {"bundle"}
    for link in links:
        assert client.get(link).status_code == 200, link


def test_the_whole_toxin_table_is_offered_in_four_formats(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    links = re.findall(r'href="(/api/[^"]+/toxins\?format=(\w+))" download', client.get(open_task(built)).text)
    assert [name for _, name in links] == ["csv", "tsv", "json", "xlsx"]
    for link, name in links:
        content = client.get(link).data
        if name == "xlsx":
            with zipfile.ZipFile(io.BytesIO(content)) as workbook:
                content = workbook.read("xl/worksheets/sheet1.xml")
        assert b"contig1_00001" in content


def test_pictures_keep_their_room(site: Site, client: FlaskClient, open_task: Open) -> None:
    pictures = re.findall(r"<img [^>]*>", client.get(open_task(site.task())).text)
    assert len(pictures) == 9
    assert all('width="9" height="9"' in picture for picture in pictures)


def test_hostile_names_in_results_are_text(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    evil = "<script>alert(1)</script>"

    def spoil_toxins(data: dict[str, Any]) -> None:
        data["toxins"][0]["hit"]["name"] = evil
        data["toxins"][0]["contig"] = f'"{evil}'

    def spoil_scores(data: dict[str, Any]) -> None:
        for record in data["records"].values():
            record["reference"], record["url"], record["doi"] = evil, "javascript:alert(1)", None
        data["strains"][0]["warnings"] = [evil]

    edit(site, built, "digger", "toxins.json", spoil_toxins)
    edit(site, built, "shoter", "strain_scores.json", spoil_scores)
    text = client.get(open_task(built)).text
    assert evil not in text
    assert "javascript:" not in text
    assert text.count("&lt;script&gt;alert(1)") >= 4


@pytest.mark.parametrize(("stage", "name"), [("shoter", "strain_scores.json"), ("digger", "toxins.json")])
def test_a_missing_result_file_leaves_the_rest(
    site: Site, client: FlaskClient, open_task: Open, stage: str, name: str
) -> None:
    built = site.task()
    (site.portal.task(built.task_id).path / "attempts" / "1" / stage / "out" / name).unlink()
    page = client.get(open_task(built))
    assert page.status_code == 200
    assert "Download everything" in page.text


@pytest.mark.parametrize(("score", "shown"), [(1.0, "&gt;0.99"), (0.996, "&gt;0.99"), (0.994, "0.99"), (0.5, "0.50")])
def test_no_score_is_shown_as_certain(
    site: Site, client: FlaskClient, open_task: Open, score: float, shown: str
) -> None:
    built = site.task()

    def change(data: dict[str, Any]) -> None:
        data["strains"][0]["orders"][0]["score"] = score

    edit(site, built, "shoter", "strain_scores.json", change)
    assert f"<b>{shown}</b>" in client.get(open_task(built)).text


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (0.9961, 0.9999, "0.99 – &gt;0.99"),
        (0.0, 0.0004, "0.00 – &lt;0.01"),
        (0.001, 0.004, "0.00–0.01"),
        (0.004, 0.3, "&lt;0.01–0.30"),
        (0.5501, 0.5532, "0.55–0.56"),
        (0.2, 0.7, "0.20–0.70"),
    ],
)
def test_an_interval_is_shown_with_a_width(
    site: Site, client: FlaskClient, open_task: Open, low: float, high: float, shown: str
) -> None:
    built = site.task()

    def change(data: dict[str, Any]) -> None:
        data["strains"][0]["orders"][0].update(low=low, high=high)

    edit(site, built, "shoter", "strain_scores.json", change)
    assert f'<span class="range-words">{shown}</span>' in client.get(open_task(built)).text


def test_scores_are_sorted_into_likely_inactive_and_untested() -> None:
    strain = strain_scores("S", 7)
    scores = read_scores(msgspec.convert(scores_document(strain), ScoresDocument))
    assert scores is not None
    shown = [*scores.scored, *scores.non_pest, *scores.inactive, *scores.undecided, *scores.untested]
    assert sorted(target.target for target in shown) == sorted(row["target"] for row in strain["orders"])
    assert all(target.score > 0 for target in (*scores.scored, *scores.non_pest))
    assert all(target.score == 0 for target in (*scores.inactive, *scores.undecided, *scores.untested))
    assert scores.scored[0].tier == "primary"


@pytest.mark.parametrize(
    ("doi", "url", "href"),
    [
        ("10.1128/AEM.02474-08", None, "https://doi.org/10.1128/AEM.02474-08"),
        ("10.1/x", "https://a.example/b", None),
        (None, "https://staging.scite.ai/10.1128/AEM.02474-08", None),
        (None, "https://pubmed.ncbi.nlm.nih.gov/1234567/", "https://pubmed.ncbi.nlm.nih.gov/1234567/"),
        (None, "https://pubmed.ncbi.nlm.nih.gov.example.org/1234567/", None),
        (None, "javascript:alert(1)", None),
        ('10.1000/"><b>', None, "https://doi.org/10.1000/%22%3E%3Cb%3E"),
        (None, None, None),
    ],
)
def test_only_dois_and_pubmed_entries_become_links(doi: str | None, url: str | None, href: str | None) -> None:
    assert lasting_address(doi, url) == href
