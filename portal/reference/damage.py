"""Make genomes with one damaged toxin gene (broken, cut, across the origin, chimeric), with the expected results.

Each case of `CASES` takes an intact gene with its surroundings and damages it as sequencing, assembly or evolution
do. The table written with the genomes lists each name with the expected verdict, so that any program can be tested
against it. Nothing here is a real strain.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.files.atomic import write_bytes
from portal.reference.example_genome import DEFAULT_SEED, Codons, back_translate, background, codon_usage, pick_proteins

# Toxins that represent all folds and lengths, for the matrix of docs/science/loci.md.
MATRIX_TOXINS = (
    "Cry1Aa", "Cry1Ab", "Cry1Ac", "Cry1Ca", "Cry1Ia", "Cry2Aa", "Cry3Aa", "Cry4Aa", "Cry8Ea", "Cry9Ca", "Cry11Aa",
    "Vip3Aa", "Cyt1Aa", "Mpp51Aa", "Tpp35Aa",
)  # fmt: skip
MATRIX_PERCENT = (20, 40, 60, 80)
FLANK = 6000
# As in an assembly of short reads by 127-mers, and as scaffolders write a gap of unknown length.
OVERLAP, GAP = 127, 300
_INSERTION_LENGTH, _TARGET_REPEAT = 1640, 8
_FRAMESHIFTS = 59
# Stops in all three frames and a ribosome binding site, as before the genes of the example genome.
_UPSTREAM, _DOWNSTREAM = "TAATTAATTAAAAAGGAGGTATAA", "TAATTAATTAA"
_COMPLEMENT = str.maketrans("ACGT", "TGCA")

Contigs = dict[str, str]


@dataclass(frozen=True)
class DamagedGenome:
    """A genome that was written, and the expected results for its one gene."""

    file: str
    toxin: str
    reference_entry: str
    case: str
    percent: int | None
    strand: str
    verdict: str
    score: str  # of the intact gene's: `same`, or `lower`
    loci: int


@dataclass(frozen=True)
class _Gene:
    """An intact gene with its surroundings, on the gene's strand; `at` is the base (from 0) to change."""

    before: str
    coding: str
    after: str
    at: int
    rng: random.Random
    codons: Codons
    other: str  # another toxin's gene

    def with_coding(self, coding: str) -> str:
        return self.before + coding + self.after

    @property
    def whole(self) -> str:
        return self.with_coding(self.coding)


@dataclass(frozen=True)
class Case:
    """A kind of damage, the function that applies it, and the expected verdict."""

    name: str
    text: str
    make: Callable[[_Gene], Contigs]
    verdict: str
    score: str = "lower"
    loci: int = 1
    needs_place: bool = True


def _intact(gene: _Gene) -> Contigs:
    return {"c1": gene.whole}


def _stop(gene: _Gene) -> Contigs:
    return {"c1": gene.with_coding(gene.coding[: gene.at] + "TAA" + gene.coding[gene.at + 3 :])}


def _deletion(gene: _Gene) -> Contigs:
    return {"c1": gene.with_coding(gene.coding[: gene.at] + gene.coding[gene.at + 1 :])}


def _duplication(gene: _Gene) -> Contigs:
    return {"c1": gene.with_coding(gene.coding[: gene.at] + gene.coding[gene.at] + gene.coding[gene.at :])}


def _insertion(gene: _Gene) -> Contigs:
    """Insert an element like an insertion sequence: inverted repeats, a gene inside, a duplicated target site."""
    end = "".join(gene.rng.choices("ACGT", k=24))
    body = background(_INSERTION_LENGTH - 2 * len(end), gene.codons, gene.rng)
    element = end + body + reverse(end)
    target = gene.coding[gene.at - _TARGET_REPEAT : gene.at]
    return {"c1": gene.with_coding(gene.coding[: gene.at] + element + target + gene.coding[gene.at :])}


def _split(gene: _Gene) -> Contigs:
    return {"c1": gene.before + gene.coding[: gene.at], "c2": gene.coding[gene.at :] + gene.after}


def _split_overlap(gene: _Gene) -> Contigs:
    behind = max(0, gene.at - OVERLAP)
    return {"c1": gene.before + gene.coding[: gene.at], "c2": gene.coding[behind:] + gene.after}


def _split_turned(gene: _Gene) -> Contigs:
    halves = _split(gene)
    return {"c1": reverse(halves["c2"]), "c2": halves["c1"]}


