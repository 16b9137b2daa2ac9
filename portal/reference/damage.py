"""Make genomes with one damaged toxin gene (broken, cut, across the origin, chimeric), with the expected results.

Each case of `CASES` takes an intact gene with its surroundings and damages it as sequencing, assembly or evolution
do (see `damage_cases`). The table written with the genomes lists each name with the expected verdict, so that any
program can be tested against it. Nothing here is a real strain.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.domain.toxin_names import ToxinName
from portal.files.atomic import write_bytes
from portal.reference.damage_cases import MATRIX_CASES, Case, Contigs, IntactGene, reverse
from portal.reference.damage_further import FURTHER_CASES
from portal.reference.example_genome import DEFAULT_SEED, back_translate, background, codon_usage, pick_proteins

# Toxins that represent all folds and lengths, for the matrix of docs/science/loci.md.
MATRIX_TOXINS = (
    "Cry1Aa", "Cry1Ab", "Cry1Ac", "Cry1Ca", "Cry1Ia", "Cry2Aa", "Cry3Aa", "Cry4Aa", "Cry8Ea", "Cry9Ca", "Cry11Aa",
    "Vip3Aa", "Cyt1Aa", "Mpp51Aa", "Tpp35Aa",
)  # fmt: skip
MATRIX_PERCENT = (20, 40, 60, 80)
# What the matrix does not have: families of other folds and lengths, and places near the ends. Half of a gene as short
# as Gpp34 and Xpp37 (123 and 126 residues) is no reading frame that is searched.
FURTHER_TOXINS = (
    "Cry1Da", "Cry1Fa", "Cry2Ab", "Cry5Aa", "Cry7Ab", "Cry10Aa", "Cry11Ba", "Cry21Aa", "Cry32Aa", "App6Aa", "Cyt2Ba",
    "Mpp23Aa", "Mpp46Aa", "Mpp60Aa", "Tpp36Aa", "Tpp49Aa", "Tpp78Aa", "Vip3Ba", "Vpa2Aa", "Vpb1Aa", "Xpp22Aa",
    "Xpp55Aa",
)  # fmt: skip
FURTHER_PERCENT = (5, 30, 50, 70, 95)
FLANK = 6000
# Stops in all three frames and a ribosome binding site, as before the genes of the example genome.
_UPSTREAM, _DOWNSTREAM = "TAATTAATTAAAAAGGAGGTATAA", "TAATTAATTAA"

CASES: Mapping[str, Case] = {**MATRIX_CASES, **FURTHER_CASES}
# Cases of the matrix with one gene; the others involve two.
SINGLE = tuple(name for name, case in MATRIX_CASES.items() if case.loci == 1 and name != "pieces")


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
    score: str  # beside the intact gene's: `same`, `lower` or `not_higher`
    loci: int


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
    at = 3 * round(len(protein) * (percent or 0) / 100) + (not CASES[case].between_codons)
    contigs = CASES[case].make(IntactGene(before + _UPSTREAM, coding, _DOWNSTREAM + after, at, rng, codons, second))
    return contigs if strand == "+" else {name: reverse(sequence) for name, sequence in contigs.items()}


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
    # The other gene of the cases that have two is of another toxin, whichever allele is asked for.
    is_second = len(toxins) == 1 and (name := ToxinName.parse(toxins[0])) is not None and name.rank(3) == "Cry11Aa"
    second = "Cry2Aa" if is_second else "Cry11Aa"
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


def further() -> list[tuple[str, int | None]]:
    """Return every damage that the matrix does not have, and those of one gene that it has, at further places."""
    cases = [*SINGLE, *FURTHER_CASES]
    return [(name, percent) for name in cases for percent in (_further_places(CASES[name]) or (None,))]


def _further_places(case: Case) -> list[int]:
    low, high = case.places
    return [percent for percent in FURTHER_PERCENT if case.needs_place and low <= percent <= high]


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
