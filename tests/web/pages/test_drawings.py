"""Gene maps and domain drawings: places, directions and scale are those of the data, and names never overlap."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.results.loci import LociDocument
from portal.results.toxins import ToxinsDocument
from portal.web.pages.drawings import Drawings, draw
from portal.web.pages.toxin_view import list_toxins
from tests.builders import Site, rewrite_result
from tests.pipeline.plots.result_files import locus, toxin, toxins_document
from tests.web.pages.conftest import Open


def gene(start: int, *, aa: int = 600, contig: str = "c1", **more: Any) -> dict[str, Any]:
    return {
        **toxin(0),
        "protein_id": f"{contig}_{start}",
        "contig": contig,
        "contig_length": 200_000,
        "start": start,
        "end": start + 3 * aa - 1,
        "length_aa": aa,
        "strand": "+",
        **more,
    }


def drawn(*genes: dict[str, Any]) -> Drawings:
    return draw(list_toxins(msgspec.convert(toxins_document(genes), ToxinsDocument), {}))


def test_genes_lie_where_the_table_says_on_one_scale() -> None:
    drawings = drawn(gene(10_001), gene(20_001, strand="-"), gene(10_001, contig="c2"))
    first, second = drawings.maps
    assert (first.contig, first.start, first.end, first.width) == ("c1", 5_001, 26_800, 100.0)
    letters = first.end - first.start + 1
    assert [each.x for each in first.genes] == [round(5_000 / letters * 100, 2), round(15_000 / letters * 100, 2)]
    assert {each.width for each in (*first.genes, *second.genes)} == {round(1_800 / letters * 100, 2)}
    assert second.width == round(11_800 / letters * 100, 2)
    assert drawings.ruler == (5_000, round(5_000 / letters * 100, 2))


def test_a_piece_of_a_gene_is_named_as_one_and_counted_once() -> None:
    rows = [gene(10_001), gene(20_001), gene(1, contig="c2")]
    places = [{"protein_id": each["protein_id"], "contig": each["contig"]} for each in (rows[0], rows[2])]
    split = locus(0)
    split["pieces"] = [{**split["pieces"][0], **place} for place in places]
    split["verdict"] = "split"
    whole = {**locus(1), "events": [], "verdict": "intact", "protein": "M" * 590}
    whole["pieces"] = [{**whole["pieces"][0], "protein_id": rows[1]["protein_id"]}]
    loci = msgspec.convert({"schema": 1, "strain": "HD-1", "loci": [split, whole]}, LociDocument)
    inventory = list_toxins(msgspec.convert(toxins_document(rows), ToxinsDocument), {}, loci)
    first, second = draw(inventory).maps
    assert [(each.toxin_genes, each.pieces) for each in (first, second)] == [(1, 1), (0, 1)]
    labels = [each.label for each in (*first.genes, *second.genes)]
    assert [label.rpartition(" ")[2] for label in labels if "/" in label] == ["1/2", "2/2"]
    by_id = {row.protein_id: row for row in inventory.toxins}
    assert by_id[rows[1]["protein_id"]].residues == 590, "the gene's protein, not its frame from stop to stop"
    assert by_id[rows[0]["protein_id"]].residues == 600, "a piece has its frame alone"


def test_an_arrow_points_the_way_the_gene_is_read() -> None:
    forward, backward = drawn(gene(10_001), gene(20_001, strand="-")).maps[0].genes
    assert "100.0,10" in forward.points
    assert "0.0,10" in backward.points


def test_far_genes_of_a_contig_get_maps_of_their_own_and_ends_are_told() -> None:
    near, far = drawn(gene(1_000), gene(198_201)).maps
    assert (near.start, near.starts, near.ends) == (1, True, False)
    assert (far.end, far.starts, far.ends) == (200_000, False, True)


def test_accessory_proteins_are_drawn_only_where_toxins_are() -> None:
    drawings = drawn(gene(10_001), gene(12_001, accessory=True), gene(150_001, accessory=True))
    assert [each.row.start for each in drawings.maps[0].genes] == [10_001, 12_001]
    assert len(drawings.maps) == 1
    assert drawings.mapped == {1}
    assert len(drawings.proteins) == 1


def test_a_protein_that_was_uploaded_has_domains_and_no_map() -> None:
    drawings = drawn({**gene(1), "end": 600})
    assert drawings.maps == ()
    pieces = drawings.proteins[0].pieces
    assert [piece.domain.name for piece in pieces] == ["Endotoxin_N", "Endotoxin_M"]
    assert (pieces[0].x, pieces[0].width) == (round(19 / 6, 2), round(101 / 6, 2))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(1, 190_000), st.integers(30, 3000), st.text("Cry1Aa", max_size=40)), max_size=25))
def test_names_never_overlap_and_nothing_leaves_the_drawing(genes: list[tuple[int, int, str]]) -> None:
    """At 320 pixels, with letters of 13 pixels."""
    drawings = drawn(*(gene(start, aa=aa, hit={**toxin(0)["hit"], "name": name or "Cry"}) for start, aa, name in genes))
    for each in drawings.maps:
        taken: dict[int, list[tuple[float, float]]] = {}
        for one in each.genes:
            assert one.x >= 0
            assert one.x + one.width <= 100.01
            width = len(one.label) * 7.6 / 256 * 100
            left = one.label_x if one.anchor == "start" else one.label_x - width
            assert left >= -0.01
            assert left + width <= 100.01
            assert all(left >= end or left + width <= begin for begin, end in taken.get(one.lane, ()))
            taken.setdefault(one.lane, []).append((left, left + width))
            assert one.label_y > 8


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_leads_from_a_gene_to_its_row_and_back(
    site: Site, client: FlaskClient, open_task: Open, lang: str
) -> None:
    text = client.get(f"{open_task(site.task())}?lang={lang}").text
    ids = set(re.findall(r' id="([^"]+)"', text))
    assert {f"gene-{number}" for number in range(1, 8)} | {f"toxin-{number}" for number in range(1, 8)} <= ids
    assert set(re.findall(r'href="#((?:gene|toxin)-[^"]+)"', text)) <= ids
    part = text[text.index('aria-labelledby="drawings-title"') :]
    drawings = re.findall(r'<svg height="\d+" role="group".*?</svg>\s*</figure>', part, re.DOTALL)
    assert len(drawings) == 2
    root = ElementTree.fromstring(drawings[0].removesuffix("</figure>").replace("</figure>", ""))  # noqa: S314 - our own page
    assert len(root.findall("a/title")) == 6
    assert "style=" not in part


def test_hostile_names_are_text_in_the_drawings(site: Site, client: FlaskClient, open_task: Open) -> None:
    evil = '"><script>alert(1)</script>'
    built = site.task()
    path = site.portal.task(built.task_id).attempt(1).path / "digger" / "out" / "toxins.json"
    rewrite_result(
        path, path.read_text().replace("contig1", evil.replace('"', '\\"')).replace("Endotoxin_N", "<b>").encode()
    )
    text = client.get(open_task(built)).text
    assert "<script>alert" not in text
    assert "<b>" not in re.sub(r"<b>(?=[^<]*</b>)", "", text)
