"""Damage that the matrix does not have: near the ends, twice, in three pieces, in one of two copies."""

from __future__ import annotations

import random
from pathlib import Path

from portal.pipeline.digger.engine import run_digger
from portal.reference.damage import write_damaged
from portal.reference.damage_cases import reverse
from portal.reference.example_genome import back_translate, background, codon_usage, pick_proteins
from portal.results.codec import from_json
from portal.results.loci import LociDocument, Verdict
from tests.pipeline.loci_references import default_reference

TOXINS, OTHER = ("Cry1Ac", "Cyt1Aa"), "Cry2Aa"
UPSTREAM, DOWNSTREAM = "TAATTAATTAAAAAGGAGGTATAA", "TAATTAATTAA"
Case = tuple[list[str], tuple[str, ...]]


def cases(gene: str, other: str) -> dict[str, Case]:
    """Return contigs and the expected verdicts, in order."""
    codons, rng = codon_usage(), random.Random(3)
    before = background(4000, codons, rng) + UPSTREAM
    after, element = DOWNSTREAM + background(4000, codons, rng), background(1600, codons, rng)

    def at(percent: int) -> int:
        return 3 * (len(gene) * percent // 300)

    def alone(changed: str) -> list[str]:
        return [before + changed + after]

    def stop(*percents: int) -> str:
        changed = gene
        for percent in percents:
            changed = changed[: at(percent)] + "TAA" + changed[at(percent) + 3 :]
        return changed

    shifted = gene[: at(40)] + gene[at(40) + 1 :]
    turned = reverse(before + gene + after)
    cut = len(turned) // 2
    found: dict[str, Case] = {
        f"stop{'_'.join(map(str, percents))}": (alone(stop(*percents)), ("premature_stop",))
        for percents in ((5,), (95,), (30, 60))
    }
    for percent in (20, 50, 80):
        for name, inserted in (("element", element), ("turned_element", reverse(element))):
            broken = gene[: at(percent)] + inserted + gene[at(percent) - 8 :]
            found[f"{name}{percent}"] = alone(broken), ("insertion",)
    twice = gene[: at(30)] + gene[at(30) + 1 : at(60)] + gene[at(60) + 1 :]
    short = gene[: at(50)] + "N" * 9 + gene[at(50) + 9 :]
    second = DOWNSTREAM + UPSTREAM
    return found | {
        "two_shifts": (alone(twice), ("frameshift",)),
        "three_contigs": ([before + gene[: at(33)], gene[at(33) : at(66)], gene[at(66) :] + after], ("split",)),
        "origin_on_the_minus_strand": ([turned[cut:] + turned[:cut]], ("split",)),
        "nine_n": (alone(short), ("intact",)),
        "a_gap": (alone(gene[: at(50)] + "N" * 1000 + gene[at(50) :]), ("split",)),
        "two_copies": (alone(gene + second + gene), ("intact", "intact")),
        "one_of_two_stopped": (alone(gene + second + stop(40)), ("intact", "premature_stop")),
        "one_of_two_shifted": (alone(gene + second + shifted), ("intact", "frameshift")),
        "halves_of_two_genes": (alone(gene[: at(50)] + DOWNSTREAM + other[3 * (len(other) // 6) :]), ("remnant",) * 2),
        "lower_case": ([contig.lower() for contig in alone(gene)], ("intact",)),
    }


def test_each_damage_is_told_as_one_gene_or_two(tmp_path: Path) -> None:
    reference, codons, rng = default_reference(), codon_usage(), random.Random(3)
    proteins = {toxin: protein for toxin, _, protein in pick_proteins(reference.fasta, (*TOXINS, OTHER))}
    genes = {toxin: back_translate(protein, codons, rng) for toxin, protein in proteins.items()}
    expected, inputs = {}, []
    for toxin in TOXINS:
        for name, (contigs, verdicts) in cases(genes[toxin], genes[OTHER]).items():
            path = tmp_path / f"{toxin}_{name}.fna"
            path.write_text("".join(f">c{number}\n{contig}\n" for number, contig in enumerate(contigs)))
            inputs.append((path.stem, path))
            expected[path.stem] = verdicts
    run_digger(inputs, tmp_path / "out", reference_fasta=reference.fasta, cache_dir=reference.folder / "index",
               reference_facts={}, threads=2, kind="nucl")  # fmt: skip
    told = {
        strain: tuple(
            str(locus.verdict)
            for locus in from_json((tmp_path / "out" / f"{strain}.loci.json").read_bytes(), LociDocument).loci
        )
        for strain in expected
    }
    assert told == expected


def test_a_gene_without_a_row_is_told_where_another_allele_is_as_close(tmp_path: Path) -> None:
    """Of a gene in 60 pieces none is long enough for a row, and they cannot be aligned again with that allele."""
    reference = default_reference()
    genomes = write_damaged(reference.fasta, tmp_path, [("pieces", None)], ["Cry1Ab", "Cry8Ea"], ["+"])
    inputs = [(one.toxin, tmp_path / one.file) for one in genomes]
    run_digger(inputs, tmp_path / "out", reference_fasta=reference.fasta, cache_dir=reference.folder / "index",
               reference_facts={}, threads=2, kind="nucl")  # fmt: skip
    loci = {
        toxin: from_json((tmp_path / "out" / f"{toxin}.loci.json").read_bytes(), LociDocument).loci
        for toxin, _ in inputs
    }
    (gene,) = loci["Cry1Ab"]
    assert (gene.name[:6], gene.verdict, gene.protein_ids) == ("Cry1Ab", Verdict.FRAMESHIFT, ())
    assert (gene.coverage_percent or 0) > 95
    assert (gene.identity_percent or 0) > 95
    # The pieces that are found of the other resemble another toxin more than any allele of their own: no name is right.
    assert loci["Cry8Ea"] == ()