def _gap(gene: _Gene) -> Contigs:
    return {"c1": gene.with_coding(gene.coding[: gene.at] + "N" * GAP + gene.coding[gene.at :])}


def _origin(gene: _Gene, note: str) -> Contigs:
    cut = len(gene.before) + gene.at
    return {f"c1{note}": gene.whole[cut:] + gene.whole[:cut]}


def _edge(gene: _Gene) -> Contigs:
    return {"c1": gene.before + gene.coding[: gene.at]}


def _remnant(gene: _Gene) -> Contigs:
    return {"c1": gene.with_coding(gene.coding[gene.at :])}


def _pieces(gene: _Gene) -> Contigs:
    """Delete a base at 59 places, so that the gene is in 60 pieces."""
    places = {round(number * len(gene.coding) / (_FRAMESHIFTS + 1)) for number in range(1, _FRAMESHIFTS + 1)}
    return {"c1": gene.with_coding("".join(base for at, base in enumerate(gene.coding) if at not in places))}


def _both_ends(gene: _Gene) -> Contigs:
    """Place two copies, each cut by an end of the same contig, pointing away from each other: not one gene."""
    half = gene.before + gene.coding[: gene.at]
    return {"c1": reverse(half) + half}


def _halves(gene: _Gene) -> Contigs:
    """Join the first part of the gene to the last part of another toxin's."""
    other = gene.other[len(gene.other) // 2 // 3 * 3 :]
    return {"c1": gene.with_coding(gene.coding[: gene.at] + "TAATTAATTAA" + other)}


def _fused(gene: _Gene) -> Contigs:
    return {"c1": gene.with_coding(gene.coding[:-3] + gene.other)}


def _both_strands(gene: _Gene) -> Contigs:
    """Make another toxin's gene on the other strand end within the last 30 bases of this one."""
    return {"c1": gene.before + gene.coding + reverse(gene.other)[30:] + gene.after}


CASES: Mapping[str, Case] = {
    case.name: case
    for case in (
        Case("intact", "nothing is wrong with it", _intact, "intact", "same", needs_place=False),
        Case("stop", "a codon became a stop", _stop, "premature_stop"),
        Case("deletion", "one base is lost, as long reads lose them", _deletion, "frameshift"),
        Case("duplication", "one base is doubled", _duplication, "frameshift"),
        Case("insertion", "an insertion element of 1.6 kb sits in it", _insertion, "insertion"),
        Case("split", "it lies on two contigs", _split, "split", "same"),
        Case("split-overlap", "it lies on two contigs that share 127 bases", _split_overlap, "split", "same"),
        Case("split-turned", "it lies on two contigs, one of them turned round", _split_turned, "split", "same"),
        Case("gap", "300 N stand in it", _gap, "split", "same"),
        Case("origin", "it lies over the origin of a plasmid, of which nothing says that it is circular",
             lambda gene: _origin(gene, ""), "split", "same"),
        Case("origin-circular", "it lies over the origin of a plasmid whose header says circular",
             lambda gene: _origin(gene, " topology=circular"), "intact", "same"),
        Case("edge", "the end of the contig took the rest", _edge, "edge"),
        Case("remnant", "its beginning was lost", _remnant, "remnant"),
        Case("pieces", "a base is lost at 59 places", _pieces, "frameshift", needs_place=False),
        Case("both-ends", "two cut copies point away from each other at both ends of a contig", _both_ends, "edge",
             loci=2),
        Case("halves", "its first part stands before the last part of another toxin's gene", _halves, "remnant",
             loci=2),
        Case("fused", "another toxin's gene follows in the same reading frame", _fused, "intact", loci=2,
             needs_place=False),
        Case("both-strands", "another toxin's gene overlaps its end on the other strand", _both_strands, "intact",
             loci=2, needs_place=False),
    )
}  # fmt: skip
# Cases with one gene; the others involve two.
SINGLE = tuple(name for name, case in CASES.items() if case.loci == 1 and name != "pieces")


def reverse(sequence: str) -> str:
    """Return the reverse complement."""
    return sequence.translate(_COMPLEMENT)[::-1]


def damaged_contigs(
    case: str, protein: str, other: str, *, percent: int | None = None, strand: str = "+", seed: int = DEFAULT_SEED
) -> Contigs:
    """Return contigs by header: the gene of `protein`, damaged at `percent` of its codons, with 6 kb on either side.

    Args:
        other: the protein of the second toxin, if the case needs one.
        strand: `-` reverse-complements every contig.

    Raises:
        InvalidInput: there is no such case, or a case that needs a position has none.
    """
    if case not in CASES:
        raise InvalidInput(Message("example.damage", damage=case, known=tuple(CASES)), field="damage")
    if CASES[case].needs_place and not (percent and 0 < percent < 100):
        raise InvalidInput(Message("example.damage_place", damage=case), field="damage")
    rng = random.Random(f"{case}-{percent}-{protein}-{seed}")  # noqa: S311 the same bytes every time
    codons = codon_usage()
    coding, second = back_translate(protein, codons, rng), back_translate(other, codons, rng)
    before, after = (background(FLANK, codons, rng) for _ in range(2))
    # A base within a codon: only one in three cuts falls between codons.
    at = 3 * round(len(protein) * (percent or 0) / 100) + (0 if case in ("stop", "halves", "remnant") else 1)
    contigs = CASES[case].make(_Gene(before + _UPSTREAM, coding, _DOWNSTREAM + after, at, rng, codons, second))
    return contigs if strand == "+" else {name: reverse_any(sequence) for name, sequence in contigs.items()}


def reverse_any(sequence: str) -> str:
    """Return the reverse complement of a sequence that may contain N."""
    return sequence.translate(str.maketrans("ACGTN", "TGCAN"))[::-1]


def parse_damage(text: str) -> tuple[str, int | None]:
    """Return case and percent of `stop:35`, `intact`.

    Raises:
        InvalidInput: there is no such case, or the position is not a number from 1 to 99.
    """
    name, _, place = text.partition(":")
    if name not in CASES:
        raise InvalidInput(Message("example.damage", damage=name, known=tuple(CASES)), field="damage")
    if not CASES[name].needs_place:
        return name, None
    if not place.isdecimal() or not 0 < int(place) < 100:
        raise InvalidInput(Message("example.damage_place", damage=name), field="damage")
    return name, int(place)


def write_damaged(
    reference_fasta: Path,
    folder: Path,
    damages: Iterable[tuple[str, int | None]],
    toxins: Sequence[str],
    strands: Sequence[str] = ("+", "-"),
    *,
    seed: int = DEFAULT_SEED,
) -> list[DamagedGenome]:
    """Write a genome for each damage, toxin and strand to `folder`, and their table, `damage.tsv`.

    Raises:
        InvalidInput: an unknown case, or the reference lacks one of the toxins.
    """
    damages = list(damages)
    second = "Cry11Aa" if "Cry11Aa" not in toxins or len(toxins) > 1 else "Cry2Aa"
    proteins = pick_proteins(reference_fasta, list(dict.fromkeys((*toxins, second))))
    sequences = {toxin: (entry, protein) for toxin, entry, protein in proteins}
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for toxin in toxins:
        entry, protein = sequences[toxin]
        other = second if toxin != second else next(name for name in toxins if name != toxin)
        for case, percent in damages:
            for strand in strands:
                place = "" if percent is None else f"_{percent}"
                file = f"{toxin}_{case}{place}_{'plus' if strand == '+' else 'minus'}.fna"
                contigs = damaged_contigs(case, protein, sequences[other][1], percent=percent, strand=strand, seed=seed)
                write_bytes(folder / file, _fasta(contigs, f"synthetic, no real strain; {toxin} {case}{place}"))
                kind = CASES[case]
                written.append(
                    DamagedGenome(file, toxin, entry, case, percent, strand, kind.verdict, kind.score, kind.loci)
                )
    write_bytes(folder / "damage.tsv", _table(written))
    return written


def matrix() -> list[tuple[str, int | None]]:
    """Return every damage of one gene at each position of the matrix."""
    return [(name, percent) for name in SINGLE for percent in (MATRIX_PERCENT if CASES[name].needs_place else (None,))]


def _fasta(contigs: Mapping[str, str], note: str) -> bytes:
    text = io.StringIO()
    for header, sequence in contigs.items():
        text.write(f">{header} {note}\n")
        text.writelines(f"{sequence[at : at + 70]}\n" for at in range(0, len(sequence), 70))
    return text.getvalue().encode()


def _table(genomes: Sequence[DamagedGenome]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow([item.name for item in fields(DamagedGenome)])
    writer.writerows(astuple(genome) for genome in genomes)
    return text.getvalue().encode()
