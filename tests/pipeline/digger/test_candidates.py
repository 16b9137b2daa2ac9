"""Candidates for new toxins: steps, order, the protein for a naming request, its alignment, and bounded neighbours."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from Bio import SeqIO
from msgspec.structs import replace

from portal.domain.status import Lang
from portal.pipeline.digger.engine import run_digger
from portal.results.candidate_words import candidate_section
from portal.results.candidates import (
    COLUMNS,
    CandidateProtein,
    CandidatesDocument,
    IdentityStep,
    candidate_rows,
    candidates_of,
    step_of,
)
from portal.results.codec import from_json
from portal.results.loci import Event, EventKind, LociDocument, Locus, Piece, Verdict
from portal.results.locus_words import state_word
from tests.pipeline.digger.digger_builders import backbone, gene, reference_proteins, write_fasta
from tests.pipeline.digger.panel_builders import STOPS, replaced

PROTEINS = reference_proteins()
NEW = replaced(PROTEINS["Cry2Aa1"], 0.4, 4)
NEAR = replaced(PROTEINS["Vip3Aa1"], 0.1, 5)


@pytest.fixture
def out(reference: Path, cache_dir: Path, tmp_path: Path) -> Path:
    """Return the files of a genome with a named toxin, a remote relative beside a near one, and a broken remote one."""
    broken = gene(replaced(PROTEINS["Cry1Aa1"], 0.35, 6))
    contigs = {
        "c1": STOPS.join([backbone(1, 600), gene(NEW), backbone(2, 900), gene(NEAR), backbone(3, 600)]),
        "c2": STOPS.join([backbone(4, 600), gene(PROTEINS["Cyt1Aa1"]), backbone(5, 600)]),
        "c3": STOPS.join([backbone(6, 600), broken[:900] + "A" + broken[900:], backbone(7, 600)]),
    }
    run_digger([("g", write_fasta(tmp_path / "g.fna", contigs))], tmp_path / "out", reference_fasta=reference,
               cache_dir=cache_dir, reference_facts={}, threads=2)  # fmt: skip
    return tmp_path / "out"


def read(out: Path) -> CandidatesDocument:
    return from_json((out / "candidates.json").read_bytes(), CandidatesDocument)


@pytest.mark.parametrize(
    ("identity", "step"),
    [
        (None, IdentityStep.UNALIGNED), (44.99, IdentityStep.FIRST_RANK),
        (45.0, IdentityStep.SECOND_RANK), (75.99, IdentityStep.SECOND_RANK),
        (76.0, IdentityStep.THIRD_RANK), (94.99, IdentityStep.THIRD_RANK), (95.0, IdentityStep.VARIANT),
    ],
)  # fmt: skip
def test_the_steps_are_those_of_the_nomenclature(identity: float | None, step: IdentityStep) -> None:
    assert step_of(identity) is step


def test_candidates_are_ranked_and_named_toxins_are_none(out: Path) -> None:
    found = read(out).candidates
    assert [(one.rank, one.step, one.verdict, one.is_ready) for one in found] == [
        (1, IdentityStep.SECOND_RANK, Verdict.INTACT, True),
        (2, IdentityStep.SECOND_RANK, Verdict.FRAMESHIFT, False),
        (3, IdentityStep.THIRD_RANK, Verdict.INTACT, True),
    ]
    assert [one.reference for one in found][::2] == ["Cry2Aa1", "Vip3Aa1"]
    assert [near.name for near in found[0].neighbours] == ["Vip3Aa1"]
    assert 900 <= found[0].neighbours[0].distance <= 1_500
    assert found[1].neighbours == ()


def test_the_protein_runs_from_its_start_to_its_stop(out: Path) -> None:
    first, _, third = read(out).candidates
    assert first.protein == CandidateProtein(sequence=NEW, start_is_sure=True)
    assert third.protein == CandidateProtein(sequence=NEAR, start_is_sure=True)
    with (out / "g.candidates.faa").open(encoding="utf-8") as stream:
        records = list(SeqIO.parse(stream, "fasta"))
    assert [str(record.seq) for record in records][::2] == [NEW, NEAR]
    assert records[0].id == f"g_{first.locus_id}"
    assert "closest=Cry2Aa1" in records[0].description
    assert "ready=yes" in records[0].description


def test_each_candidate_is_aligned_with_its_closest_toxin(out: Path) -> None:
    text = (out / "g.candidates.txt").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("# ")] == [
        f"# {one.locus_id} (rank {one.rank})" for one in read(out).candidates
    ]
    query = "".join(line.split()[2] for line in text.split("# ")[1].splitlines() if line.startswith("query"))
    assert query.replace("-", "") in NEW


def test_the_table_has_a_row_per_candidate(out: Path) -> None:
    with (out / "candidates.tsv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter="\t"))
    assert [(row["rank"], row["step"], row["ready"]) for row in rows] == [
        ("1", "second_rank", "yes"), ("2", "second_rank", "no"), ("3", "third_rank", "yes"),
    ]  # fmt: skip
    assert rows[0]["protein"] == NEW


def test_words_in_both_languages(out: Path) -> None:
    section = candidate_section(read(out))
    assert section.lines[0].step.word(Lang.EN) == "second rank (45 to 76 %)"
    assert "current BPPRC database" in section.meaning.word(Lang.EN)
    assert [message.word(Lang.ZH) for message in section.lines[0].state] == ["完整", "蛋白质序列可用于命名申请"]


def test_a_genome_without_a_candidate_has_an_empty_list_and_no_sequences(
    reference: Path, cache_dir: Path, tmp_path: Path
) -> None:
    contig = STOPS.join([backbone(4, 600), gene(PROTEINS["Cyt1Aa1"]), backbone(5, 600)])
    run_digger([("g", write_fasta(tmp_path / "g.fna", {"c": contig}))], tmp_path / "out", reference_fasta=reference,
               cache_dir=cache_dir, reference_facts={}, threads=1)  # fmt: skip
    assert read(tmp_path / "out").candidates == ()
    assert not (tmp_path / "out" / "g.candidates.faa").exists()


def made_locus(number: int) -> Locus:
    start = 1 + 100 * number
    piece = Piece(
        protein_id=f"p{number}", contig="c", start=start, end=start + 90, strand="+", reading=1, reference_start=1,
        reference_end=30, identity_percent=60.0,
    )  # fmt: skip
    return Locus(
        locus_id=f"L{number}", name="Cry1Aa1", equal_to=(), reference="Cry1Aa1", reference_1998=None,
        reference_length=30, verdict=Verdict.INTACT, identity_percent=60.0, coverage_percent=100.0, accessory=False,
        hmm=True, pieces=(piece,), events=(), domains=(), domain_calls={}, protein="M" * 30,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "kind"), [(Verdict.FRAMESHIFT, EventKind.FRAMESHIFT), (Verdict.PREMATURE_STOP, EventKind.STOP)]
)
def test_a_candidate_has_the_state_that_the_gene_has_elsewhere(verdict: Verdict, kind: EventKind) -> None:
    """A break behind the toxin core is told as one, here and in candidates.tsv."""
    whole = made_locus(1)
    [piece] = whole.pieces
    for last, is_behind in ((29, True), (5, False)):
        read = replace(piece, reference_end=last)
        rest = replace(piece, reading=2, reference_start=last + 1)
        event = Event(kind=kind, residue=last + 1, contig="c", position=piece.start)
        gene = replace(whole, verdict=verdict, pieces=(read, rest), events=(event,))
        protein = CandidateProtein(sequence="M" * 30, start_is_sure=True)
        document = candidates_of(LociDocument(strain="s", loci=(gene,)), {"L1": protein})
        [line] = candidate_section(document).lines
        assert line.state[0] == state_word(gene)
        assert ("behind the toxin core" in line.state[0].word(Lang.EN)) == is_behind
        [row] = candidate_rows(document)
        told = dict(zip(COLUMNS, row.rstrip("\n").split("\t"), strict=True))
        assert told["verdict"] == verdict
        assert told["state"] == (f"{verdict}_behind_core" if is_behind else "")


def test_a_contig_full_of_genes_is_bounded() -> None:
    loci = tuple(map(made_locus, range(3_000)))
    protein = CandidateProtein(sequence="M" * 30, start_is_sure=True)
    document = candidates_of(LociDocument(strain="s", loci=loci), {each.locus_id: protein for each in loci})
    assert (len(document.candidates), document.omitted) == (500, 2_500)
    near = next(one for one in document.candidates if one.locus_id == "L100").neighbours
    assert len(near) == 10
    assert {each.locus_id for each in near[:2]} == {"L99", "L101"}
    section = candidate_section(document)
    assert len(section.lines) == 20
    assert section.omitted is not None
    assert "2500" in section.omitted.word(Lang.EN)
