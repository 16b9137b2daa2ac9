"""Ends of genes: a lost stop codon is told and breaks no toxin; nor does a file that ends within a protein."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from portal.domain.status import Lang
from portal.pipeline.digger.engine import run_digger
from portal.results.codec import from_json
from portal.results.gene_state import is_broken, is_cut, is_part
from portal.results.loci import EventKind, LociDocument, Locus, Verdict
from portal.results.locus_words import state_word, story
from tests.pipeline.digger.digger_builders import backbone, gene, reference_proteins, reverse_complement, write_fasta

PROTEINS = reference_proteins()
CRY2, CYT = PROTEINS["Cry2Aa1"], PROTEINS["Cyt1Aa1"]
STOPS = "TAATTAATTAA"

Find = Callable[..., Locus]


@pytest.fixture
def find(reference: Path, cache_dir: Path, tmp_path: Path) -> Find:
    def only(records: Mapping[str, str], kind: str = "nucl") -> Locus:
        file = write_fasta(tmp_path / "g.fna", records)
        run_digger([("g", file)], tmp_path / "out", reference_fasta=reference, cache_dir=cache_dir,
                   reference_facts={}, threads=2, kind=kind)  # fmt: skip
        [locus] = from_json((tmp_path / "out" / "loci.json").read_bytes(), LociDocument).loci
        return locus

    return only


def without_stop(protein: str, codons: int) -> str:
    read_on = gene("ACDE" * 100)[: 3 * codons]
    return backbone(1, 900) + STOPS + gene(protein)[:-3] + read_on + "TAA" + STOPS + backbone(2, 900)


def told(locus: Locus, lang: Lang = Lang.EN) -> str:
    return " ".join(message.word(lang) for message in story(locus))


@pytest.mark.parametrize("codons", [1, 15, 200])
@pytest.mark.parametrize("protein", [CRY2, CYT], ids=["Cry2Aa", "Cyt1Aa"])
def test_a_lost_stop_codon_is_told_and_breaks_nothing(find: Find, protein: str, codons: int) -> None:
    for turned in (False, True):
        sequence = without_stop(protein, codons)
        locus = find({"c": reverse_complement(sequence) if turned else sequence})
        assert (locus.verdict, locus.is_whole, locus.as_read) == (Verdict.INTACT, True, None)
        [event] = locus.events
        assert (event.kind, event.residue, event.bases) == (EventKind.NO_STOP, len(protein), 3 * codons)
        behind = 900 + len(STOPS) + 3 * len(protein) + 1
        assert event.position == (len(sequence) - behind + 1 if turned else behind)
        assert locus.protein == protein, "one length: the toxin's; what is read on is told beside it"
        assert f"goes on for {codons} codon" in told(locus)
        assert f"阅读框继续 {codons} 个密码子" in told(locus, Lang.ZH)
        assert "can be read from end to end" not in told(locus)
        assert state_word(locus).code == "locus.state.no_stop"


def test_a_gene_with_its_stop_codon_reads_on_nowhere(find: Find) -> None:
    locus = find({"c": without_stop(CRY2, 0)})
    assert (locus.events, locus.has_no_stop) == ((), False)


def test_what_goes_on_as_another_toxin_does_lost_no_stop(find: Find) -> None:
    """Two fused genes are two genes, and some entries lack their end."""
    fused = backbone(1, 900) + STOPS + gene(CRY2)[:-3] + gene(CYT)[:60] + "TAA" + STOPS + backbone(2, 900)
    assert not find({"c": fused}).has_no_stop


@pytest.mark.parametrize("kind", ["prot", "orfs"])
@pytest.mark.parametrize(
    ("first", "last", "words"),
    [(0, 300, "ends before the last 340 of 640"), (150, 640, "begins after the first 150 of 640")],
)
def test_a_file_that_has_a_part_of_a_toxin_has_no_broken_gene(
    find: Find, kind: str, first: int, last: int, words: str
) -> None:
    letters = CRY2[first:last] if kind == "prot" else gene(CRY2)[3 * first : 3 * last]
    locus = find({"p": letters}, kind=kind)
    assert (locus.verdict, [event.kind for event in locus.events]) == (Verdict.REMNANT, [EventKind.RECORD_END])
    assert words in told(locus)
    for word in ("contig", "lost a part", "stop"):
        assert word not in told(locus)
    for word in ("重叠群", "丢失", "终止"):
        assert word not in told(locus, Lang.ZH)
    assert state_word(locus).word(Lang.EN) == "only a part in the file"


@pytest.mark.parametrize(("kind", "letters"), [("prot", CRY2[:300] + "*"), ("orfs", gene(CRY2)[:900] + "TAA")])
def test_a_record_that_ends_with_its_own_stop_has_lost_a_part(find: Find, kind: str, letters: str) -> None:
    locus = find({"p": letters}, kind=kind)
    assert (locus.verdict, locus.events) == (Verdict.REMNANT, ())
    assert "the gene has lost a part" in told(locus)
    assert "contig" not in told(locus)


def test_words_for_a_protein_speak_of_no_gene_that_was_read(find: Find) -> None:
    whole = find({"p": CRY2}, kind="prot")
    assert (whole.verdict, whole.events) == (Verdict.INTACT, ())
    assert "the whole protein is there" in told(whole)
    unknown = find({"p": CRY2[:300] + "X" + CRY2[301:]}, kind="prot")
    assert unknown.verdict is Verdict.INTACT, "X is an unknown amino acid"
    assert "at amino acid 301 of 640 1 amino acid is unknown (X)" in told(unknown)
    assert "the protein is there, but for 1 unknown amino acid inside" in told(unknown)
    assert "gene" not in told(unknown)
    stopped = find({"p": CRY2[:300] + "*" + CRY2[301:]}, kind="prot")
    assert stopped.is_protein
    assert "a stop (*) inside: 300 of 640 amino acids stand before it" in told(stopped)
    assert "stop codon" not in told(stopped)


def test_a_part_in_the_file_is_cut_and_not_broken() -> None:
    assert is_cut(("record_end",))
    assert is_part(("record_end",))
    assert not is_broken(("record_end",))
    assert not is_part(("record_end", "core_whole"))
