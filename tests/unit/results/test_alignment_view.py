"""The layout of alignments: chunks, marks, and differences in the notation of variants."""

from __future__ import annotations

from portal.results.alignments import AlignedGene, ReferenceAlignment
from portal.results.loci import DomainPart
from portal.web.pages.alignment_view import AlignmentView, alignment_lines, lay_out


def aligned(protein: str, reference: str, *, start: int = 1, reference_start: int = 1) -> ReferenceAlignment:
    return ReferenceAlignment(
        reference="Cry1Aa1",
        reference_1998=None,
        reference_length=200,
        same=(),
        identity_percent=50.0,
        start=start,
        end=start + len(protein.replace("-", "")) - 1,
        reference_start=reference_start,
        reference_end=reference_start + len(reference.replace("-", "")) - 1,
        protein_row=protein,
        reference_row=reference,
    )


def view(one: ReferenceAlignment, *domains: DomainPart) -> AlignmentView:
    [laid_out] = lay_out(AlignedGene(locus_id="L1", alignments=(one,)), domains)
    return laid_out


def test_differences_are_told_from_the_reference_to_the_protein() -> None:
    found = view(aligned("MKV--LLWWAX", "MRVDEL--IAX", reference_start=11))
    assert found.differences == ("R12K", "D14_E15del", "16_17insLW", "I17W")
    assert (found.columns, found.identical, found.replaced, found.gaps, found.unknown) == (10, 4, 2, 4, 1)


def test_a_residue_that_was_not_seen_is_no_difference() -> None:
    found = view(aligned("MKXXL", "MKVLL"))
    assert (found.differences, found.ticks, found.columns, found.identical, found.unknown) == ((), (), 3, 3, 2)
    assert found.chunks[0].marks == "||  |"


def test_equal_rows_have_no_difference() -> None:
    found = view(aligned("MKVLL", "MKVLL"))
    assert (found.differences, found.more, found.ticks) == ((), 0, ())


def test_many_differences_are_counted() -> None:
    found = view(aligned("A" * 100, "C" * 100))
    assert (len(found.differences), found.more) == (60, 40)


def test_chunks_have_ten_columns_positions_and_the_domain_in_their_middle() -> None:
    domain = DomainPart(name="Endotoxin_N", start=26, end=35, share=1.0)
    found = view(aligned("A" * 25, "A" * 15 + "-" * 2 + "A" * 8, start=3, reference_start=21), domain)
    assert [(chunk.protein_at, chunk.reference_at, chunk.domain, chunk.marks) for chunk in found.chunks] == [
        (3, 21, "Endotoxin_N", "|" * 10),
        (13, 31, "Endotoxin_N", "|||||  |||"),
        (23, 39, "", "|||||"),
    ]
    assert [run.looks for run in found.chunks[1].protein] == ["same", "gap", "same"]


def test_a_chunk_of_gaps_has_no_position() -> None:
    found = view(aligned("A" * 30, "A" * 10 + "-" * 10 + "A" * 10))
    assert [chunk.reference_at for chunk in found.chunks] == [1, None, 11]


def test_text_has_sixty_columns_a_line() -> None:
    lines = alignment_lines(aligned("A" * 70, "A" * 69 + "C", start=5)).splitlines()
    assert lines[0] == f"protein  5 {'A' * 60} 64"
    assert lines[1] == f"           {'|' * 60}"
    assert lines[2] == f"Cry1Aa1  1 {'A' * 60} 60"
    assert lines[4:7] == [f"protein 65 {'A' * 10} 74", f"           {'|' * 9}", f"Cry1Aa1 61 {'A' * 9}C 70"]
