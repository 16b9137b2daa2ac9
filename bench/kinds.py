"""Genomes that look like something else: is each one read as a genome, and is its toxin found?

    python -m bench.kinds [--count 1000] [--genomes DIR ...] [--write docs/science/digger.md] [--json FILE]

Makes single plasmids that are rotated so that they read ATG ... stop in a length divisible by three, half of those
without a stop inside, genomes with a contig of ambiguous letters or of masked X, and coding sequences or proteins among
which there is a plasmid; each genome or plasmid has one toxin gene of the reference in use. `--genomes` takes folders
of FASTA files instead, each of which must have at least one toxin.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench.loci import write_into
from portal.pipeline.digger.engine import run_digger
from portal.pipeline.digger.orfs import decode_protein, encode_bases, translate
from portal.reference.damage import MATRIX_TOXINS
from portal.reference.damage_cases import reverse
from portal.reference.example_genome import Codons, back_translate, background, codon_usage, pick_proteins
from portal.reference.store import ReferenceStore
from portal.reference.types import Reference

SEED = 1604
_STOPS = ("TAA", "TAG", "TGA")
_UPSTREAM = "TAATTAATTAAAAAGGAGGTATAA"
CASES = {
    "rotated": "a plasmid that reads ATG ... stop",
    "rotated-open": "the same without a stop inside, the toxin on the other strand",
    "ambiguous": "a genome with a contig of ambiguous letters",
    "masked": "a genome with a contig of masked X",
    "mixed-cds": "ten coding sequences, one of them a toxin, and a plasmid without a stop inside with another",
    "mixed-proteins": "ten proteins, one of them a toxin, and a plasmid with another",
}


_NOTES = ("note.searched_as_genome", "note.records_as_genome")


@dataclass
class KindFigures:
    """The results for one kind of file."""

    case: str
    files: int = 0
    genome: int = 0  # read as a genome
    noted: int = 0  # at first taken, as a whole or in part, for something else, as a note says
    lost: list[str] = field(default_factory=list)


def plasmid(gene: str, codons: Codons, rng: random.Random, *, is_open: bool) -> str:
    """Return a plasmid with a gene, rotated to read as one coding sequence."""
    if is_open:  # codons of the gene's strand and of the open frame coincide, so that the changes are synonymous
        before, after = (background(3 * rng.randint(150, 900), codons, rng) for _ in range(2))
        body = before + reverse(gene) + after
        inner = [body[at : at + 3] for at in range(0, len(body), 3)]
        return "ATG" + "".join("C" + codon[1:] if codon in _STOPS else codon for codon in inner) + "TAA"
    ring = _UPSTREAM + gene + background(rng.randint(1500, 4000), codons, rng)
    ring += "A" * (-len(ring) % 3)
    ring = ring if rng.random() < 0.5 else reverse(ring)
    start = rng.choice([at for at in range(1, len(ring) - 3) if ring.startswith("ATG", at)])
    rotated = ring[start:] + ring[:start]
    return rotated[:-3] + "TAA"


def made(reference: Reference, count: int) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield (case, contigs) of all genomes."""
    rng, codons = random.Random(SEED), codon_usage()
    proteins = [protein for _, _, protein in pick_proteins(reference.fasta, MATRIX_TOXINS)]
    for number in range(count):
        gene = back_translate(proteins[number % len(proteins)], codons, rng)
        is_open = number % 2 == 1
        yield "rotated-open" if is_open else "rotated", {"p1": plasmid(gene, codons, rng, is_open=is_open)}
    for number, protein in enumerate(proteins):
        ring = background(2000, codons, rng) + _UPSTREAM + back_translate(protein, codons, rng)
        plain = ["".join(rng.choices(codons.sense, codons.sense_counts, k=300)) for _ in range(9)]
        other = proteins[(number + 4) % len(proteins)]
        genes = [*(f"ATG{body}TAA" for body in plain), back_translate(other, codons, rng)]
        cds = {f"gene{at}": letters for at, letters in enumerate(genes)}
        yield "mixed-cds", cds | {"p1": plasmid(back_translate(protein, codons, rng), codons, rng, is_open=True)}
        translated = {name: decode_protein(translate(encode_bases(dna.encode()))) for name, dna in cds.items()}
        yield "mixed-proteins", translated | {"p1": ring}
        for case, letters in (("ambiguous", "RYSWKMBDHV"), ("masked", "X")):
            share = 1 if number % 2 else 4  # a contig of its own size, or four times as long
            yield case, {"c1": ring, "c2": "".join(rng.choices(letters, k=share * len(ring)))}


def searched(folder: Path, files: Sequence[tuple[str, Path]], reference: Reference, threads: int) -> list[KindFigures]:
    """Search all files at once as a user would, without saying what they are."""
    summary = run_digger([(path.stem, path) for _, path in files], folder / "out", reference_fasta=reference.fasta,
                         cache_dir=reference.folder / "index", reference_facts={}, threads=threads)  # fmt: skip
    figures: dict[str, KindFigures] = {}
    for (case, path), found in zip(files, summary.strains, strict=True):
        of_case = figures.setdefault(case, KindFigures(case))
        of_case.files += 1
        of_case.genome += found.kind == "nucl"
        of_case.noted += any(remark.code in _NOTES for remark in found.remarks)
        if found.toxins < (2 if case.startswith("mixed") else 1):
            of_case.lost.append(path.name)
    return list(figures.values())


def table(figures: Sequence[KindFigures]) -> str:
    """Return the figures as Markdown."""
    lines = [
        "| file | | files | read as a genome | only at the second reading, or a part of the records | toxins lost |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| `{one.case}` | {CASES.get(one.case, '')} | {one.files} | {one.genome} | {one.noted} | {len(one.lost)} |"
        for one in figures
    ]
    return "\n".join(lines)


def run(arguments: argparse.Namespace, reference: Reference) -> list[KindFigures]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [(given.name, path) for given in arguments.genomes for path in sorted(given.iterdir())]
        if not files:
            for number, (case, contigs) in enumerate(made(reference, arguments.count)):
                path = folder / f"{case}{number}.fna"
                path.write_text("".join(f">{name}\n{letters}\n" for name, letters in contigs.items()))
                files.append((case, path))
        return searched(folder, files, reference, arguments.threads)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--genomes", type=Path, action="append", default=[])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--write", type=Path, help="page that gets the table")
    parser.add_argument("--json", type=Path, default=Path("var/bench/kinds.json"))
    arguments = parser.parse_args()
    reference = ReferenceStore(Path("var/references")).current()
    if reference is None:
        parser.error("no reference is in use: `btportal reference fetch`")
    figures = run(arguments, reference)
    print(table(figures))
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps([asdict(one) for one in figures], indent=1) + "\n", encoding="utf-8")
    if arguments.write:
        write_into(arguments.write, "kinds", table(figures))
    lost = [name for one in figures for name in one.lost]
    for name in lost:
        print(f"lost: {name}")
    sys.exit(bool(lost))


if __name__ == "__main__":
    main()
