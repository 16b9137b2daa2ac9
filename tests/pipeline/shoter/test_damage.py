"""What is left of a damaged gene: less than the intact one, more the more of it is there."""

from __future__ import annotations

from itertools import pairwise

import pytest

from portal.domain.status import Lang
from portal.pipeline.shoter.damage import what_is_left
from portal.pipeline.shoter.genes import find_genes
from portal.pipeline.shoter.loci import with_loci
from portal.pipeline.shoter.parameters import ShoterParameters
from portal.results.gene_state import is_broken, is_cut
from portal.results.loci import DomainPart, Event, EventKind, LociDocument, Locus, Piece, Verdict
from portal.results.loci_table import LOCI_COLUMNS, locus_row
from portal.results.locus_words import state_word, what_it_means
from portal.results.toxin_core import is_altered_behind_core
from portal.results.toxin_table import gene_cells
from tests.pipeline.shoter.shoter_builders import hits_of, row

P = ShoterParameters()
LENGTH = 650
SPANS = (("Endotoxin_N", 60, 290), ("Endotoxin_M", 300, 500), ("Endotoxin_C", 510, 650))


def locus(
    verdict: Verdict, *ranges: tuple[int, int, int], events: tuple[EventKind, ...] = (), **changes: object
) -> Locus:
    """Return a locus of pieces (reading, first and last residue) of a reference of 650 residues with three domains."""
    pieces = tuple(
        Piece(protein_id=f"contig1_{at:05d}", contig="contig1", start=3 * first, end=3 * last, strand="+",
              reading=reading, reference_start=first, reference_end=last, identity_percent=100.0)
        for at, (reading, first, last) in enumerate(ranges, start=1)
    )  # fmt: skip
    covered = sum(last - first + 1 for _, first, last in ranges)
    values = {
        "locus_id": "L1", "name": "Cry3Aa", "equal_to": (), "reference": "Cry3Aa1", "reference_1998": None,
        "reference_length": LENGTH, "verdict": verdict, "identity_percent": 100.0,
        "coverage_percent": 100 * covered / LENGTH,
        "accessory": False, "hmm": True, "pieces": pieces,
        "events": tuple(Event(kind=kind, residue=200, contig="contig1", position=600) for kind in events),
        "domains": tuple(DomainPart(name=name, start=start, end=end, share=1.0) for name, start, end in SPANS),
        "domain_calls": {name: "YES" for name, _, _ in SPANS}, "protein": "M" * covered,
    }  # fmt: skip
    return Locus(**{**values, **changes})  # type: ignore[arg-type]


def left(gene: Locus, *, three_domains: bool = True) -> float:
    completeness, factor, _ = what_is_left(gene, 1.0, three_domains, P)
    return completeness * factor


def test_what_is_whole_counts_in_full() -> None:
    assert left(locus(Verdict.INTACT, (1, 1, 650))) == 1.0
    assert left(locus(Verdict.SPLIT, (1, 1, 300), (1, 301, 650), events=(EventKind.CONTIG_JOINT,))) == 1.0


@pytest.mark.parametrize(
    ("verdict", "kind", "factor"),
    [
        (Verdict.FRAMESHIFT, EventKind.FRAMESHIFT, 0.5),
        (Verdict.PREMATURE_STOP, EventKind.STOP, 0.1),
        (Verdict.INSERTION, EventKind.INSERTION, 0.1),
    ],
)
def test_a_break_leaves_the_chance_that_it_is_none(verdict: Verdict, kind: EventKind, factor: float) -> None:
    gene = locus(verdict, (1, 1, 200), (2, 201, 650), events=(kind,))
    assert left(gene) == pytest.approx(factor)
    assert left(locus(verdict, (1, 1, 200), (2, 201, 650), events=(kind, kind))) < factor


def test_a_break_behind_the_toxin_core_leaves_most_and_not_all() -> None:
    protoxin = locus(
        Verdict.PREMATURE_STOP, (1, 1, 660), (2, 662, 1200), events=(EventKind.STOP,), reference_length=1200
    )
    assert left(protoxin) == pytest.approx(P.factor_remnant, abs=1e-6)
    flags = what_is_left(protoxin, 1.0, True, P)[2]
    assert flags == ("internal_stop", "core_whole")
    assert not is_broken(flags)


