"""Make a synthetic draft genome with a known toxin inventory, for trying out and testing the portal.

It is not a real strain, and its name says so everywhere. The toxin genes are reference proteins, back-translated
with the codon usage of *B. thuringiensis*; between them are random genes of the same codon usage and AT-rich spacers.
One gene is cut by the end of its contig, as in any draft assembly.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.domain.toxin_names import ToxinName
from portal.files.atomic import write_bytes
from portal.reference.sources import read_entries

# Inventories at rank 3; the first gene of each is the cut one. Sources: kurstaki HD-1 as reviewed by
# Schnepf et al. 1998 (Microbiol Mol Biol Rev 62:775); israelensis plasmid pBtoxis, Berry et al. 2002 (Appl Environ
# Microbiol 68:5082).
INVENTORIES: Mapping[str, tuple[str, ...]] = {
    "kurstaki": ("Cry1Ab", "Cry1Aa", "Cry1Ac", "Cry1Ia", "Cry2Aa", "Cry2Ab", "Vip3Aa"),
    "israelensis": ("Cry4Aa", "Cry4Ba", "Cry10Aa", "Cry11Aa", "Cyt1Aa", "Cyt2Ba", "Cyt1Ca"),
    "none": (),
}
CUT_SHARE = 0.6  # fraction of the cut gene's codons left before the contig ends
CONTIG_LENGTHS = (214_000, 168_000, 141_000, 117_000, 96_000, 82_000, 61_000, 45_000, 31_000, 24_000, 14_000, 7_000)
DEFAULT_SEED = 20_201

# Codons of the 172 longest ORFs (>= 300 codons, ATG to stop, not overlapping) in windows and plasmids of strain C15
# (GenBank NZ_CP021436 to NZ_CP021440), 84,662 codons with 35.8 % G+C.
_CODON_COUNTS = """
* TAA 123 TAG 21 TGA 28
A GCA 2428 GCC 434 GCG 999 GCT 1791
C TGC 136 TGT 490
D GAC 726 GAT 3413
E GAA 4624 GAG 1370
F TTC 988 TTT 2686
G GGA 2220 GGC 578 GGG 843 GGT 1990
H CAC 365 CAT 1476
I ATA 1502 ATC 933 ATT 3968
K AAA 4958 AAG 1415
L CTA 873 CTC 368 CTG 311 CTT 1387 TTA 3834 TTG 890
M ATG 1911
N AAC 1056 AAT 3398
P CCA 1464 CCC 105 CCG 605 CCT 952
Q CAA 3024 CAG 644
R AGA 792 AGG 192 CGA 515 CGC 285 CGG 119 CGT 1003
S AGC 498 AGT 1273 TCA 1257 TCC 347 TCG 366 TCT 1435
T ACA 2500 ACC 388 ACG 1032 ACT 1233
V GTA 2562 GTC 478 GTG 887 GTT 2141
W TGG 878
Y TAC 633 TAT 2521
"""
# Stops in all three frames and a ribosome binding site: the open reading frame starts close to the gene.
_UPSTREAM = "TAATTAATTAAAAAGGAGGTATAA"
_COMPLEMENT = str.maketrans("ACGT", "TGCA")


@dataclass(frozen=True)
class ExampleGene:
    """A toxin gene in the genome; coordinates are 1-based, inclusive, on the plus strand, with any stop codon."""

    contig: str
    start: int
    end: int
    strand: str
    toxin: str
    reference_entry: str
    state: str
    protein_length: int
    coverage_percent: float


@dataclass(frozen=True)
class ExampleTruth:
    """The files written (genome and table), and the genes in the genome."""

    fasta: Path
    table: Path
    kind: str
    seed: int
    letters: int
    genes: tuple[ExampleGene, ...]


@dataclass(frozen=True)
class Codons:
    """Codon usage as parallel tuples, for `random.choices`."""

    by_letter: Mapping[str, tuple[tuple[str, ...], tuple[int, ...]]]
    sense: tuple[str, ...]
    sense_counts: tuple[int, ...]


def write_example(
    reference_fasta: Path, out: Path, *, kind: str = "kurstaki", seed: int = DEFAULT_SEED
) -> ExampleTruth:
    """Write a synthetic genome of 1 Mb and a table of its toxin genes (`<out>.truth.tsv`).

    `out` is the file, or a folder for `synthetic_<kind>.fna`. The same reference and seed give the same bytes.

    Raises:
        InvalidInput: an unknown kind, or the reference lacks a toxin of the inventory.
    """
    data, genes = make_example(reference_fasta, kind=kind, seed=seed)
    fasta = out / f"synthetic_{kind}.fna" if out.is_dir() else out
    table = fasta.with_name(f"{fasta.stem}.truth.tsv")
    write_bytes(fasta, data)
    write_bytes(table, _truth_table(genes))
    return ExampleTruth(fasta, table, kind, seed, sum(CONTIG_LENGTHS), tuple(genes))


def make_example(reference_fasta: Path, *, kind: str, seed: int = DEFAULT_SEED) -> tuple[bytes, Sequence[ExampleGene]]:
    """Return a synthetic genome of 1 Mb as FASTA, and its toxin genes; see `write_example` for errors."""
    if kind not in INVENTORIES:
        raise InvalidInput(Message("example.kind", kind=kind, kinds=tuple(INVENTORIES)), field="kind")
    proteins = pick_proteins(reference_fasta, INVENTORIES[kind])
    rng = random.Random(f"{kind}-{seed}")  # noqa: S311 - the same seed gives the same genome
    codons = codon_usage()
    text = io.StringIO()
    genes: list[ExampleGene] = []
    for number, length in enumerate(CONTIG_LENGTHS, start=1):
        contig = f"synthetic_{kind}_contig{number:02d}"
        # The cut gene is alone at the end of the last contig that is long enough; the others are in pairs.
        mine = [item for place, item in enumerate(proteins) if _home_of(place) == number]
        sequence, found = _contig(contig, length, mine, codons, rng)
        genes += found
        text.write(f">{contig} synthetic sequence, no real strain; kind={kind} seed={seed}\n")
        text.writelines(f"{sequence[at : at + 70]}\n" for at in range(0, len(sequence), 70))
    return text.getvalue().encode(), genes


def _home_of(place: int) -> int:
    """Return the contig (from 1) of the n-th gene: the cut one (0) on contig 8, the others in pairs on 9, 7, 5."""
    return 8 if place == 0 else (9, 7, 5)[(place - 1) // 2]


def pick_proteins(reference_fasta: Path, wanted: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return (toxin, entry, sequence) with the first complete allele of each toxin without unknown residues.

    A toxin of four ranks (`Cry1Ac1`) is that allele itself.
    """
    if not wanted:
        return []
    groups: dict[str, list[tuple[int, str, str]]] = {name: [] for name in wanted}
    for entry in read_entries(reference_fasta):
        name = ToxinName.parse(entry.name)
        asked = {name.rank(3), name.rank(4)} & groups.keys() if name is not None else set()
        if name is None or not asked or not set(entry.sequence) <= set("ACDEFGHIKLMNPQRSTVWY"):
            continue
        for each in asked:
            groups[each].append((int(name.allele or 0), entry.name, entry.sequence))
    missing = [name for name, members in groups.items() if not members]
    if missing:
        raise InvalidInput(Message("example.lacks", names=missing))
    picked = []
    for toxin, members in groups.items():
        longest = max(len(sequence) for _, _, sequence in members)
        whole = [item for item in members if len(item[2]) >= 0.9 * longest and item[2].startswith("M")] or members
        _, entry_name, sequence = min(whole)
        picked.append((toxin, entry_name, sequence))
    return picked


