"""From hits to loci, with a made-up reference: what belongs together, and what must not be put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from portal.pipeline.digger.engine import run_digger
from portal.pipeline.digger.loci.drafts import Draft
from portal.pipeline.digger.loci.joins import Joiner, Match
from portal.results.codec import from_json
from portal.results.loci import EventKind, LociDocument, Locus, Verdict
from tests.pipeline.digger.digger_builders import (
    backbone,
    gene,
    mutated,
    reference_proteins,
    reverse_complement,
    write_fasta,
)

PROTEINS = reference_proteins()
STOPS = "TAATTAATTAA"  # a stop in each frame of either strand
CRY1, CRY2, VIP = (gene(PROTEINS[name]) for name in ("Cry1Ab1", "Cry2Aa1", "Vip3Aa1"))

Find = Callable[..., list[Locus]]


@pytest.fixture
def find(reference: Path, cache_dir: Path, tmp_path: Path) -> Find:
    def loci(contigs: Mapping[str, str], kind: str = "nucl") -> list[Locus]:
        genome = write_fasta(tmp_path / "g.fna", contigs)
        run_digger([("g", genome)], tmp_path / "out", reference_fasta=reference, cache_dir=cache_dir,
                   reference_facts={}, threads=2, kind=kind)  # fmt: skip
        return list(from_json((tmp_path / "out" / "loci.json").read_bytes(), LociDocument).loci)

    return loci


def inside(*parts: str) -> str:
    return backbone(1, 3000) + STOPS + "".join(parts) + STOPS + backbone(2, 3000)


def verdicts(loci: list[Locus]) -> list[tuple[str | None, Verdict | None]]:
    return [(locus.reference, locus.verdict) for locus in loci]


def test_an_intact_gene_is_one_piece(find: Find) -> None:
    (locus,) = find({"c": inside(CRY2)})
    assert (locus.verdict, locus.identity_percent, locus.coverage_percent, locus.events) == (
        Verdict.INTACT,
        100.0,
        100.0,
        (),
    )
    (piece,) = locus.pieces
    assert (piece.start, piece.end, piece.strand) == (3012, 3011 + 3 * 640, "+")
    assert (piece.reference_start, piece.reference_end) == (1, 640)
    assert locus.protein == PROTEINS["Cry2Aa1"]


def test_entries_that_are_as_close_are_all_named(find: Find) -> None:
    (locus,) = find({"c": inside(gene(PROTEINS["Cry1Aa1"]))})
    assert (locus.name, locus.reference, locus.equal_to) == ("Cry1Aa", "Cry1Aa3", ("Cry1Aa1",))


def test_both_readings_of_a_frameshift_are_given(find: Find) -> None:
    (locus,) = find({"c": inside(CRY2[:900], CRY2[901:])})
    assert locus.verdict == Verdict.FRAMESHIFT
    (event,) = locus.events
    assert event.kind == EventKind.FRAMESHIFT
    assert event.bases == -1
    assert abs(event.residue - 301) <= 2
    assert (locus.pieces[0].reading, locus.pieces[-1].reading) == (1, 2)
    assert locus.as_read is not None
    assert locus.as_read.startswith(PROTEINS["Cry2Aa1"][:298])
    assert len(locus.as_read) < 400
    assert abs(len(locus.protein) - 640) <= 1


def test_a_gene_in_sixty_pieces_is_told_as_one(find: Find) -> None:
    """Two large pieces, and one lost base in each 20 codons between them."""
    broken = "".join(CRY1[at : at + 59] for at in range(300, 1500, 60))
    loci = find({"c": inside(CRY1[:300], broken, CRY1[1500:])})
    assert verdicts(loci) == [("Cry1Ab1", Verdict.FRAMESHIFT)]
    assert len(loci[0].pieces) > 5
    assert (loci[0].coverage_percent or 0) > 95


def test_pieces_over_the_ends_of_contigs_are_one_gene(find: Find) -> None:
    left, right = backbone(1, 3000) + STOPS + CRY1[:700], CRY1[700:] + STOPS + backbone(2, 3000)
    (locus,) = find({"a": left, "b": reverse_complement(right), "other": backbone(5, 4000)})
    assert (locus.verdict, locus.identity_percent, locus.coverage_percent) == (Verdict.SPLIT, 100.0, 100.0)
    assert [(piece.contig, piece.strand, piece.reading) for piece in locus.pieces] == [("a", "+", 1), ("b", "-", 1)]


def test_a_piece_too_short_for_a_row_is_found_at_the_end_of_its_contig(find: Find) -> None:
    left, right = backbone(1, 3000) + STOPS + CRY2[:100], CRY2[100:] + STOPS + backbone(2, 3000)
    (locus,) = find({"a": left, "b": right})
    assert (locus.verdict, locus.coverage_percent) == (Verdict.SPLIT, 100.0)
    assert locus.protein_ids == (locus.pieces[1].protein_id,)


def test_three_contigs_make_one_gene(find: Find) -> None:
    contigs = {"a": backbone(1, 900) + STOPS + CRY1[:601], "b": CRY1[601:1203], "c": CRY1[1203:] + STOPS}
    (locus,) = find(contigs)
    assert (locus.verdict, len(locus.pieces), locus.identity_percent) == (Verdict.SPLIT, 3, 100.0)


def test_halves_of_different_genes_stay_apart(find: Find) -> None:
    """On one contig side by side, and at the ends of two: no entry explains both halves."""
    assert verdicts(find({"c": inside(CRY1[:900], STOPS, VIP[630:])})) == [
        ("Cry1Ab1", Verdict.REMNANT),
        ("Vip3Aa1", Verdict.REMNANT),
    ]
    left, right = backbone(1, 3000) + STOPS + CRY1[:900], CRY2[900:] + STOPS + backbone(2, 3000)
    assert verdicts(find({"a": left, "b": right})) == [("Cry1Ab1", Verdict.EDGE), ("Cry2Aa1", Verdict.EDGE)]


def test_pieces_that_repeat_each_other_stay_apart(find: Find) -> None:
    left, right = backbone(1, 3000) + STOPS + CRY1[:1200], CRY1[600:] + STOPS + backbone(2, 3000)
    changed = gene(mutated(PROTEINS["Cry1Ab1"], 0.03, 9))[600:] + STOPS + backbone(2, 3000)
    assert [locus.verdict for locus in find({"a": left, "b": changed})] == [Verdict.EDGE, Verdict.EDGE]
    assert [locus.verdict for locus in find({"a": left, "b": right})] == [Verdict.SPLIT]


def test_cut_copies_at_both_ends_of_a_contig_stay_apart(find: Find) -> None:
    half = backbone(1, 3000) + STOPS + CRY1[:900]
    loci = find({"c": reverse_complement(half) + half})
    assert [locus.verdict for locus in loci] == [Verdict.EDGE, Verdict.EDGE]


def test_whole_copies_in_a_row_stay_apart(find: Find) -> None:
    loci = find({"c": inside(CRY1, STOPS, CRY1[:1500], STOPS, backbone(4, 500), CRY1)})
    assert [locus.verdict for locus in loci].count(Verdict.INTACT) == 2
    assert len(loci) == 3


def test_genes_that_overlap_on_both_strands_are_two(find: Find) -> None:
    loci = find({"c": inside(CRY2 + reverse_complement(VIP)[30:])})
    assert {locus.reference for locus in loci} == {"Cry2Aa1", "Vip3Aa1"}
    assert {piece.strand for locus in loci for piece in locus.pieces} == {"+", "-"}


@pytest.mark.parametrize("header", ["c", "c topology=circular", "c length=9 circular=true", "ptg000001c"])
def test_a_gene_over_the_origin_is_one(find: Find, header: str) -> None:
    whole = inside(CRY2)
    at = 3000 + len(STOPS) + 700
    (locus,) = find({header: whole[at:] + whole[:at]})
    assert locus.verdict == (Verdict.SPLIT if header == "c" else Verdict.INTACT)
    assert (locus.identity_percent, locus.coverage_percent) == (100.0, 100.0)


def test_the_work_on_a_genome_of_many_pieces_does_not_grow_with_its_square(
    find: Find, monkeypatch: pytest.MonkeyPatch
) -> None:
    """150 pieces have 22,350 pairs of ends; each piece is tried with its eight likeliest partners alone."""
    tried: list[int] = []  # pairs, by round of joining
    join, match = Joiner.join, Joiner.match

    def counted_join(joiner: Joiner, drafts: Sequence[Draft]) -> list[Draft]:
        tried.append(0)
        return join(joiner, drafts)

    def counted_match(joiner: Joiner, left: int, one: Draft, right: int, other: Draft) -> Match | None:
        tried[-1] += 1
        return match(joiner, left, one, right, other)

    monkeypatch.setattr(Joiner, "join", counted_join)
    monkeypatch.setattr(Joiner, "match", counted_match)
    pieces = {
        f"p{number}": gene(mutated(PROTEINS[name], 0.02, number))[start : start + 400]
        for number, (name, start) in enumerate(
            (name, start) for name in ("Cry1Aa1", "Cry2Aa1", "Vip3Aa1") for start in range(0, 800, 16)
        )
    }
    loci = find(pieces)
    assert len(tried) <= 4
    assert 0 < max(tried) <= 8 * 2 * len(pieces)  # what was joined is tried again
    rows = [protein_id for locus in loci for protein_id in locus.protein_ids]
    assert len(rows) == len(set(rows)) > 120


def test_stops_in_coding_sequences_and_proteins_are_told(find: Find) -> None:
    letters = PROTEINS["Cry2Aa1"]
    (locus,) = find({"p": letters[:200] + "*" + letters[201:]}, kind="prot")
    assert locus.verdict == Verdict.PREMATURE_STOP
    assert [(piece.start, piece.end, piece.reading) for piece in locus.pieces] == [(1, 200, 1), (202, 640, 2)]
    assert locus.as_read == letters[:200]
    (locus,) = find({"o": CRY2[:600] + "TAA" + CRY2[603:]}, kind="orfs")
    assert locus.verdict == Verdict.PREMATURE_STOP
    assert [(piece.start, piece.end) for piece in locus.pieces] == [(1, 600), (604, 1920)]
    (locus,) = find({"o": CRY2[:900]}, kind="orfs")
    assert locus.verdict == Verdict.REMNANT


def test_two_toxins_in_one_frame_are_both_told(find: Find) -> None:
    """One row, as the real tool has it, two genes; three in a frame are three."""
    for genes in ([CRY2, VIP], [VIP, CRY2], [CRY2, CRY1, VIP]):
        fused = "".join(each[:-3] for each in genes[:-1]) + genes[-1]
        for sequence in (inside(fused), reverse_complement(inside(fused))):
            loci = find({"c": sequence})
            assert sorted(str(locus.reference) for locus in loci) == sorted(
                {CRY1: "Cry1Ab1", CRY2: "Cry2Aa1", VIP: "Vip3Aa1"}[each] for each in genes
            )
            assert {(locus.verdict, locus.identity_percent, locus.coverage_percent) for locus in loci} == {
                (Verdict.INTACT, 100.0, 100.0)
            }
            assert len({locus.protein_ids for locus in loci}) == 1, "the row is shared"


def test_fused_toxins_are_told_of_coding_sequences_and_proteins_too(find: Find) -> None:
    fused = CRY2[:-3] + VIP
    protein = PROTEINS["Cry2Aa1"] + PROTEINS["Vip3Aa1"]
    for kind, records in (("orfs", {"cds": fused}), ("prot", {"p": protein})):
        first, second = find(records, kind)
        assert verdicts([first, second]) == [("Cry2Aa1", Verdict.INTACT), ("Vip3Aa1", Verdict.INTACT)]
        assert (first.protein, second.protein) == (PROTEINS["Cry2Aa1"], PROTEINS["Vip3Aa1"])


def test_halves_of_two_genes_in_one_frame_are_never_one_gene(find: Find) -> None:
    half = len(CRY2) // 6 * 3
    loci = find({"c": inside(CRY2[:half], VIP[-half:])})
    assert sorted(verdicts(loci), key=str) == [("Cry2Aa1", Verdict.REMNANT), ("Vip3Aa1", Verdict.REMNANT)]


def test_what_stands_in_a_gene_without_a_stop_leaves_it_one_gene(find: Find) -> None:
    inserted = "GCTGGTAAC" * 120  # 1,080 bases, read through in the gene's frame
    (locus,) = find({"c": inside(CRY2[:900], inserted, CRY2[900:])})
    assert (locus.reference, locus.verdict) == ("Cry2Aa1", Verdict.INSERTION)


@pytest.mark.parametrize("codons", [3, 8])
@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("parted_by", ["gap", "contigs", "origin"])
def test_a_stop_beside_what_parts_a_gene_is_not_lost(find: Find, parted_by: str, codons: int, behind: bool) -> None:
    at = 900
    stop = at + 3 * codons if behind else at - 3 * codons
    broken = CRY2[:stop] + "TAA" + CRY2[stop + 3 :]
    left, right = backbone(1, 3000) + STOPS + broken[:at], broken[at:] + STOPS + backbone(2, 3000)
    contigs = {
        "gap": {"c": left + "N" * 50 + right},
        "contigs": {"a": left, "b": right},
        "origin": {"c [topology=circular]": right + left},
    }[parted_by]
    (locus,) = find(contigs)
    assert locus.verdict == Verdict.PREMATURE_STOP
    (told,) = (event for event in locus.events if event.kind == EventKind.STOP)
    position = {
        "gap": 3011 + stop + 1 + 50 * behind,
        "contigs": stop - at + 1 if behind else 3011 + stop + 1,
        "origin": stop - at + 1 if behind else len(right) + 3011 + stop + 1,
    }
    assert told.position == position[parted_by]
    assert (locus.pieces[0].reading, locus.pieces[-1].reading) == (1, 2)


@pytest.mark.parametrize("codons", [3, 8, 12, 24])
@pytest.mark.parametrize("damage", ["TAA", "CCCA"])
def test_a_break_in_bases_that_two_contigs_share_is_told_once(find: Find, damage: str, codons: int) -> None:
    at, shared = 900, 77
    broken = CRY2[: at - 3 * codons] + damage + CRY2[at - 3 * codons + 3 :]
    at += len(damage) - 3
    left, right = backbone(1, 3000) + STOPS + broken[:at], broken[at - shared :] + STOPS + backbone(2, 3000)
    (locus,) = find({"a": left, "b": right})
    kind = EventKind.STOP if damage == "TAA" else EventKind.FRAMESHIFT
    assert sorted(event.kind for event in locus.events) == sorted([kind, EventKind.CONTIG_JOINT])
    assert (locus.coverage_percent or 0) > 95


@pytest.mark.parametrize("phase", [0, 1, 2])
@pytest.mark.parametrize(("lost", "added"), [(1, ""), (2, ""), (0, "C"), (0, "CC")])
def test_a_base_lost_or_added_at_the_origin_is_a_frameshift(find: Find, phase: int, lost: int, added: str) -> None:
    cut = 900 + phase
    left, right = backbone(1, 3000) + STOPS + CRY2[:cut], added + CRY2[cut + lost :] + STOPS + backbone(2, 3000)
    (locus,) = find({"c [topology=circular]": right + left})
    assert locus.verdict == Verdict.FRAMESHIFT
    assert [(event.kind, event.bases) for event in locus.events] == [
        (EventKind.FRAMESHIFT, len(added) - lost),
        (EventKind.ORIGIN, None),
    ]
    assert [piece.reading for piece in locus.pieces] == [1, 2]


@pytest.mark.parametrize("phase", [0, 1, 2])
@pytest.mark.parametrize("lost", [0, 3])
def test_a_gene_that_goes_on_in_frame_over_the_origin_is_intact(find: Find, phase: int, lost: int) -> None:
    cut = 900 + phase
    left, right = backbone(1, 3000) + STOPS + CRY2[:cut], CRY2[cut + lost :] + STOPS + backbone(2, 3000)
    (locus,) = find({"c [topology=circular]": right + left})
    assert (locus.verdict, [event.kind for event in locus.events]) == (Verdict.INTACT, [EventKind.ORIGIN])


@pytest.mark.parametrize("phase", [1, 2])
def test_a_stop_codon_across_the_origin_is_told(find: Find, phase: int) -> None:
    broken = CRY2[:900] + "TAA" + CRY2[903:]
    left = backbone(1, 3000) + STOPS + broken[: 900 + phase]
    (locus,) = find({"c [topology=circular]": broken[900 + phase :] + STOPS + backbone(2, 3000) + left})
    assert (locus.verdict, locus.events[0].kind) == (Verdict.PREMATURE_STOP, EventKind.STOP)


@pytest.mark.parametrize("lost", [12, 17])
def test_a_short_end_behind_a_break_is_found_where_the_alignment_runs_over_it(find: Find, lost: int) -> None:
    """The residues behind a shift happen to resemble those that should stand there."""
    at = len(CRY2) - 3 - 3 * lost
    alike = gene(mutated(PROTEINS["Cry2Aa1"], 0.6, 5))[at:-3]
    (locus,) = find({"c": inside(CRY2[:at] + alike + STOPS + backbone(6, 700) + CRY2[at:])})
    assert (locus.verdict, locus.coverage_percent, locus.identity_percent) == (Verdict.INSERTION, 100.0, 100.0)