@pytest.mark.parametrize(("first", "second", "is_said"), [(200, 420, True), (400, 410, False)])
def test_a_gap_inside_that_takes_a_part_of_the_gene_cuts_it(first: int, second: int, is_said: bool) -> None:
    gene = locus(Verdict.EDGE, (1, 1, first), (1, second, 650), events=(EventKind.GAP,))
    _, factor, flags = what_is_left(gene, 1.0, True, P)
    assert factor == 1.0, "the domains lack what the gap has taken, and nothing more"
    assert is_cut(flags) is is_said
    assert not is_broken(flags)


def test_a_cut_behind_the_toxin_core_leaves_the_toxin_whole() -> None:
    def flags(*ranges: tuple[int, int, int], three_domains: bool = True) -> tuple[str, ...]:
        cut = locus(Verdict.EDGE, *ranges, events=(EventKind.CONTIG_END,), reference_length=1200)
        return what_is_left(cut, 1.0, three_domains, P)[2]

    assert flags((1, 1, 660)) == ("contig_edge", "core_whole")
    assert flags((1, 1, 400)) == ("contig_edge",)
    assert flags((1, 100, 1200)) == ("contig_edge",), "without its beginning"
    assert flags((1, 1, 660), three_domains=False) == ("contig_edge",)


@pytest.mark.parametrize("at", [60, 200, 400, 560])
def test_a_break_within_the_toxin_core_breaks_the_gene(at: int) -> None:
    stopped = locus(Verdict.PREMATURE_STOP, (1, 1, at), (2, at + 2, 650), events=(EventKind.STOP,))
    assert is_broken(what_is_left(stopped, 1.0, True, P)[2])
    assert is_broken(what_is_left(locus(Verdict.REMNANT, (1, 1, at)), 1.0, True, P)[2])


def test_a_remnant_keeps_its_core_only_with_its_beginning() -> None:
    without_end = locus(Verdict.REMNANT, (1, 1, 660), reference_length=1200)
    assert what_is_left(without_end, 1.0, True, P)[2] == ("remnant", "core_whole")
    without_beginning = locus(Verdict.REMNANT, (1, 40, 1200), reference_length=1200)
    assert what_is_left(without_beginning, 1.0, True, P)[2] == ("remnant",)


def test_another_fold_has_no_core_to_keep() -> None:
    stopped = locus(Verdict.PREMATURE_STOP, (1, 1, 640), (2, 642, 650), events=(EventKind.STOP,), domains=())
    assert is_broken(what_is_left(stopped, 1.0, False, P)[2])


def test_the_more_is_read_before_the_break_the_more_is_left() -> None:
    worth = [
        left(locus(Verdict.PREMATURE_STOP, (1, 1, at), (2, at + 2, 650), events=(EventKind.STOP,)))
        for at in range(60, 650, 10)
    ]
    assert all(more > less - 1e-3 for less, more in pairwise(worth))
    assert worth[0] == pytest.approx(P.factor_internal_stop, rel=0.01)
    assert worth[-1] < 1.0


def test_domains_count_by_the_part_that_is_there() -> None:
    parts = [left(locus(Verdict.EDGE, (1, 1, at), events=(EventKind.CONTIG_END,))) for at in (150, 290, 400, 500, 600)]
    assert parts == sorted(parts)
    one, two = P.completeness_one_domain, P.completeness_two_domains
    assert parts[1] == pytest.approx(P.factor_contig_edge * one, rel=0.05)
    assert parts[3] == pytest.approx(P.factor_contig_edge * two, rel=0.05)


def test_an_end_that_took_a_few_residues_costs_nothing() -> None:
    assert left(locus(Verdict.EDGE, (1, 1, 640), events=(EventKind.CONTIG_END,))) == pytest.approx(1.0, abs=0.02)


def test_without_its_beginning_a_gene_is_hardly_read() -> None:
    assert left(locus(Verdict.REMNANT, (1, 200, 650))) < 0.1 < left(locus(Verdict.REMNANT, (1, 1, 560)))


def test_other_folds_need_the_whole_chain() -> None:
    half = locus(Verdict.PREMATURE_STOP, (1, 1, 500), (2, 502, 650), events=(EventKind.STOP,), domains=())
    assert 0.1 < left(half, three_domains=False) < 0.9


