"""Which entry a protein is closest to: an identical one is never passed over for BLAST's first hit."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from portal.pipeline.digger.engine import run_digger
from portal.pipeline.digger.native.align import Aligner
from portal.pipeline.digger.native.closeness import Likeness, closest_of, is_further
from portal.pipeline.digger.native.index import Index, encode_protein, load_index
from portal.pipeline.shoter.hits import read_hits
from portal.pipeline.shoter.inventory import enrich, read_inventory
from portal.pipeline.shoter.loci import read_loci, with_loci
from tests.pipeline.digger.digger_builders import backbone, gene, reference_proteins, write_fasta
from tests.pipeline.loci_references import default_reference

# Of the default reference: BLAST's first hit of Cry1Aa1's own protein is Cry1Aa4, which differs at one residue.
IDENTICAL, FIRST_HIT = "Cry1Aa1", "Cry1Aa4"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Index:
    return load_index(default_reference().fasta, tmp_path_factory.mktemp("index"), 1)


@pytest.mark.parametrize(
    ("one", "other", "further"),
    [
        (Likeness(1175, 1, True), Likeness(1176, 0, True), True),
        (Likeness(1176, 0, True), Likeness(1175, 1, True), False),
        (Likeness(1176, 0, True), Likeness(1176, 0, True), False),
        (Likeness(1176, 0, False), Likeness(1176, 0, True), True),  # a longer entry, of which the protein is a part
        (Likeness(1176, 3, True), Likeness(620, 0, True), False),  # a fragment in the reference explains only a part
        (Likeness(620, 0, True), Likeness(1176, 3, True), False),
        (Likeness(700, 300, True), Likeness(701, 300, True), True),
        (Likeness(700, 301, True), Likeness(700, 300, True), True),
    ],
)
def test_closer_is_what_agrees_in_more_and_differs_in_less(one: Likeness, other: Likeness, further: bool) -> None:
    assert is_further(one, other) is further
    assert closest_of(7, {7: one, 3: other}) == (3 if further else 7)


def test_where_none_is_closer_the_order_of_blast_decides() -> None:
    same = Likeness(1176, 0, is_whole=True)
    assert [closest_of(first, dict.fromkeys((1, 2, 3), same)) for first in (1, 2, 3)] == [1, 2, 3]


def test_of_several_closer_ones_the_closest_is_taken() -> None:
    alike = {1: Likeness(1174, 2, True), 2: Likeness(1175, 1, True), 3: Likeness(1176, 0, True)}
    assert closest_of(1, alike) == 3


@pytest.mark.parametrize("prefix", ["Cry1Aa", "Cry1Ac", "Cry2A", "Vip3Aa1", "Cyt"])
def test_an_entry_is_closest_to_itself(real: Index, prefix: str) -> None:
    """Only entries of the same letters are equally close to the protein of an entry, or one that contains it."""
    aligner = Aligner(real)
    entries = [protein for protein in real.proteins if protein.name.startswith(prefix)][:12]
    assert entries
    for entry in entries:
        closest = aligner.closest(entry.amino_codes)
        assert closest is not None
        assert real.proteins[closest.entry].letters == entry.letters, entry.name
        assert closest.identical == closest.columns
        assert {real.proteins[at].letters for at in closest.ties} <= {entry.letters}


def test_the_first_hit_of_blast_is_kept_beside_it(real: Index) -> None:
    letters = next(protein.letters for protein in real.proteins if protein.name == IDENTICAL)
    first = Aligner(real).best(encode_protein(letters.encode()))
    assert first is not None
    assert real.proteins[first.entry].name == FIRST_HIT
    assert first.identity < 100.0
    assert real.proteins[first.closest.entry].name == IDENTICAL


def test_a_known_toxin_is_no_candidate_and_has_one_name_everywhere(real: Index, tmp_path: Path) -> None:
    letters = next(protein.letters for protein in real.proteins if protein.name == IDENTICAL)
    genome = write_fasta(tmp_path / "g.fna", {"c1": backbone(5, 900) + "TAA" + gene(letters) + backbone(6, 900)})
    out = tmp_path / "out"
    reference = default_reference()
    run_digger([("g", genome)], out, reference_fasta=reference.fasta, cache_dir=tmp_path, reference_facts={}, threads=1)
    table = list(csv.DictReader((out / "All_Toxins.txt").read_text().splitlines(), delimiter="\t"))
    assert [row["Hit_id"] for row in table] == [FIRST_HIT]
    toxin = json.loads((out / "toxins.json").read_text())["toxins"][0]
    locus = json.loads((out / "loci.json").read_text())["loci"][0]
    aligned = json.loads((out / "alignments.json").read_text())["genes"][0]["alignments"]
    assert (toxin["hit"]["name"], toxin["identity_percent"]) == (IDENTICAL, 100.0)
    assert (locus["reference"], locus["name"], locus["identity_percent"]) == (IDENTICAL, IDENTICAL, 100.0)
    assert FIRST_HIT not in (*toxin["ties"], *locus["equal_to"])
    assert [(one["reference"], one["identity_percent"]) for one in aligned] == [(IDENTICAL, 100.0)]
    assert json.loads((out / "candidates.json").read_text())["candidates"] == []
    rows = list(csv.DictReader((out / "toxins.tsv").read_text().splitlines(), delimiter="\t"))
    assert [(row["hit"], float(row["identity"])) for row in rows] == [(IDENTICAL, 100.0)]
    assert IDENTICAL in (out / "g.gff3").read_text()
    assert FIRST_HIT not in (out / "g.gff3").read_text()

    hits = enrich(read_hits(out / "All_Toxins.txt").hits, read_inventory(out / "toxins.json"))
    assert [(hit.hit_name, hit.name_2020, hit.identity) for hit in hits] == [(IDENTICAL, IDENTICAL, 100.0)]
    placed = with_loci(hits, read_loci(out / "loci.json"))
    assert [(hit.gene_identity, hit.locus and hit.locus.reference) for hit in placed] == [(100.0, IDENTICAL)]


def test_a_row_without_a_closer_entry_is_written_as_it_is(index: Index) -> None:
    found = Aligner(index).best(encode_protein(reference_proteins()["Cry2Aa1"].encode()))
    assert found is not None
    assert found.closer is None
    assert found.closest == replace(found)