def codon_usage() -> Codons:
    by_letter = {}
    for line in _CODON_COUNTS.strip().splitlines():
        letter, *items = line.split()
        by_letter[letter] = (tuple(items[::2]), tuple(map(int, items[1::2])))
    sense = [pair for letter, pair in by_letter.items() if letter != "*"]
    names = tuple(codon for codons, _ in sense for codon in codons)
    return Codons(by_letter, names, tuple(count for _, counts in sense for count in counts))


def back_translate(protein: str, codons: Codons, rng: random.Random) -> str:
    """Return a gene with its stop codon; codons are drawn with the frequencies of the usage table."""
    body = [rng.choices(*codons.by_letter[letter])[0] for letter in protein[1:]]
    return "".join(["ATG", *body, rng.choices(*codons.by_letter["*"])[0]])


def background(length: int, codons: Codons, rng: random.Random) -> str:
    """Return random genes of 100 to 500 codons on both strands, with AT-rich spacers, cut to a length."""
    parts: list[str] = []
    total = 0
    while total < length:
        gene = "".join(["ATG", *rng.choices(codons.sense, codons.sense_counts, k=rng.randint(100, 500)), "TAA"])
        spacer = "".join(rng.choices("ACGT", (35, 15, 15, 35), k=rng.randint(60, 220)))
        parts += (spacer, _UPSTREAM + gene if rng.random() < 0.5 else _reverse(_UPSTREAM + gene))
        total += len(parts[-1]) + len(spacer)
    return "".join(parts)[:length]


def _reverse(sequence: str) -> str:
    return sequence.translate(_COMPLEMENT)[::-1]


def _contig(
    contig: str, length: int, toxins: Sequence[tuple[str, str, str]], codons: Codons, rng: random.Random
) -> tuple[str, list[ExampleGene]]:
    """Build one contig with evenly spaced toxin genes on alternating strands; a single one runs over the end."""
    cut = len(toxins) == 1
    genes = [back_translate(protein, codons, rng) for _, _, protein in toxins]
    if cut:
        genes = [genes[0][: 3 * round(CUT_SHARE * len(toxins[0][2]))]]
    inserts = [_UPSTREAM + gene for gene in genes]
    free = length - sum(map(len, inserts))
    gaps = len(inserts) if cut else len(inserts) + 1
    sequence = ""
    found = []
    for index, insert in enumerate(inserts):
        sequence += background(free // gaps, codons, rng)
        # a cut gene reads towards the end of its contig
        forward = cut or index % 2 == 0
        start = len(sequence) + (len(_UPSTREAM) if forward else 0) + 1
        toxin, entry, protein = toxins[index]
        codon_count = len(genes[index]) // 3 - (0 if cut else 1)
        found.append(
            ExampleGene(
                contig=contig,
                start=start,
                end=start + len(genes[index]) - 1,
                strand="+" if forward else "-",
                toxin=toxin,
                reference_entry=entry,
                state="cut by the contig's end" if cut else "complete",
                protein_length=codon_count,
                coverage_percent=round(100 * codon_count / len(protein), 2),
            )
        )
        sequence += insert if forward else _reverse(insert)
    return sequence + background(length - len(sequence), codons, rng), found


def _truth_table(genes: Sequence[ExampleGene]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow([item.name for item in fields(ExampleGene)])
    writer.writerows(astuple(gene) for gene in genes)
    return text.getvalue().encode()
