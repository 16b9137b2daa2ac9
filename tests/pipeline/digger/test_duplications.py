"""Genes of which a part is there twice: one gene each, told as a duplication, never a gene and a remnant."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from portal.domain.status import Lang
from portal.pipeline.digger.engine import run_digger
from portal.pipeline.digger.loci.duplications import copied_columns
from portal.results.codec import from_json
from portal.results.loci import EventKind, LociDocument, Locus, Verdict
from portal.results.locus_words import story
from tests.pipeline.digger.digger_builders import backbone, gene, reference_proteins, reverse_complement, write_fasta

PROTEINS = reference_proteins()
STOPS = "TAATTAATTAA"  # a stop in each frame of either strand
TOXINS = ("Cry1Ab1", "Cry2Aa1", "Vip3Aa1", "Cyt1Aa1")
# Length of the copy, and the bases between the two: in frame and out of it.
COPIES = ((91, ""), (120, "GC"), (150, ""), (151, "GCGC"), (300, ""), (302, "GGCCGCA"), (451, "G"))

Find = Callable[[Mapping[str, str]], dict[str, list[Locus]]]


@pytest.fixture
def find(reference: Path, cache_dir: Path, tmp_path: Path) -> Find:
    def loci(contigs: Mapping[str, str]) -> dict[str, list[Locus]]:
        genome = write_fasta(tmp_path / "g.fna", contigs)
        run_digger([("g", genome)], tmp_path / "out", reference_fasta=reference, cache_dir=cache_dir,
                   reference_facts={}, threads=2, kind="nucl")  # fmt: skip
        found: dict[str, list[Locus]] = {name: [] for name in contigs}
        for locus in from_json((tmp_path / "out" / "loci.json").read_bytes(), LociDocument).loci:
            found[locus.pieces[0].contig].append(locus)
        return found

    return loci


def twice(coding: str, percent: int, length: int, between: str = "") -> str:
    """Return a gene whose bases around a place are there twice."""
    start = min(max(len(coding) * percent // 100 - length // 2, 60), len(coding) - length - 60)
    return coding[: start + length] + between + coding[start:]


def contig(seed: int, changed: str) -> str:
    whole = backbone(seed, 400) + STOPS + changed + STOPS + backbone(seed + 1, 400)
    return reverse_complement(whole) if seed % 2 else whole


def test_a_duplication_inside_a_gene_leaves_one_gene(find: Find) -> None:
    contigs: dict[str, str] = {}
    for toxin in TOXINS:
        for percent in (15, 50, 85):
            for length, between in COPIES:
                if 2 * length < 3 * len(PROTEINS[toxin]):
                    changed = twice(gene(PROTEINS[toxin]), percent, length, between)
                    contigs[f"{toxin}_{percent}_{length}"] = contig(len(contigs), changed)
    told = {
        name: [(str(locus.reference), str(locus.verdict)) for locus in loci] for name, loci in find(contigs).items()
    }
    assert len(contigs) > 70
    assert told == {name: [(name.split("_")[0], "insertion")] for name in contigs}


def test_the_words_say_that_a_part_is_there_twice(find: Find) -> None:
    coding = gene(PROTEINS["Cry1Ab1"])
    ((inserted,), (shifted,), (short,), (element,)) = find({
        "inserted": contig(2, twice(coding, 40, 200)),
        "shifted": contig(4, twice(coding, 40, 40)),
        "short": contig(6, twice(coding, 40, 60)),
        "element": contig(8, coding[:600] + backbone(9, 700) + coding[600:]),
    }).values()  # fmt: skip
    (event,) = inserted.events
    assert (event.kind, event.bases, event.repeated) == (EventKind.INSERTION, 200, 200)
    words = [message.word(Lang.EN) for message in story(inserted)]
    assert any("200 of these bases are a second copy" in word for word in words), words
    assert any("internal duplication" in word for word in words), words
    (event,) = shifted.events
    assert (shifted.verdict, event.kind, event.bases, event.repeated) == (Verdict.FRAMESHIFT, "frameshift", 40, 40)
    (event,) = short.events
    assert (short.verdict, event.kind, event.bases) == (Verdict.INTACT, EventKind.DUPLICATION, 60)
    assert (short.identity_percent, short.coverage_percent) == (100.0, 100.0)
    assert [each.repeated for each in element.events if each.kind == EventKind.INSERTION] == [None]
    assert any("transposable element" in message.word(Lang.EN) for message in story(element))


def test_a_second_copy_of_an_end_beside_a_whole_gene_is_no_gene(find: Find) -> None:
    coding = gene(PROTEINS["Cry2Aa1"])
    loci = find({"start": contig(2, coding[:700] + coding), "end": contig(3, coding + coding[1200:])})
    assert {name: [locus.verdict for locus in found] for name, found in loci.items()} == {
        "start": [Verdict.INTACT],
        "end": [Verdict.INTACT],
    }


def test_a_duplication_in_a_gene_on_two_contigs_leaves_one_gene(find: Find) -> None:
    changed = twice(gene(PROTEINS["Cry1Ab1"]), 40, 200)
    for cut in (400, 1600):  # before the copies, behind them
        left, right = backbone(1, 400) + STOPS + changed[:cut], changed[cut:] + STOPS + backbone(2, 400)
        (locus,) = find({"a": left, "b": reverse_complement(right)})["a"]
        kinds = [event.kind for event in locus.events]
        assert (locus.verdict, sorted(kinds)) == (Verdict.INSERTION, [EventKind.CONTIG_JOINT, EventKind.INSERTION])


def test_parts_of_two_genes_with_bases_between_them_stay_two(find: Find) -> None:
    coding = gene(PROTEINS["Cry1Ab1"])
    apart = coding[:1500] + STOPS + backbone(7, 300) + STOPS + coding[500:]
    turned = coding[600:] + STOPS + coding[:1400]  # the second copy's end before the first copy's start
    loci = find({"apart": contig(2, apart), "turned": contig(4, turned)})
    assert {name: len(found) for name, found in loci.items()} == {"apart": 2, "turned": 2}


def test_a_copy_in_an_alignment_is_told_from_other_residues() -> None:
    assert copied_columns("MKLVWTHEDRLVWTHEDRQQ", "MKLVWTHEDR--------QQ") == [(10, 18)]
    assert copied_columns("MKLVWTHEDRSSPPGGAAQQ", "MKLVWTHEDR--------QQ") == []
    assert copied_columns("MKLVWTLVWTQQ", "MKLVWT----QQ") == []
