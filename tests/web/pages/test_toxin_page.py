"""The page of one toxin gene: its parts from verified files, its addresses, and hostile names that stay text."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.domain.status import PipelineStage, TaskStatus
from tests.builders import BuiltTask, Site, rewrite_result
from tests.web.pages.conftest import Open
from tests.web.pages.older_results import without

HOSTILE = "<img src=x onerror=alert(1)>\"'/../Cry1Aa{{7*7}}"


def digger_file(site: Site, built: BuiltTask, name: str) -> Path:
    return site.portal.task(built.task_id).attempt(1).stage(PipelineStage.DIGGER).out / name


def section(page: str, name: str) -> str:
    return page.partition(f'aria-labelledby="{name}-title"')[2].partition("</section>")[0]


def text_of(markup: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", markup))


def test_the_page_has_all_its_parts(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    page = client.get(f"{open_task(built)}/toxins/L2").text
    sequences = text_of(section(page, "sequences"))
    length = json.loads(digger_file(site, built, "toxins.json").read_text())["toxins"][1]["length_aa"]
    assert "M" * length in sequences
    assert "ATG" * length in sequences
    assert f"{length:,} residues" in sequences
    assert "a" * 30 + "ATG" in sequences
    assert re.search(r"\d\N{NO-BREAK SPACE}% identical to", section(page, "state"))
    alignments = section(page, "alignments")
    assert "V5A" in alignments
    assert "R66K" in alignments
    assert "M71del" in alignments
    assert "80_81insMM" in alignments
    assert "The same sequence: Cry1Ac9" in alignments
    assert "Equally close: Cry1Ad1" in alignments
    assert "domain I 20–120" in text_of(alignments)
    assert "domain II 130–220 (50\N{NO-BREAK SPACE}% present)" in text_of(alignments)
    assert 'id="gene-' in section(page, "drawings")
    assert "records" not in section(page, "neighbours")
    assert re.search(r'<tr id="F\d+">', section(page, "records"))


def test_each_sequence_has_the_range_of_its_own_letters(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    page = client.get(f"{open_task(built)}/toxins/L2").text
    row = json.loads(digger_file(site, built, "toxins.json").read_text())["toxins"][1]
    place = f"{row['contig']}:{row['start']}-{row['end']}({row['strand']})"
    around = f"{row['contig']}:{row['start'] - 30}-{row['end'] + 30}({row['strand']})"
    gene, flanks = (copied(page, name) for name in ("dna-1", "flanks-1"))
    assert gene[0] == f">L2 {row['hit']['name']} {place}"
    assert flanks[0] == f">L2 {row['hit']['name']} {around} gene={row['start']}-{row['end']}"
    for header, letters in (gene, flanks):
        first, last = map(int, re.findall(r":(\d+)-(\d+)\(", header)[0])
        assert len(letters) == last - first + 1
    assert place in text_of(page.partition('id="dna-1-title"')[2].partition("</h3>")[0])
    assert around in text_of(page.partition('id="flanks-1-title"')[2].partition("</h3>")[0])


def copied(page: str, name: str) -> tuple[str, str]:
    """Return the header and the letters that a page offers to copy."""
    header, *lines = text_of(page.partition(f'id="{name}"')[2].partition(">")[2].partition("</pre>")[0]).split("\n")
    return header, "".join(lines)


def test_the_alignment_is_the_file_s(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    page = client.get(f"{open_task(built)}/toxins/L1").text
    [one, _] = json.loads(digger_file(site, built, "alignments.json").read_text())["genes"][0]["alignments"]
    shown = section(page, "alignments").partition('class="alignment"')[2].partition("</div>")[0]
    blocks = [text_of(block).lstrip(">").split("\n") for block in re.findall(r"<pre[^>]*>.*?</pre>", shown, re.S)]
    assert "".join(block[1] for block in blocks) == one["protein_row"]
    assert "".join(block[3] for block in blocks) == one["reference_row"]
    assert all(len(block[1]) == 10 for block in blocks[:-1])
    lines = text_of(page.partition('id="alignment-text-1"')[2].partition(">")[2].partition("</pre>")[0])
    rows = [line.split() for line in lines.splitlines() if line.startswith("protein")]
    assert "".join(row[2] for row in rows) == one["protein_row"]
    assert {len(row[2]) for row in rows[:-1]} == {60}
    assert rows[-1][3] == str(one["end"])


@pytest.mark.parametrize("wanted", ["L1", "contig1_00001", "Cry1Aa1", "cry1aa1", "Cry1Aa", "Cry1A"])
def test_a_gene_is_found_by_locus_row_and_name(site: Site, client: FlaskClient, open_task: Open, wanted: str) -> None:
    page = client.get(f"{open_task(site.task(hits=3))}/toxins/{wanted}")
    assert page.status_code == 200
    assert re.search(r"<h1[^>]*>Cry1Aa1 <span[^>]*>L1</span></h1>", page.text)


def test_a_name_of_several_genes_lists_them(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task(hits=3)
    path = digger_file(site, built, "loci.json")
    loci = json.loads(path.read_text())
    for locus in loci["loci"][:2]:
        locus["name"] = locus["reference"] = "Cry9Ee1"
    rewrite_result(path, json.dumps(loci).encode())
    address = open_task(built)
    page = client.get(f"{address}/toxins/Cry9Ee1").text
    assert "2 genes of this name" in page
    assert f'href="{address}/toxins/L1"' in page
    assert f'href="{address}/toxins/L2"' in page


def test_genes_of_another_name_are_told_apart(site: Site, client: FlaskClient, open_task: Open) -> None:
    """A link to Cry9Ee1 also finds a gene named Cry9Da1 with a row closest to it, which is none of the name."""
    built = site.task(hits=3)
    path = digger_file(site, built, "loci.json")
    loci = json.loads(path.read_text())
    for locus, name in zip(loci["loci"], ("Cry9Ee1", "Cry9Da1"), strict=False):
        locus |= {"name": name, "reference": name, "reference_1998": None, "equal_to": []}
    rewrite_result(path, json.dumps(loci).encode())
    rows = digger_file(site, built, "toxins.json")
    toxins = json.loads(rows.read_text())
    for toxin in toxins["toxins"][:2]:
        toxin["hit"]["name"] = "Cry9Ee1"
    rewrite_result(rows, json.dumps(toxins).encode())
    address = open_task(built)
    page = client.get(f"{address}/toxins/Cry9Ee1").text
    first, _, second = page.partition('id="others-title"')
    assert "1 gene of this name" in first
    assert "1 gene of another name" in second
    assert ("Cry9Da1</a>" in first, "Cry9Da1</a>" in second) == (False, True)
    assert "found by Cry9Ee1" in second
    zh = client.get(f"{address}/toxins/Cry9Ee1?lang=zh").text
    assert "1 个其他名称的基因" in zh


def test_what_leads_to_the_page(site: Site, client: FlaskClient, open_task: Open) -> None:
    address = open_task(site.task())
    page = client.get(address).text
    assert f'<a href="{address}/toxins/L1">Cry1Aa1</a>' in section(page, "toxins")
    assert f'href="{address}/toxins/L3"' in section(page, "genes")
    evidence = client.get(f"{address}/evidence").text
    assert re.search(rf'href="{address}/toxins/L\d"', evidence)
    for link in set(re.findall(rf'href="({address}/toxins/[^"]+)"', page + evidence)):
        assert client.get(link).status_code == 200


def test_unknown_genes_tasks_and_strangers(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    assert client.get(f"/tasks/{built.task_id}/toxins/L1").status_code == 403
    address = open_task(built)
    unknown = client.get(f"{address}/toxins/L99?lang=zh")
    assert unknown.status_code == 404
    assert "此任务中没有这个名称的基因。" in unknown.text
    assert client.get(f"{address}/toxins/%20").status_code == 404
    running = open_task(site.task(TaskStatus.RUNNING))
    assert client.get(f"{running}/toxins/L1").status_code == 409


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_hostile_names_stay_text(site: Site, client: FlaskClient, open_task: Open, lang: str) -> None:
    built = site.task(hits=3, filename="<b>x</b>.fna")
    for name in ("toxins.json", "loci.json", "alignments.json"):
        path = digger_file(site, built, name)
        hostile = path.read_text().replace("Cry1Aa1", json.dumps(HOSTILE)[1:-1]).replace("contig1", "c<i>1</i>")
        rewrite_result(path, hostile.encode())
    path = digger_file(site, built, f"{built.task.strain}.genes.fna")
    rewrite_result(path, path.read_bytes().replace(b"ATGATG", b"<u>&amp;"))
    address = open_task(built)
    page = client.get(f"{address}/toxins/L1?lang={lang}")
    assert page.status_code == 200
    for tag in ("<img", "<b>x", "<i>1", "<u>"):
        assert tag not in page.text
    assert unescape(page.text).count(HOSTILE) >= 4
    assert "49" not in text_of(page.text.partition("<h1")[2].partition("</h1>")[0])
    listed = client.get(address).text
    assert "<img src=x" not in listed
    by_name = client.get(f"{address}/toxins/{HOSTILE}")
    assert by_name.status_code == 200
    assert "<img" not in by_name.text


def test_results_without_these_files_say_so(site: Site, client: FlaskClient, open_task: Open) -> None:
    earlier = site.task()
    without(site, earlier, "alignments.json", "HD-1.genes.faa", "HD-1.genes.fna")
    page = client.get(f"{open_task(earlier)}/toxins/L1").text
    assert "There is no alignment of this gene" in page
    assert 'id="sequences-title"' not in page
    other = site.task()
    without(site, other, "alignments.json", "loci.json", "HD-1.genes.faa", "HD-1.genes.fna")
    address = open_task(other)
    links = re.findall(rf'href="({address}/toxins/hit-\d+)"', client.get(address).text)
    assert len(set(links)) == 7
    page = client.get(links[0]).text
    assert "This search wrote no genes" in page
    assert 'id="drawings-title"' in page
    assert re.search(r'<tr id="F\d+">', section(page, "records"))


def test_a_file_that_was_changed_is_not_shown(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    path = digger_file(site, built, "HD-1.genes.faa")
    path.write_bytes(path.read_bytes().replace(b"MMM", b"WWW", 1))
    aligned = digger_file(site, built, "alignments.json")
    aligned.write_bytes(aligned.read_bytes().replace(b"MMM", b"WWW", 1))
    page = client.get(f"{open_task(built)}/toxins/L1").text
    assert "WWW" not in page
    assert "There is no alignment of this gene" in page


def test_what_no_stage_has_named_is_not_read(site: Site, client: FlaskClient, open_task: Open) -> None:
    """What the sentinel does not name is not a result, whatever lies in the folder."""
    built = site.task()
    without(site, built, "HD-1.genes.faa")
    assert digger_file(site, built, "HD-1.genes.faa").is_file()
    assert 'id="protein"' not in client.get(f"{open_task(built)}/toxins/L1").text


def test_accessory_proteins_have_a_page(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    for name, key in (("toxins.json", "toxins"), ("loci.json", "loci")):
        path = digger_file(site, built, name)
        data = json.loads(path.read_text())
        data[key][6]["accessory"] = True
        rewrite_result(path, json.dumps(data).encode())
    address = open_task(built)
    page = client.get(f"{address}/toxins/L7")
    assert page.status_code == 200
    assert f'href="{address}/toxins/L7"' in client.get(address).text


def test_records_of_the_toxin_itself_come_first(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    path = site.portal.task(built.task_id).attempt(1).stage(PipelineStage.SHOTER).out / "strain_scores.json"
    scores = json.loads(path.read_text())
    first = next(order for order in scores["strains"][0]["orders"] if order["units"])
    for unit in first["units"]:
        unit["records"], unit["inherited_records"] = [], unit["records"]
    rewrite_result(path, json.dumps(scores).encode())
    rows = section(client.get(f"{open_task(built)}/toxins/L1").text, "records").split("<tr id=")[1:]
    roles = ["a relative" in row for row in rows]
    assert set(roles) == {True, False}
    assert roles == sorted(roles)


def test_a_piece_that_is_closest_to_another_toxin_leads_to_its_gene(
    site: Site, client: FlaskClient, open_task: Open
) -> None:
    built = site.task(hits=3)
    path = digger_file(site, built, "loci.json")
    loci = json.loads(path.read_text())
    first, second = loci["loci"][:2]
    other = second["pieces"][0]["protein_id"]
    loci["loci"] = [{**first, "reference_1998": "CryIA(a)", "other_rows": [other]}, *loci["loci"][2:]]
    rewrite_result(path, json.dumps(loci).encode())
    toxins = json.loads(digger_file(site, built, "toxins.json").read_text())
    [row] = [row for row in toxins["toxins"] if row["protein_id"] == other]
    row["hit"]["name"] = "Cry2Ab5"
    rewrite_result(digger_file(site, built, "toxins.json"), json.dumps(toxins).encode())
    page = client.get(f"{open_task(built)}/toxins/Cry2Ab")  # as the columns of a grid name it
    assert page.status_code == 200
    assert re.search(r"<h1[^>]*>Cry1Aa1 <span[^>]*>L1</span></h1>", page.text)


def test_no_id_stands_twice(site: Site, client: FlaskClient, open_task: Open) -> None:
    page = client.get(f"{open_task(site.task())}/toxins/L1").text
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_a_task_does_not_have_leads_back_to_it(
    client: FlaskClient, site: Site, open_task: Open, lang: str
) -> None:
    task = open_task(site.task())
    gone = {"en": "Tasks are removed", "zh": "任务到期后会被删除"}[lang]
    for part in ("toxins/Nothing", "runs/99"):
        answer = client.get(f"{task}/{part}?lang={lang}")
        assert answer.status_code == 404
        assert f'<a class="button primary" href="{task}">' in answer.text
        assert gone not in answer.text
    elsewhere = client.get(f"/nowhere?lang={lang}").text
    assert gone in elsewhere
    assert f'href="{task}"' not in elsewhere
