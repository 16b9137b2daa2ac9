"""The map of the genome: contigs to one scale, genes in their places, bounded, as a drawing and as a table."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import pytest
from flask.testing import FlaskClient

from portal.results.loci import LociDocument, Verdict
from portal.results.toxins import ToxinsDocument
from portal.web.pages.genome_map import GeneShape, GenomeMap, map_genome
from tests.builders import Site, rewrite_result
from tests.pipeline.plots.result_files import locus, toxin, toxins_document
from tests.web.pages.conftest import Open


def row(number: int, contig: str, length: int, start: int, strand: str = "+") -> dict[str, Any]:
    frame = -1 if strand == "-" else 1
    place = {"contig": contig, "contig_length": length, "start": start, "end": start + 2999, "strand": strand}
    return {**toxin(0), "protein_id": f"{contig}_{number}", **place, "frame": frame}


def gene(number: int, of: dict[str, Any], **more: Any) -> dict[str, Any]:
    base = locus(0)
    place = {name: of[name] for name in ("protein_id", "contig", "start", "end", "strand")}
    return {**base, "locus_id": f"L{number}", "pieces": [{**base["pieces"][0], **place}], "events": [], **more}


def mapped(rows: list[dict[str, Any]], genes: list[dict[str, Any]] | None, **more: Any) -> GenomeMap | None:
    document = msgspec.convert({**toxins_document(rows), **more}, ToxinsDocument)
    loci = None
    if genes is not None:
        loci = msgspec.convert({"schema": 1, "strain": "HD-1", "loci": genes}, LociDocument)
    return map_genome(document, loci)


def test_contigs_are_to_one_scale_and_genes_in_their_places() -> None:
    rows = [row(1, "plasmid", 100_000, 25_001), row(2, "chromosome", 1_000_000, 500_001, "-")]
    drawn = mapped(
        rows,
        [gene(1, rows[0]), gene(2, rows[1], verdict="frameshift")],
        sequences={"contigs": 14, "bases": 5_200_000, "n50": 9},
        circular_contigs=["plasmid"],
    )
    assert drawn is not None
    assert [(c.name, c.width, c.is_circular) for c in drawn.contigs] == [
        ("chromosome", 100.0, False),
        ("plasmid", 10.0, True),
    ]
    (far,), (near,) = (contig.genes for contig in drawn.contigs)
    assert (far.strand, far.shape, far.x) == ("-", GeneShape.BROKEN, 50.15)
    assert (near.strand, near.shape, near.x) == ("+", GeneShape.WHOLE, 2.65)
    assert drawn.without is not None
    assert (drawn.without.contigs, drawn.without.bases) == (12, 4_100_000)
    assert drawn.is_without_cut


@pytest.mark.parametrize(
    ("verdict", "shape"),
    [("intact", "whole"), ("split", "whole"), ("premature_stop", "broken"), ("insertion", "broken"), ("edge", "cut"),
     ("remnant", "remnant"), (None, "unjudged")],
)  # fmt: skip
def test_the_form_of_a_gene_tells_its_state(verdict: str | None, shape: str) -> None:
    one = row(1, "c1", 10_000, 100)
    part = {**gene(1, one)["pieces"][0], "reference_end": 200}  # behind the toxin core a lost part is another form
    drawn = mapped([one], [gene(1, one, verdict=verdict, pieces=[part])])
    assert drawn is not None
    assert drawn.shapes == (GeneShape(shape),)


@pytest.mark.parametrize(("last", "shape"), [(700, "altered"), (400, "broken")])
def test_a_stop_behind_the_toxin_core_is_not_drawn_as_broken(last: int, shape: str) -> None:
    one = row(1, "c1", 10_000, 100)
    whole = gene(1, one)
    pieces = [
        {**whole["pieces"][0], "reading": reading, "reference_start": start, "reference_end": end}
        for reading, start, end in ((1, 1, last), (2, last + 1, 1178))
    ]
    stop = {"kind": "stop", "residue": last + 1, "contig": one["contig"], "position": 150}
    changed = {"verdict": "premature_stop", "reference": "Cry1Ac1", "reference_length": 1178, "pieces": pieces}
    domains = [
        {"name": name, "start": start, "end": end, "share": 1.0}
        for name, start, end in (("Endotoxin_N", 60, 250), ("Endotoxin_M", 260, 460), ("Endotoxin_C", 470, 610))
    ]
    drawn = mapped([one], [gene(1, one, **changed, domains=domains, events=[stop])])
    assert drawn is not None
    assert drawn.shapes == (GeneShape(shape),)


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_has_a_form(verdict: Verdict) -> None:
    one = row(1, "c1", 10_000, 100)
    drawn = mapped([one], [gene(1, one, verdict=verdict.value)])
    assert drawn is not None
    assert (drawn.shapes == (GeneShape.WHOLE,)) == (verdict in (Verdict.INTACT, Verdict.SPLIT))


def test_a_gene_over_the_origin_or_on_two_contigs_is_in_each_of_its_places() -> None:
    one = row(1, "c1", 90_000, 88_000)
    piece = gene(1, one)["pieces"][0]
    pieces = [piece, {**piece, "start": 1, "end": 500}, {**piece, "contig": "c2", "start": 7, "end": 900}]
    drawn = mapped([one], [gene(1, one, pieces=pieces, verdict="split")])
    assert drawn is not None
    assert [(c.name, c.is_length_known, [g.start for g in c.genes]) for c in drawn.contigs] == [
        ("c1", True, [1, 88_000]),
        ("c2", False, [7]),
    ]
    found = {(c.name, g.start): g for c in drawn.contigs for g in c.genes}
    assert [found[place].piece for place in (("c1", 88_000), ("c1", 1), ("c2", 7))] == [(1, 3), (2, 3), (3, 3)]
    assert {g.shape for g in found.values()} == {GeneShape.PIECE}


def test_a_gene_on_two_contigs_is_one_gene_and_a_piece_of_it_on_each() -> None:
    one, other = row(1, "c1", 90_000, 80_000), row(2, "c1", 90_000, 10_000)
    piece = gene(1, one)["pieces"][0]
    pieces = [{**piece, "contig": "c2", "start": 7, "end": 900, "strand": "-"}, piece]
    drawn = mapped([one, other], [gene(1, one, pieces=pieces, verdict="split"), gene(2, other)])
    assert drawn is not None
    assert [(c.name, c.toxin_genes, c.pieces) for c in drawn.contigs] == [("c1", 1, 1), ("c2", 0, 1)]
    assert drawn.genes == 2
    broken = mapped([one], [gene(1, one, pieces=pieces, verdict="frameshift")])
    assert broken is not None
    assert broken.shapes == (GeneShape.BROKEN,), "a break is told before the contigs"
    over_the_origin = [piece, {**piece, "start": 1, "end": 500}]
    around = mapped([one], [gene(1, one, pieces=over_the_origin)])
    assert around is not None
    assert [(c.toxin_genes, c.pieces) for c in around.contigs] == [(1, 0)]


def test_the_page_says_which_piece_of_a_gene_lies_where(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    stage = site.portal.task(built.task_id).path / "attempts" / "1" / "digger" / "out"
    document = msgspec.json.decode((stage / "loci.json").read_bytes())
    first = document["loci"][0]
    piece = first["pieces"][0]
    first["pieces"] = [piece, {**piece, "contig": "elsewhere", "protein_id": None, "start": 5, "end": 700}]
    first["verdict"] = "split"
    rewrite_result(stage / "loci.json", msgspec.json.encode(document))
    for lang, words in (("en", "(piece 2 of 2)"), ("zh", "（第 2/2 段）")):
        text = client.get(f"{open_task(built)}?lang={lang}").text
        [line] = re.findall(r'<tr data-shape="piece">(?:(?!</tr>).)*elsewhere.*?</tr>', text)
        assert words in line


def test_pieces_around_a_stop_are_one_gene() -> None:
    one = row(1, "c1", 90_000, 8_000)
    piece = gene(1, one)["pieces"][0]
    pieces = [piece, {**piece, "start": 11_003, "end": 12_000}]
    drawn = mapped([one], [gene(1, one, pieces=pieces, verdict="premature_stop")])
    assert drawn is not None
    assert [(g.start, g.end) for g in drawn.contigs[0].genes] == [(8_000, 12_000)]


def test_accessory_factors_and_uploaded_proteins_are_not_on_it() -> None:
    one = row(1, "c1", 90_000, 8_000)
    assert mapped([one], [gene(1, one, accessory=True)]) is None
    assert mapped([{**one, "accessory": True}], None) is None
    assert mapped([{**one, "frame": 0}], None) is None
    assert mapped([one], None, sequences={"contigs": 1, "bases": 9, "n50": 9, "kind": "prot"}) is None


def test_rows_without_genes_are_drawn_by_what_they_tell() -> None:
    cut = {**row(2, "c1", 90_000, 80_000), "contig_edge": "right", "partial": True}
    drawn = mapped([row(1, "c1", 90_000, 8_000), cut], None)
    assert drawn is not None
    assert [g.shape for g in drawn.contigs[0].genes] == [GeneShape.UNJUDGED, GeneShape.CUT]


def test_a_bad_assembly_is_bounded_and_everything_is_counted() -> None:
    rows = [row(number, f"c{number:04}", 5_000 + number, 100) for number in range(600)]
    genes = [gene(number, each) for number, each in enumerate(rows)]
    drawn = mapped(rows, genes, sequences={"contigs": 10_000, "bases": 9_000_000, "n50": 9})
    assert drawn is not None
    assert drawn.genes == len(drawn.contigs) == 100
    assert drawn.more is not None
    assert drawn.without is not None
    assert 100 + drawn.more.contigs + drawn.without.contigs == 10_000
    told = sum(contig.length for contig in drawn.contigs) + drawn.more.bases + drawn.without.bases
    assert told == 9_000_000
    crowded = mapped([row(number, "c1", 10**7, 100 + 10_000 * number) for number in range(600)], None)
    assert crowded is not None
    assert crowded.genes == 500


@pytest.mark.parametrize(("lang", "word"), [("en", "Genome map"), ("zh", "基因组图谱")])
def test_the_page_has_it_as_drawing_and_as_table(
    site: Site, client: FlaskClient, open_task: Open, lang: str, word: str
) -> None:
    built = site.task()
    text = client.get(f"{open_task(built)}?lang={lang}").text
    part = text[text.index('aria-labelledby="genome-title"') :]
    part = part[: part.index("</section>")]
    assert word in part
    assert part.count('class="contig-bar"') == 2
    pins = re.findall(r'<a class="pin (\w+)" href="([^"]+)"', part)
    assert sorted(shape for shape, _ in pins) == ["broken", "cut", *["whole"] * 5]
    table = re.findall(r'<tr data-shape="(\w+)"><th scope="row"><a href="([^"]+)"', part)
    assert table == pins
    assert client.get(pins[0][1]).status_code == 200
    assert set(re.findall(r'<use href="#([^"]+)"', part)) <= set(re.findall(r'<g id="([^"]+)"', part))
    assert "style=" not in part


def test_hostile_names_of_contigs_are_text(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    folder = site.portal.task(built.task_id).attempt(1).path / "digger" / "out"
    for name in ("toxins.json", "loci.json"):
        path = folder / name
        evil = path.read_text().replace('"contig1"', r'"\"><img/onerror=alert(1)>"')
        rewrite_result(path, evil.encode())
    text = client.get(open_task(built)).text
    assert "<img/onerror" not in text
    assert "&lt;img/onerror" in text


def test_a_genome_without_toxins_has_none(site: Site, client: FlaskClient, open_task: Open) -> None:
    text = client.get(open_task(site.task(hits=0))).text
    assert "genome-title" not in text
    assert "genome_map.js" not in text
