"""The screening: what a genome has of the panel's genes, how it is told, and what cannot be told."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from portal.domain.status import Lang
from portal.pipeline.digger.engine import run_digger
from portal.pipeline.digger.screening.watch import Watch
from portal.results.codec import from_json
from portal.results.screening import GeneState, Membership, ScreenedGene, ScreeningDocument
from portal.results.screening_words import screening_section
from tests.pipeline.digger.digger_builders import backbone, gene, protein, reverse_complement, write_fasta
from tests.pipeline.digger.panel_builders import STOPS, make_panel, pan_c, replaced, substituted, virulence

PAN_C = list(pan_c().values())


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_panel(tmp_path_factory.mktemp("panel")).virulence.parent


@pytest.fixture
def screen(reference: Path, cache_dir: Path, tmp_path: Path, panel: Path):  # type: ignore[no-untyped-def]
    """Return a function that screens contigs and gives the document; the files are in `out`."""

    def run(contigs: Mapping[str, str], *, folder: Path | None = panel, kind: str = "auto") -> ScreeningDocument:
        run_digger([("g", write_fasta(tmp_path / "g.fna", contigs))], tmp_path / "out", reference_fasta=reference,
                   cache_dir=cache_dir, reference_facts={}, threads=2, kind=kind, screening=folder)  # fmt: skip
        return from_json((tmp_path / "out" / "screening.json").read_bytes(), ScreeningDocument)

    return run


def genome(*genes: str, length: int = 300) -> dict[str, str]:
    parts = [backbone(40 + number, length) + STOPS + each for number, each in enumerate(genes)]
    return {"c1": "".join(parts) + STOPS + backbone(39, length)}


def found(document: ScreeningDocument) -> dict[str, ScreenedGene]:
    return {each.gene: each for each in document.genes if each.state is not GeneState.ABSENT}


def words(document: ScreeningDocument, lang: Lang) -> str:
    section = screening_section(document)
    lines = [part for line in section.lines for part in (line.system, line.count, *line.genes)]
    return "\n".join(message.word(lang) for message in (section.title, *section.story, *lines, *section.notes))


def test_whole_genes_of_both_strands_are_found_with_their_place(screen, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    forward, backward = gene(virulence()["nheA"]), gene(virulence()["hblC"])
    document = screen(genome(forward, reverse_complement(backward)))
    genes = found(document)
    assert set(genes) == {"nheA", "hblC"}
    assert {each.identity_percent for each in genes.values()} == {100.0}
    assert {each.coverage_percent for each in genes.values()} == {100.0}
    contig = (tmp_path / "g.fna").read_text().split("\n", 1)[1].replace("\n", "")
    for name, dna in (("nheA", forward), ("hblC", reverse_complement(backward))):
        (place,) = genes[name].places
        at = contig.index(dna)
        assert place.start <= at + 4
        assert place.end >= at + len(dna) - 6
        assert place.strand == {"nheA": "+", "hblC": "-"}[name]
    assert document.membership is Membership.SIGNS
    assert not document.is_whole


@pytest.mark.parametrize(
    ("share", "state"),
    [(0.0, GeneState.FOUND), (0.25, GeneState.FOUND), (0.4, GeneState.RELATIVE), (0.45, GeneState.RELATIVE)],
)
def test_identity_decides_between_the_gene_and_a_distant_relative(screen, share: float, state: GeneState) -> None:  # type: ignore[no-untyped-def]
    document = screen(genome(gene(replaced(virulence()["sph"], share, 3))))
    told = found(document)["sph"]
    assert told.state is state
    assert told.identity_percent == pytest.approx(100 * (1 - share), abs=2)


def test_the_form_that_is_closer_gives_the_name(screen) -> None:  # type: ignore[no-untyped-def]
    document = screen(genome(gene(virulence()["cytK-2"])))
    assert set(found(document)) == {"cytK-2"}
    (told,) = document.of_system("cytK")
    assert told.gene == "cytK-2"


def test_a_broken_gene_is_put_together_and_a_cut_one_is_a_part(screen) -> None:  # type: ignore[no-untyped-def]
    broken, cut = gene(virulence()["nheB"]), gene(virulence()["lef"])
    document = screen(genome(broken[:480] + "A" + broken[480:]) | {"c2": backbone(8, 400) + STOPS + cut[:500]})
    genes = found(document)
    assert genes["nheB"].state is GeneState.FOUND
    assert len(genes["nheB"].places) == 2
    assert genes["lef"].state is GeneState.FRAGMENT
    assert genes["lef"].coverage_percent == pytest.approx(100 * 166 / 320, abs=3)


def test_pan_c_tells_the_group_and_how_sure_that_is(screen) -> None:  # type: ignore[no-untyped-def]
    same = screen(genome(PAN_C[1])).pan_c
    assert (same.group, same.species, same.reference) == ("II", "mosaicus/luti", "strain_b")
    assert (same.identity_percent, same.coverage_percent, same.is_close, same.copies) == (100.0, 100.0, True, 1)
    assert same.next_group == "clarus"
    assert same.next_identity_percent < 90
    near = screen(genome(reverse_complement(substituted(PAN_C[2], 0.05, 9)))).pan_c
    assert (near.group, near.species, near.is_close) == ("clarus", "clarus", False)
    assert near.identity_percent == pytest.approx(95, abs=0.5)


def test_a_shift_of_the_reading_frame_does_not_change_the_group(screen) -> None:  # type: ignore[no-untyped-def]
    broken = screen(genome(PAN_C[0][:400] + PAN_C[0][401:])).pan_c
    assert (broken.reference, broken.copies) == ("strain_a", 1)
    assert broken.coverage_percent > 99


def test_two_pan_c_genes_are_told(screen) -> None:  # type: ignore[no-untyped-def]
    document = screen(genome(PAN_C[0], PAN_C[2], length=3000))
    assert document.pan_c.copies == 2
    assert "2 panC genes" in words(document, Lang.EN)


def test_a_genome_of_another_kind_has_no_sign(screen) -> None:  # type: ignore[no-untyped-def]
    document = screen({"c1": backbone(5, 3_000_000)})
    assert document.membership is Membership.NO_SIGN
    assert document.is_whole
    assert found(document) == {}
    told = words(document, Lang.EN)
    assert "No sign of the Bacillus cereus group" in told
    assert "a screening, not a proof" in told
    assert "too small" not in told
    assert "不是临床" in words(document, Lang.ZH)


def test_genes_that_occur_elsewhere_are_no_sign_of_the_group(screen) -> None:  # type: ignore[no-untyped-def]
    document = screen(genome(gene(virulence()["hasC"])))
    assert set(found(document)) == {"hasC"}
    assert document.membership is Membership.NO_SIGN


def test_a_single_grave_gene_asks_for_a_second_look(screen) -> None:  # type: ignore[no-untyped-def]
    told = words(screen(genome(gene(virulence()["pagA"]))), Lang.EN)
    assert "Genes of anthrax toxin were found" in told
    assert "established assay" in told
    assert "established assay" not in words(screen(genome(gene(virulence()["nheC"]))), Lang.EN)


def test_proteins_are_screened_without_a_group(screen) -> None:  # type: ignore[no-untyped-def]
    document = screen({"p1": virulence()["hblA"], "p2": protein(3000, 400)}, kind="prot")
    assert set(found(document)) == {"hblA"}
    assert found(document)["hblA"].places[0].strand == "."
    assert document.pan_c is None


def test_table_and_gff_hold_what_was_found(screen, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    document = screen(genome(gene(virulence()["nheA"]), PAN_C[0]))
    with (tmp_path / "out" / "screening.tsv").open(encoding="utf-8", newline="") as stream:
        rows = {row["gene"]: row for row in csv.DictReader(stream, delimiter="\t")}
    assert len(rows) == 1 + len(document.genes)
    assert (rows["panC"]["state"], rows["panC"]["identity_percent"]) == ("group II", "100.0")
    assert (rows["nheA"]["state"], rows["nheB"]["state"]) == ("found", "not_found")
    lines = [line.split("\t") for line in (tmp_path / "out" / "g.gff3").read_text().splitlines()[1:]]
    marked = [cells for cells in lines if cells[2] == "sequence_feature"]
    assert [cells[8].split(";")[1] for cells in marked] == ["Name=panC", "Name=nheA"]
    assert {len(cells) for cells in lines} == {9}


@pytest.mark.parametrize("damage", ["absent", "cut", "other facts", "later"])
def test_without_a_usable_panel_the_genome_is_searched_and_the_screening_says_why(  # type: ignore[no-untyped-def]
    screen, tmp_path: Path, damage: str
) -> None:
    folder = tmp_path / "panel" / "_screening"
    if damage != "absent":
        made = make_panel(tmp_path / "panel")
        if damage == "cut":
            made.virulence.write_bytes(made.virulence.read_bytes()[:-20])
        facts = folder / "screening.json"
        if damage == "other facts":
            facts.write_text("{}")
        if damage == "later":
            facts.write_text(json.dumps({**json.loads(facts.read_text()), "format": 99}))
    document = screen(genome(gene(virulence()["nheA"])), folder=folder)
    assert (document.panel, document.membership, document.genes) == (None, None, ())
    assert "btportal reference fetch" in words(document, Lang.EN)
    assert (tmp_path / "out" / "screening.tsv").read_text().count("\n") == 1
    assert (tmp_path / "out" / "All_Toxins.txt").is_file()


def test_work_and_memory_are_bounded_on_a_file_full_of_copies(screen, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    kept: list[int] = []
    candidates = Watch.candidates

    def counted(watch: Watch) -> list:  # type: ignore[type-arg]
        found = candidates(watch)
        kept.append(len(found))
        return found

    monkeypatch.setattr(Watch, "candidates", counted)
    document = screen({"c1": (STOPS + gene(virulence()["nheA"]) + STOPS + PAN_C[0]) * 300})
    assert kept == [10]
    assert found(document)["nheA"].state is GeneState.FOUND
    assert len(found(document)["nheA"].places) == 1
    assert document.pan_c.copies > 1
