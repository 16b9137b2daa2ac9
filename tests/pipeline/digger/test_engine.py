"""The engine from a FASTA to its files, on a genome whose genes are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from portal.domain.errors import InvalidInput
from portal.domain.sequence_names import MAX_NAME, bounded_name
from portal.pipeline.digger.engine import run_digger
from portal.pipeline.digger.output.run_files import DiggerSummary
from portal.pipeline.digger.parity import read_rows
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


def chromosome() -> dict[str, str]:
    """Cry2Aa1 forward from 4012, a relative of Vip3Aa1 backward, InhA1 forward; a second contig without genes."""
    forward = STOPS + gene(PROTEINS["Cry2Aa1"])
    backward = reverse_complement(STOPS + gene(mutated(PROTEINS["Vip3Aa1"], 0.1, 5)))
    accessory = STOPS + gene(PROTEINS["InhA1-other"])
    first = backbone(1, 4000) + forward + backbone(2, 30_000) + backward + STOPS + backbone(3, 3000)
    return {"c1": first + accessory + backbone(4, 500), "c2": backbone(5, 1200), "short": "ACGT" * 20}


@pytest.fixture
def run(reference: Path, cache_dir: Path, tmp_path: Path) -> Any:
    def start(*paths: Path, out: str = "out", threads: int = 2, kind: str = "auto", **more: Any) -> DiggerSummary:
        genomes = [(path.stem, path) for path in paths]
        facts = {"name": "made_up", "version": "1", "blind_spots": ["Mtx1"]}
        return run_digger(genomes, tmp_path / out, reference_fasta=reference, cache_dir=cache_dir,
                          reference_facts=facts, threads=threads, kind=kind, **more)  # fmt: skip

    return start


def toxins(folder: Path, name: str = "toxins.json") -> dict[str, dict[str, Any]]:
    document = json.loads((folder / name).read_text(encoding="utf-8"))
    assert document["schema"] == 2
    return {(toxin["hit"] or {"name": toxin["class"]})["name"]: toxin for toxin in document["toxins"]}


def test_genes_are_found_where_they_are(run: Any, tmp_path: Path) -> None:
    contigs = chromosome()
    summary = run(write_fasta(tmp_path / "g.fna", contigs))
    found = toxins(tmp_path / "out")
    assert set(found) == {"Cry2Aa1", "Vip3Aa1", "InhA1-other"}
    cry, vip = found["Cry2Aa1"], found["Vip3Aa1"]
    assert (cry["strand"], cry["end"], cry["identity_percent"], cry["rank"]) == ("+", 4011 + 640 * 3, 100.0, "Rank4")
    assert 84 < vip["identity_percent"] < 95
    assert (vip["strand"], vip["rank"], vip["class"]) == ("-", "Rank3", "Vip")
    protein = found["Cry2Aa1"]["length_aa"]
    assert cry["end"] - cry["start"] + 1 == 3 * protein
    assert found["InhA1-other"]["accessory"]
    assert found["InhA1-other"]["class"] == "Others"
    assert (summary.strains[0].toxins, summary.strains[0].accessory) == (2, 1)


def test_the_table_has_the_real_tools_columns_and_windows(run: Any, tmp_path: Path) -> None:
    contigs = chromosome()
    run(write_fasta(tmp_path / "g.fna", contigs))
    rows = read_rows(tmp_path / "out" / "All_Toxins.txt")
    facts = {toxin["protein_id"]: toxin for toxin in toxins(tmp_path / "out").values()}
    assert list(rows) == sorted(facts)
    for protein_id, row in rows.items():
        assert len(row) == 28
        start, end = map(int, row["Gene location on scaffold"].split("-"))
        assert row["Scaffold sequence"][start - 1 : end] == row["Gene sequence"]
        toxin = facts[protein_id]
        assert contigs["c1"][toxin["start"] - 1 : toxin["end"]] == row["Gene sequence"]
        assert (row["Strain"], row["SVM"]) == ("g", "NO")
    vip = next(row for row in rows.values() if row["Hit_id"] == "Vip3Aa1")
    assert vip["Gene location on scaffold"].startswith("10001-")


def test_contigs_with_genes_that_are_circular_by_their_headers_are_named(run: Any, tmp_path: Path) -> None:
    contigs = chromosome()
    run(write_fasta(tmp_path / "g.fna", {"c1 topology=circular": contigs["c1"], "c2 circular=true": contigs["c2"]}))
    assert json.loads((tmp_path / "out" / "toxins.json").read_text())["circular_contigs"] == ["c1"]
    run(write_fasta(tmp_path / "h.fna", contigs), out="linear")
    assert json.loads((tmp_path / "linear" / "toxins.json").read_text())["circular_contigs"] == []


def test_threads_and_repeats_change_no_byte(run: Any, tmp_path: Path) -> None:
    genome = write_fasta(tmp_path / "g.fna", chromosome())
    first, second = run(genome, out="a", threads=1), run(genome, out="b", threads=3)
    assert first == second
    for name in first.outputs:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_layout_of_the_file_changes_nothing(run: Any, tmp_path: Path) -> None:
    contigs = chromosome()
    run(write_fasta(tmp_path / "g.fna", contigs), out="plain")
    folder = tmp_path / "other"
    folder.mkdir()
    lower = {name: sequence.lower() for name, sequence in contigs.items()}
    run(write_fasta(folder / "g.fna", lower, width=10**6, end="\r\n"), out="layout")
    for name in ("All_Toxins.txt", "toxins.json", "g.list", "g.gff3"):
        assert (tmp_path / "plain" / name).read_bytes() == (tmp_path / "layout" / name).read_bytes()


def test_ambiguous_letters_keep_coordinates_true_and_are_told(run: Any, tmp_path: Path) -> None:
    contigs = chromosome()
    sequence = contigs["c1"]
    contigs["c1"] = "NNNNN" + sequence[:4500] + "R" + sequence[4501:]
    summary = run(write_fasta(tmp_path / "g.fna", contigs))
    cry = toxins(tmp_path / "out")["Cry2Aa1"]
    assert cry["end"] == 4011 + 640 * 3 + 5
    assert cry["identity_percent"] == 100.0, "an unknown residue counts neither for nor against the identity"
    assert any("6 bases" in note for note in summary.strains[0].notes)


def test_a_gene_over_the_end_of_a_contig_is_flagged(run: Any, tmp_path: Path) -> None:
    whole = STOPS + gene(PROTEINS["Cry2Aa1"]) + STOPS
    contigs = {
        "tail": backbone(8, 3000) + whole[:1200],
        "head": whole[900:] + backbone(9, 3000),
        "minus": reverse_complement(backbone(8, 3000) + whole[:1200]),
    }
    run(write_fasta(tmp_path / "g.fna", contigs))
    document = json.loads((tmp_path / "out" / "toxins.json").read_text())
    edges = {toxin["contig"]: (toxin["contig_edge"], toxin["partial"]) for toxin in document["toxins"]}
    assert edges == {"tail": ("right", True), "head": ("left", True), "minus": ("left", True)}


def test_the_last_of_equal_entries_wins_and_the_others_are_ties(run: Any, tmp_path: Path) -> None:
    run(write_fasta(tmp_path / "g.fna", {"c": backbone(3, 900) + STOPS + gene(PROTEINS["Cry1Aa1"]) + backbone(4, 900)}))
    (toxin,) = toxins(tmp_path / "out").values()
    assert toxin["hit"]["name"] == "Cry1Aa3"
    assert toxin["ties"] == ["Cry1Aa1"]


def test_proteins_and_coding_sequences(run: Any, tmp_path: Path) -> None:
    proteins = {"p1": PROTEINS["Cyt1Aa1"] + "*", "p2": PROTEINS["Cry6Aa1"][:150] + "*" + PROTEINS["Cry6Aa1"][150:]}
    run(write_fasta(tmp_path / "p.faa", proteins), out="prot")
    found = toxins(tmp_path / "prot")
    assert (found["Cyt1Aa1"]["identity_percent"], found["Cyt1Aa1"]["internal_stop"]) == (100.0, False)
    assert found["Cry6Aa1"]["internal_stop"]
    assert found["Cry6Aa1"]["frame"] == 0
    run(write_fasta(tmp_path / "o.fna", {"g1": gene(PROTEINS["Cyt1Aa1"])}), out="orfs", kind="orfs")
    (orf,) = toxins(tmp_path / "orfs").values()
    assert (orf["protein_id"], orf["start"], orf["end"], orf["frame"]) == ("g1", 1, 3 * 249, 1)


def test_a_batch_has_one_table_of_all_strains(run: Any, tmp_path: Path) -> None:
    one = write_fasta(tmp_path / "one.fna", chromosome())
    none = write_fasta(tmp_path / "none.fna", {"c": backbone(77, 20_000)})
    summary = run(one, none, alignments=True)
    out = tmp_path / "out"
    assert (out / "Strains_without_toxins_found.txt").read_text() == "none\n"
    header, row = (out / "Bt_all_genes.table").read_text().splitlines()
    assert header.split("\t") == ["-", "Cry2Aa1", "InhA1-other", "Vip3Aa1"]
    assert row.split("\t")[:2] == ["one", "100.00"]
    assert set(toxins(out, "one.toxins.json")) == {"Cry2Aa1", "InhA1-other", "Vip3Aa1"}
    assert "query" in (out / "one.alignments.txt").read_text()
    assert [strain.strain for strain in summary.strains] == ["one", "none"]
    assert {path.name for path in out.iterdir()} == set(summary.outputs)


def test_progress_never_goes_back_and_ends_at_one(run: Any, tmp_path: Path) -> None:
    seen: list[float] = []
    genomes = [write_fasta(tmp_path / f"g{i}.fna", chromosome()) for i in range(2)]
    run(*genomes, progress=lambda fraction, message="": seen.append(fraction))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    assert len(set(seen)) > 4


def test_a_broken_genome_names_file_and_line(run: Any, tmp_path: Path) -> None:
    good = write_fasta(tmp_path / "good.fna", {"c": backbone(1, 300)})
    bad = tmp_path / "bad.fna"
    bad.write_text(">c\nACGT\n>c\nACGT\n")
    with pytest.raises(InvalidInput, match=r"line 3: bad\.fna"):
        run(good, bad)


def test_gff_and_genbank_carry_the_same_gene(run: Any, tmp_path: Path) -> None:
    run(write_fasta(tmp_path / "g.fna", chromosome()))
    toxin = toxins(tmp_path / "out")["Vip3Aa1"]
    line = next(
        line for line in (tmp_path / "out" / "g.gff3").read_text().splitlines() if f"ID={toxin['protein_id']};" in line
    )
    assert line.split("\t")[3:5] == [str(toxin["start"]), str(toxin["end"])]
    genbank = (tmp_path / "out" / "g.gbk").read_text()
    assert f"complement(10001..{10000 + 3 * toxin['length_aa']})" in genbank
    assert genbank.count("LOCUS") == 3


def test_a_long_name_is_not_multiplied(run: Any, tmp_path: Path) -> None:
    """A name of 90 kB, of a contig with three genes: each file stays as small as with a short name."""
    contigs = chromosome()
    run(write_fasta(tmp_path / "g.fna", contigs), out="short")
    long = "c" * 90_000
    renamed = {long if name == "c1" else name: sequence for name, sequence in contigs.items()}
    run(write_fasta(tmp_path / "g.fna", renamed), out="long")
    for path in (tmp_path / "long").iterdir():
        beside = tmp_path / "short" / path.name
        assert path.stat().st_size < beside.stat().st_size + 200 * MAX_NAME, path.name
    found = toxins(tmp_path / "long")["Cry2Aa1"]
    assert found["contig"] == bounded_name(long)


def test_a_guess_without_a_hit_is_searched_as_a_genome(run: Any, tmp_path: Path) -> None:
    """A record that reads as one coding sequence, and holds a toxin on its other strand."""
    filled = "GCA" * 20 + reverse_complement(gene(PROTEINS["Cry2Aa1"])) + "GCA" * 20
    codons = (filled[at : at + 3] for at in range(0, len(filled), 3))
    opened = "".join("CAA" if codon in ("TAA", "TAG", "TGA") else codon for codon in codons)
    summary = run(write_fasta(tmp_path / "g.fna", {"c": f"ATG{opened}TAA"}))
    assert set(toxins(tmp_path / "out")) == {"Cry2Aa1"}
    document = json.loads((tmp_path / "out" / "toxins.json").read_text(encoding="utf-8"))
    assert document["sequences"]["kind"] == summary.strains[0].kind == "nucl"
    assert any("searched as a genome as well" in note for note in summary.strains[0].notes)
