"""alignments.json: rows that are the sequences they claim to be, with the figures of the tables, and equal entries."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.pipeline.digger.engine import run_digger
from portal.pipeline.digger.output import gene_alignments
from portal.results.alignments import AlignmentsDocument
from portal.results.codec import from_json
from portal.results.loci import LociDocument
from tests.pipeline.digger.digger_builders import backbone, gene, mutated, reference_proteins, write_fasta

PROTEINS = reference_proteins()
STOPS = "TAATTAATTAA"


def searched(folder: Path, records: dict[str, str], reference: Path, cache_dir: Path) -> Path:
    genome = write_fasta(folder / "g.fna", records)
    run_digger([("g", genome)], folder / "out", reference_fasta=reference, cache_dir=cache_dir, reference_facts={},
               threads=2)  # fmt: skip
    return folder / "out"


@pytest.fixture
def out(reference: Path, cache_dir: Path, tmp_path: Path) -> Path:
    """Return the files of a genome with a variant, a broken variant, an equally close one and an accessory factor."""
    broken = gene(mutated(PROTEINS["Vip3Aa1"], 0.05, 5))
    inserted = PROTEINS["Cry2Aa1"][:300] + "WWWWW" + PROTEINS["Cry2Aa1"][300:]
    codings = [gene(inserted), broken[:600] + "A" + broken[600:], gene(PROTEINS["Cry1Aa1"]),
               gene(PROTEINS["InhA1-other"])]  # fmt: skip
    contig = "".join(backbone(number, 700) + STOPS + coding for number, coding in enumerate(codings))
    return searched(tmp_path, {"c1": contig + backbone(9, 700)}, reference, cache_dir)


def read(out: Path) -> tuple[AlignmentsDocument, LociDocument]:
    aligned = from_json((out / "alignments.json").read_bytes(), AlignmentsDocument)
    return aligned, from_json((out / "loci.json").read_bytes(), LociDocument)


def test_every_row_is_a_part_of_what_it_is_named_after(out: Path) -> None:
    aligned, loci = read(out)
    assert [each.locus_id for each in aligned.genes] == [locus.locus_id for locus in loci.loci]
    proteins = {locus.locus_id: locus.protein for locus in loci.loci}
    for each in aligned.genes:
        for one in each.alignments:
            assert len(one.protein_row) == len(one.reference_row)
            assert proteins[each.locus_id][one.start - 1 : one.end] == one.protein_row.replace("-", "")
            whole = PROTEINS[one.reference]
            assert whole[one.reference_start - 1 : one.reference_end] == one.reference_row.replace("-", "")
            assert one.reference_length == len(whole)
            pairs = zip(one.protein_row, one.reference_row, strict=True)
            same = sum(a == b != "X" for a, b in pairs)
            assert one.identity_percent == round(100 * same / len(one.protein_row), 4)


def test_the_figures_are_those_of_the_genes(out: Path) -> None:
    aligned, loci = read(out)
    for each, locus in zip(aligned.genes, loci.loci, strict=True):
        assert each.alignments[0].reference == locus.reference
        assert each.alignments[0].identity_percent == pytest.approx(locus.identity_percent, abs=0.5)
        if len(locus.pieces) == 1:
            assert each.alignments[0].identity_percent == locus.identity_percent


def test_an_insertion_is_a_gap_opposite_and_a_broken_gene_is_aligned_as_a_whole(out: Path) -> None:
    aligned, loci = read(out)
    by_reference = {each.alignments[0].reference: each.alignments[0] for each in aligned.genes}
    assert "-----" in by_reference["Cry2Aa1"].reference_row
    assert "WWWWW" in by_reference["Cry2Aa1"].protein_row
    broken = by_reference["Vip3Aa1"]
    assert [len(locus.pieces) for locus in loci.loci if locus.reference == "Vip3Aa1"] == [2]
    assert broken.reference_end - broken.reference_start + 1 >= 400


def test_equal_names_stand_together_and_other_sequences_are_aligned_as_well(cache_dir: Path, tmp_path: Path) -> None:
    # As far from one allele as from the other: two of its residues change places in the other, and are unknown here.
    one = PROTEINS["Cry1Aa1"]
    swapped, unknown = (
        one[:99] + one[299] + one[100:299] + one[99] + one[300:],
        f"{one[:99]}X{one[100:299]}X{one[300:]}",
    )
    assert swapped != one
    own = write_fasta(tmp_path / "own.faa", {**PROTEINS, "Cry1Aa2": swapped})
    out = searched(tmp_path, {"p1": unknown}, own, cache_dir)
    aligned, loci = read(out)
    [locus], [each] = loci.loci, aligned.genes
    names = {name for found in each.alignments for name in (found.reference, *found.same)}
    assert names == {locus.reference, *locus.equal_to}
    assert {("Cry1Aa1", "Cry1Aa3"), ("Cry1Aa2",)} == {
        tuple(sorted((found.reference, *found.same))) for found in each.alignments
    }
    assert each.omitted == 0


def test_genes_after_the_limit_are_counted(
    reference: Path, cache_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gene_alignments, "MOST_GENES", 1)
    records = {name: PROTEINS[name] for name in ("Cry2Aa1", "Vip3Aa1", "Cyt1Aa1")}
    aligned, _ = read(searched(tmp_path, records, reference, cache_dir))
    assert (len(aligned.genes), aligned.omitted) == (1, 2)
