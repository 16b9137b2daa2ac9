"""The three tables of BtToxin_Digger 1.0.10, byte for byte where the engine agrees with it.

`All_Toxins.txt` has one row per hit, `<strain>.list` a summary and a section per class, `Bt_all_genes.table` strains
by genes. Their hits are BLAST's first ones (`Toxin.as_digger`), whichever entry is the closest.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from portal.domain.toxin_names import TOXIN_CLASSES
from portal.pipeline.digger.calls import Toxin
from portal.pipeline.digger.native.domains import DOMAINS

ALL_TOXINS_COLUMNS = (
    "Strain", "Protein_id", "Protein_len", "Strand", "Gene location on scaffold", "SVM", "BLAST", "HMM", "Hit_id",
    "Hit_length", "Aln_length", "Query start-end", "Hit stard-end", "Identity", "Evalue of blast", "Hmm hit",
    "Hmm hit length", "Evalue of Hmm", "Nomenclature", *DOMAINS, "Gene sequence", "Protein sequence",
    "Scaffold sequence",
)  # fmt: skip
# Column 28 holds a whole contig up to this length; of a longer one, the gene with this much on either side.
WHOLE_CONTIG = 32_000
FLANK = 10_000
MIN_TABLE_COVERAGE = 50.0
_RANK_ROWS = ("Rank1", "Rank2", "Rank3", "Rank4")
_LIST_COLUMNS = (
    "ID", "Protein_ID", "Protein_description", "Length", "Rank", "BLAST", "Best_hit", "Hit length", "Coverage",
    "Identity", "SVM", "HMM",
)  # fmt: skip


def window(toxin: Toxin) -> tuple[int, str]:
    """Return the first base (1-based) and the sequence of the piece of contig reported with a hit."""
    contig, orf = toxin.query.source.sequence, toxin.query.orf
    first, last = 1, len(contig)
    if len(contig) > WHOLE_CONTIG:
        first, last = max(1, orf.start - FLANK), min(len(contig), orf.end + FLANK)
    return first, contig[first - 1 : last].decode("ascii")


def all_toxins_row(strain: str, toxin: Toxin) -> str:
    """Return a line of All_Toxins.txt. The SVM column is always NO: see docs/science/digger.md."""
    return "\t".join((strain, *_identity_cells(toxin), *_evidence_cells(toxin), *_sequence_cells(toxin))) + "\n"


def _identity_cells(toxin: Toxin) -> Iterable[str]:
    orf = toxin.query.orf
    yield from (toxin.query.protein_id, str(orf.length_aa))
    if orf.frame == 0:
        yield from ("NA", "NA")
        return
    first = window(toxin)[0]
    yield from (f"{orf.frame:+d}", f"{orf.start - first + 1}-{orf.end - first + 1}")


def _evidence_cells(toxin: Toxin) -> Iterable[str]:
    toxin = toxin.as_digger
    hit, family = toxin.alignment, toxin.family
    yield from ("NO", "YES" if hit else "NO", "YES" if family else "NO")
    if hit is None:
        yield from ["NA"] * 7
    else:
        yield from (str(toxin.hit_name), str(toxin.hit_length), str(hit.columns))
        yield from (f"{hit.query_start}-{hit.query_end}", f"{hit.hit_start}-{hit.hit_end}")
        yield from (format(hit.identity, ".15g"), blast_evalue(hit.evalue))
    yield from (f"{family.family}.hmm", str(family.length), f"{family.evalue:.2g}") if family else ["NA"] * 3
    yield toxin.rank
    yield from (toxin.domains[name] for name in DOMAINS)


def _sequence_cells(toxin: Toxin) -> Iterable[str]:
    orf = toxin.query.orf
    if orf.frame == 0:
        yield from ("NA", orf.protein, "NA")
        return
    yield toxin.query.source.sequence[orf.start - 1 : orf.end].decode("ascii")
    yield orf.protein
    yield window(toxin)[1]


def blast_evalue(evalue: float) -> str:
    """Write an E-value as BLAST does: `0.0` below 1e-180, otherwise one digit (`2e-56`)."""
    return "0.0" if evalue < 1e-180 else f"{evalue:.0e}"


def strain_list(toxins: Sequence[Toxin], sequence_type: str) -> str:
    """Return the text of `<strain>.list`."""
    by_class: Mapping[str, list[Toxin]] = defaultdict(list)
    for toxin in (each.as_digger for each in toxins):
        by_class[toxin.toxin_class].append(toxin)
    parts = [f"Overview of prediction \t Sequence type: {sequence_type}\n", *_overview(by_class), "//\n\n\n"]
    for name in TOXIN_CLASSES:
        parts.append(f"Toxin type: {'Other toxins' if name == 'Others' else name + ' protein'}\n")
        parts.append("\t".join(_LIST_COLUMNS) + "\n")
        parts += [_list_row(number, toxin) for number, toxin in enumerate(by_class[name], start=1)]
        parts.append("//\n\n\n")
    return "".join(parts)


def _overview(by_class: Mapping[str, Sequence[Toxin]]) -> Iterable[str]:
    counts = {name: Counter(toxin.rank for toxin in by_class[name]) for name in TOXIN_CLASSES}
    yield "\t".join(("Name", *TOXIN_CLASSES, "Summary")) + "\n"
    for label, rank in [*((rank, rank) for rank in _RANK_ROWS), ("HMM_SVM", "ND")]:
        cells = [str(counts[name][rank]) for name in TOXIN_CLASSES]
        total = sum(counts[name][rank] for name in TOXIN_CLASSES)
        if label == "HMM_SVM":
            cells[TOXIN_CLASSES.index("Others")] = ""
        yield "\t".join((label, *cells, str(total))) + "\n"
    sums = [sum(counts[name].values()) for name in TOXIN_CLASSES]
    yield "\t".join(("Summary", *map(str, sums), str(sum(sums)))) + "\n"


def describe(toxin: Toxin) -> str:
    """Return frame, true coordinates and length in the form of the real tool's sequence descriptions."""
    orf = toxin.query.orf
    if orf.frame == 0:
        return f"len={orf.length_aa}"
    return f"{orf.frame:+d} {orf.start}-{orf.end} len={orf.length_aa}"


