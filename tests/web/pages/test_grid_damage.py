"""Genes that are broken or cut, in every view of the grid and in its tables: counted as genes, named, and found."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.status import PipelineStage
from portal.results.gene_state import MARKED
from tests.builders import Site, rewrite_result
from tests.web.batch import Batch, out_of
from tests.web.pages.grid_text import order_of, row, table, text

VIEWS = ["orders", "species", "toxins", "metadata"]
BROKEN, WHOLE = 1, 2


@pytest.fixture
def batch(site: Site, client: FlaskClient) -> Batch:
    """Make a strain with two broken genes, one in two pieces, a cut and an altered one; and one of whole genes."""
    batch = Batch(site, "one", "two")
    batch.put(1, hits=7)
    batch.put(2, hits=7)
    in_state(batch, 1, internal_stop=(0, 2), contig_edge=(3,), frameshift=(4,), core_whole=(4,))
    in_state(batch, 2)
    in_pieces(batch)
    batch.open(client)
    return batch


def folder(batch: Batch, n: int, stage: PipelineStage) -> Any:
    return batch.site.portal.task(batch.task_id(n)).attempt(1).stage(stage).out


def in_state(batch: Batch, n: int, **flagged: tuple[int, ...]) -> None:
    """Give the rows of a strain these flags and no others; row 1 is a piece of the gene of row 0, and has none."""
    path = folder(batch, n, PipelineStage.SHOTER) / "strain_scores.json"
    document = json.loads(path.read_text())
    for place, hit in enumerate(document["strains"][0]["hits"]):
        hit["flags"] = [flag for flag, places in flagged.items() if place in places]
    rewrite_result(path, json.dumps(document).encode())


def in_pieces(batch: Batch) -> None:
    """Make row 1 a piece of the gene of row 0, and closest to another toxin than the gene is."""
    digger = out_of(batch, PipelineStage.DIGGER)
    loci = json.loads((digger / "loci.json").read_text())
    first, second, *rest = loci["loci"]
    first["pieces"] += second["pieces"]
    first.update(verdict="premature_stop", name="Cry1Aa1", reference="Cry1Aa1", identity_percent=99.4)
    rewrite_result(digger / "loci.json", json.dumps({**loci, "loci": [first, *rest]}).encode())
    toxins = json.loads((digger / "toxins.json").read_text())
    toxins["toxins"][1]["hit"].update(name="Cry1Ie3", name_1998="Cry1Ie3")
    rewrite_result(digger / "toxins.json", json.dumps(toxins).encode())


def cells(page: str, n: int) -> dict[str, str]:
    """Return the texts of a row by column."""
    columns = re.findall(r'data-key="([^"]+)"', page)[3:]
    found = re.findall(r'<td role="cell" class="cell[^>]*>(.*?)</td>', row(page, n), re.DOTALL)
    return {column: text(re.sub(r"<span", " <span", cell)) for column, cell in zip(columns, found, strict=True)}


@pytest.mark.parametrize("by", VIEWS)
@pytest.mark.parametrize("part", ["", "/compare"])
def test_the_number_of_genes_says_how_many_are_broken_cut_or_altered(
    client: FlaskClient, batch: Batch, by: str, part: str
) -> None:
    for lang, words in (("en", ["2 broken", "1 cut", "1 altered"]), ("zh", ["2 个受损", "1 个截断", "1 个核心后有变"])):
        page = client.get(f"{batch.page}{part}?by={by}&lang={lang}").text
        told = re.search(r'data-value="6">6<span class="common">(.*?)</span>', row(page, BROKEN), re.DOTALL)
        assert told, row(page, BROKEN)
        assert told[1].split("\n") == words
        assert 'data-value="7">7</td>' in row(page, WHOLE)


@pytest.mark.parametrize("by", VIEWS)
@pytest.mark.parametrize("part", ["", "/compare"])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("word", ["broken", "BROKEN", "受损", "cut", "截断", "altered", "核心后有变"])
def test_find_finds_broken_cut_and_altered_genes_in_both_languages(
    client: FlaskClient, batch: Batch, by: str, part: str, lang: str, word: str
) -> None:
    page = client.get(f"{batch.page}{part}", query_string={"by": by, "lang": lang, "find": word}).text
    assert order_of(page) == [BROKEN]
    rows = {line[0]: line for line in client.get(f"{batch.page}{part}/rows?by={by}&lang={lang}").get_json()["rows"]}
    assert word.casefold() in rows[BROKEN][11].casefold(), "what the script searches"
    assert word.casefold() not in " ".join(map(str, rows[WHOLE])).casefold()


def test_a_cell_counts_genes_and_says_their_state(client: FlaskClient, batch: Batch) -> None:
    page = client.get(f"{batch.page}?by=toxins").text
    heads = re.findall(r'data-key="([^"]+)"', page)[3:]
    assert "Cry1Ie" not in heads, "a piece is no toxin of its own"
    marked = {column: told for column, told in cells(page, BROKEN).items() if "broken" in told or "cut" in told}
    assert len(marked) in (1, 2, 3)
    assert "broken" in marked["Cry1Aa"]
    assert sum(told.count("broken") + told.count("cut") for told in marked.values()) >= len(marked)
    assert not [told for told in cells(page, WHOLE).values() if "broken" in told or "cut" in told]
    legend = page.partition('id="grid-frame"')[2].partition('<p class="help">')[2].partition("</p>")[0]
    assert re.findall(r'<span class="flaw">(\w+)</span>', legend) == ["broken", "cut", "altered"]
    altered = [told for told in cells(page, BROKEN).values() if "altered" in told]
    assert len(altered) == 1
    assert "broken" not in altered[0].replace("of", "")


def test_a_cell_leads_to_the_toxin_that_it_names(client: FlaskClient, batch: Batch) -> None:
    client.post(f"/tasks/{batch.task_id(1)}/unlock", data={"token": batch.token})
    page = client.get(f"{batch.page}/compare?by=toxins").text
    led = re.findall(
        r'<a href="(/tasks/\w+/toxins/[^"]+)">[\d.]+<span class="common">([^<+ ]+)( \+\d+)?</span>', row(page, BROKEN)
    )
    assert led
    for address, closest, others in led:
        found = client.get(unescape(address)).text
        assert closest in found
        assert ("toxins/L" in found.partition("<main")[2]) or not others


@pytest.mark.parametrize("by", VIEWS)
def test_the_tables_count_them_too(client: FlaskClient, batch: Batch, by: str) -> None:
    broken, whole = table(client, f"{batch.page}/compare", by)
    counts = [[of["toxins"], *(of[f"genes_{state}_count"] for state in MARKED)] for of in (broken, whole)]
    assert counts == [["6", "2", "1", "1"], ["7", "0", "0", "0"]]
    if by == "toxins":
        assert len(broken["alleles"].split("; ")) == 6
        assert len(broken["toxins_broken"].split("; ")) == 2
        assert "Cry1Aa1" in broken["toxins_broken"]
        assert len(broken["toxins_cut"].split("; ")) == 1
        assert len(broken["toxins_altered"].split("; ")) == 1
        assert whole["toxins_broken"] == whole["toxins_cut"] == whole["toxins_altered"] == ""


def test_the_api_counts_them(client: FlaskClient, batch: Batch) -> None:
    viewer = {"Authorization": f"Bearer {batch.view_token}"}
    rows = client.get(f"{batch.api}/tasks?format=json", headers=viewer).get_json()["rows"]
    assert [[each[f"genes_{state}_count"] for state in MARKED] for each in rows] == [[2, 1, 1], [0, 0, 0]]
    assert [each["genes_broken"] for each in rows] == [False, False]


def test_a_row_has_its_conclusion_in_few_words(client: FlaskClient, batch: Batch) -> None:
    for lang, words in (("en", "Likely: Lepidoptera"), ("zh", "很可能：鳞翅目")):
        page = client.get(f"{batch.page}?lang={lang}").text
        said = re.search(r'<span class="common said" title="([^"]+)">(.*?)</span>', row(page, BROKEN))
        assert said
        assert said[2].startswith(words)
        assert len(said[2]) < len(said[1])
        assert order_of(client.get(f"{batch.page}?lang={lang}&find={said[2]}").text) == [BROKEN, WHOLE]


def test_what_is_beside_the_grid_is_folded_on_a_phone(client: FlaskClient, batch: Batch) -> None:
    panel = client.get(batch.page).text.partition('id="panel"')[2].partition('id="grid-title"')[0]
    before, fold, _ = panel.partition('<details class="downloads">')
    assert fold
    assert "2 of 2 finished" in text(before)
    assert "bundle" not in before