@pytest.mark.parametrize("verdict", [Verdict.SPLIT, Verdict.INTACT])
def test_unknown_residues_inside_a_complete_gene_of_another_fold_take_nothing_from_it(verdict: Verdict) -> None:
    def weight(kind: Verdict, *ranges: tuple[int, int, int]) -> float:
        gene = locus(kind, *ranges, name="Vip3Aa", reference="Vip3Aa1", domains=(), domain_calls={})
        document = LociDocument(strain="S1", loci=(gene,))
        (found,) = find_genes(with_loci(hits_of([row("Vip3Aa1", 1, Hit_length="650")]), document), P)
        return found.weight.value

    whole = weight(Verdict.INTACT, (1, 1, 650))
    assert weight(verdict, (1, 1, 300), (1, 361, 650)) == whole
    assert weight(verdict, (1, 61, 650)) < whole  # what relatives lack at an end is not hidden
    assert weight(Verdict.REMNANT, (1, 1, 300), (1, 361, 650)) < P.factor_remnant * whole


def test_rows_of_one_locus_are_one_gene_under_its_name() -> None:
    rows = [row("Cry3Aa1", 1, Hit_length="650"), row("Cry3Ba1", 2, Hit_length="650", Identity="70")]
    document = LociDocument(
        strain="S1", loci=(locus(Verdict.SPLIT, (1, 1, 300), (1, 301, 650), events=(EventKind.GAP,)),)
    )
    (gene,) = find_genes(with_loci(hits_of(rows), document), P)
    assert (gene.name, gene.identity, gene.fragments, gene.weight.value) == ("Cry3Aa1", 100.0, 2, 1.0)
    assert gene.weight.flags == ("merged_fragments",)
    elsewhere = LociDocument(strain="S2", loci=document.loci)
    assert len(find_genes(with_loci(hits_of(rows), elsewhere), P)) == 2


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        (Verdict.FRAMESHIFT, EventKind.FRAMESHIFT),
        (Verdict.PREMATURE_STOP, EventKind.STOP),
        (Verdict.INSERTION, EventKind.INSERTION),
    ],
)
def test_the_words_for_a_gene_call_it_broken_where_its_flags_do(verdict: Verdict, kind: EventKind) -> None:
    seen = set()
    for last in range(20, LENGTH, 7):
        for first in (1, 20, 26, 80):
            if first > last:
                continue
            gene = locus(verdict, (1, first, last), (2, last + 1, LENGTH), events=(kind,))
            is_altered = not is_broken(what_is_left(gene, 1.0, True, P)[2])
            assert is_altered_behind_core(gene) == is_altered
            assert (state_word(gene).code == f"locus.state.{verdict}_behind_core") == is_altered
            counted = f"{verdict}_behind_core" if is_altered else verdict
            assert gene_cells((gene,)) == {"locus": "L1", "verdict": verdict, "gene_state": counted}
            told = dict(zip(LOCI_COLUMNS, locus_row("HD-1", gene).rstrip("\n").split("\t"), strict=True))
            assert (told["verdict"], told["gene_state"]) == (verdict, counted)
            meaning = what_it_means(gene)
            assert meaning
            assert (meaning.code == "locus.means.behind_core") == is_altered
            assert "lost its function" not in meaning.word(Lang.EN) or not is_altered
            seen.add(is_altered)
    assert seen == {True, False}


def test_a_part_lost_behind_the_core_is_told_so_unless_the_file_has_only_a_part() -> None:
    lost = locus(Verdict.REMNANT, (1, 1, 645))
    assert state_word(lost).code == "locus.state.remnant_behind_core"
    assert state_word(locus(Verdict.REMNANT, (1, 1, 645), events=(EventKind.RECORD_END,))).code == "locus.state.in_part"
    assert state_word(locus(Verdict.REMNANT, (1, 1, 400))).code == "locus.verdict.remnant"
    other_fold = locus(Verdict.REMNANT, (1, 1, 645), name="Vip3Aa", reference="Vip3Aa1")
    assert state_word(other_fold).code == "locus.verdict.remnant"
    assert state_word(locus(Verdict.EDGE, (1, 1, 645))).code == "locus.verdict.edge"