def _list_row(number: int, toxin: Toxin) -> str:
    cells = [str(number), toxin.query.protein_id, describe(toxin), str(toxin.query.orf.length_aa), toxin.rank]
    if toxin.alignment is None:
        cells += ["NO"] * 5
    else:
        cells += ["YES", str(toxin.hit_name), str(toxin.hit_length)]
        cells += [f"{toxin.coverage:.2f}", f"{toxin.alignment.identity:.2f}"]
    return "\t".join((*cells, "NO", "YES" if toxin.family else "NO")) + "\n"


class GeneTable:
    """Collects Bt_all_genes.table: identities of hits that cover half of their reference, counts of HMM-only hits."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, dict[str, str]]] = []

    def add(self, strain: str, toxins: Iterable[Toxin]) -> None:
        identities: dict[str, list[str]] = defaultdict(list)
        unnamed: Counter[str] = Counter()
        for toxin in (each.as_digger for each in toxins):
            if toxin.alignment is None:
                unnamed[f"HMM_{toxin.toxin_class}_len_{toxin.query.orf.length_aa}"] += 1
            elif (toxin.coverage or 0.0) >= MIN_TABLE_COVERAGE:
                identities[str(toxin.hit_name)].append(f"{toxin.alignment.identity:.2f}")
        cells = {name: ",".join(values) for name, values in identities.items()}
        cells.update((name, str(count)) for name, count in unnamed.items())
        if cells:
            self._rows.append((strain, cells))

    def text(self) -> str:
        """Return the table; a strain without hits has no row."""
        genes = sorted({name for _, cells in self._rows for name in cells})
        lines = ["\t".join(("-", *genes))]
        lines += ["\t".join((strain, *(cells.get(name, "") for name in genes))) for strain, cells in self._rows]
        return "\n".join(lines) + "\n"
