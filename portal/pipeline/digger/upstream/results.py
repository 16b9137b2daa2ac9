"""Read BtToxin_Digger's files, with the genome's own names, into the records of the native engine."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.domain.errors import StageError
from portal.domain.message import Message
from portal.domain.toxin_names import TOXIN_CLASSES
from portal.pipeline.digger.calls import DOMAINS, FamilyHit, Toxin, contig_edge_of
from portal.pipeline.digger.native.align import Alignment
from portal.pipeline.digger.native.index import encode_protein
from portal.pipeline.digger.native.queries import Query
from portal.pipeline.digger.orfs import Orf
from portal.pipeline.digger.output.tables import ALL_TOXINS_COLUMNS
from portal.pipeline.digger.upstream.staging import STAGED_STRAIN, StagedGenome
from portal.results import names

_DESCRIPTION = re.compile(r"([+-][123]) (\d+)-(\d+) len=(\d+)")
_SECTION = re.compile(r"Toxin type: (\w+)")
_CODON = 3


@dataclass(frozen=True)
class ListedProtein:
    """A row of the `.list` file: class, frame and position in the staged contig (1-based, plus strand)."""

    toxin_class: str
    frame: int
    start: int
    end: int


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the rows of All_Toxins.txt by column name.

    Raises:
        StageError: the header or a row does not match version 1.0.10.
    """
    rows = []
    with path.open(encoding="utf-8", errors="replace") as stream:
        header = stream.readline().rstrip("\n").split("\t")
        if header != list(ALL_TOXINS_COLUMNS):
            raise StageError(Message("digger.columns", count=len(header)))
        for number, line in enumerate(stream, start=2):
            cells = line.rstrip("\n").split("\t")
            if len(cells) != len(header):
                raise StageError(Message("digger.cut", number=number, count=len(cells)))
            rows.append(dict(zip(header, cells, strict=True)))
    return rows


def read_list(path: Path) -> dict[str, ListedProtein]:
    """Return the proteins of a `.list` file by id."""
    proteins = {}
    toxin_class = ""
    with path.open(encoding="utf-8", errors="replace") as stream:
        for line in stream:
            section = _SECTION.match(line)
            if section:
                toxin_class = "Others" if section.group(1) == "Other" else section.group(1)
            cells = line.rstrip("\n").split("\t")
            place = _DESCRIPTION.fullmatch(cells[2].strip()) if len(cells) > 2 else None
            if place and toxin_class in TOXIN_CLASSES:
                frame, start, end, _ = map(int, place.groups())
                proteins[cells[1]] = ListedProtein(toxin_class, frame, start, end)
    return proteins


@dataclass(frozen=True)
class ToolResult:
    """The table, the list and the genes of one run, under the genome's own names."""

    staged: StagedGenome
    strain: str
    rows: tuple[dict[str, str], ...]
    listed: dict[str, ListedProtein]

    def table(self) -> Iterator[str]:
        """Yield the lines of All_Toxins.txt."""
        yield "\t".join(ALL_TOXINS_COLUMNS) + "\n"
        for row in self.rows:
            own = {"Strain": self.strain, "Protein_id": self.staged.contig_of(row["Protein_id"])[1]}
            yield "\t".join({**row, **own}[name] for name in ALL_TOXINS_COLUMNS) + "\n"

    def strain_list(self) -> Iterator[str]:
        """Yield the lines of the `.list` file, with true coordinates."""
        path = self.staged.toxins_folder / names.strain_list(STAGED_STRAIN)
        with path.open(encoding="utf-8", errors="replace") as stream:
            for line in stream:
                cells = line.split("\t")
                if len(cells) > 2 and cells[1] in self.listed:
                    protein = self.listed[cells[1]]
                    contig, cells[1] = self.staged.contig_of(cells[1])
                    first, last = contig.true_position(protein.start), contig.true_position(protein.end)
                    cells[2] = cells[2].replace(f"{protein.start}-{protein.end}", f"{first}-{last}")
                yield "\t".join(cells)

    def gene_table(self) -> Iterator[str]:
        """Yield the lines of Bt_all_genes.table."""
        path = self.staged.toxins_folder / names.GENE_TABLE
        with path.open(encoding="utf-8", errors="replace") as stream:
            for line in stream:
                name, tab, rest = line.partition("\t")
                yield (self.strain if name == STAGED_STRAIN else name) + tab + rest

    @property
    def svm_only(self) -> int:
        """Return the number of rows found by the tool's SVM only."""
        return sum(_is_svm_only(row) for row in self.rows)

    def toxins(self) -> list[Toxin]:
        """Return the hits in the native engine's form, without SVM-only rows."""
        return [self._toxin(row) for row in self.rows if not _is_svm_only(row)]

    def _toxin(self, row: dict[str, str]) -> Toxin:
        listed = self.listed[row["Protein_id"]]
        contig, protein_id = self.staged.contig_of(row["Protein_id"])
        start, end = contig.true_position(listed.start), contig.true_position(listed.end)
        length = len(contig.record.sequence)
        left, right = start <= _CODON, end > length - _CODON
        hit_length = int(row["Hit_length"]) if row["BLAST"] == "YES" else None
        orf = Orf(
            number=int(protein_id.rpartition("_")[2]),
            frame=listed.frame,
            start=start,
            end=end,
            amino_codes=encode_protein(row["Protein sequence"].encode()),
            open_start=right if listed.frame < 0 else left,
            open_end=left if listed.frame < 0 else right,
        )
        alignment = _alignment(row)
        query = Query(protein_id, contig.record, orf)
        return Toxin(
            query=query,
            toxin_class=listed.toxin_class,
            rank=row["Nomenclature"],
            hit_name=row["Hit_id"] if alignment else None,
            hit_length=hit_length,
            ties=(),
            alignment=alignment,
            family=_family(row),
            contig_edge=contig_edge_of(query, alignment, hit_length),
            domains={name: row[name] for name in DOMAINS},
        )


def read_result(staged: StagedGenome, strain: str) -> ToolResult:
    """Return the tool's result, after `check_run` has accepted it.

    Raises:
        StageError: a row names a protein that is missing from the list or not from this genome.
    """
    rows = tuple(read_table(staged.toxins_folder / names.ALL_TOXINS))
    list_path = staged.toxins_folder / names.strain_list(STAGED_STRAIN)
    listed = read_list(list_path) if list_path.is_file() else {}
    for row in rows:
        protein_id = row["Protein_id"]
        if row["Strain"] != STAGED_STRAIN or protein_id not in listed:
            raise StageError(Message("digger.not_listed", protein=protein_id))
        if protein_id.rpartition("_")[0] not in staged.contigs:
            raise StageError(Message("digger.foreign_protein", protein=protein_id))
    return ToolResult(staged, strain, rows, listed)


def _is_svm_only(row: dict[str, str]) -> bool:
    return row["BLAST"] != "YES" and row["HMM"] != "YES"


def _alignment(row: dict[str, str]) -> Alignment | None:
    if row["BLAST"] != "YES":
        return None
    columns = int(row["Aln_length"])
    query_start, query_end = map(int, row["Query start-end"].split("-"))
    hit_start, hit_end = map(int, row["Hit stard-end"].split("-"))
    return Alignment(
        entry=-1,
        score=0,
        evalue=float(row["Evalue of blast"]),
        query_start=query_start,
        query_end=query_end,
        hit_start=hit_start,
        hit_end=hit_end,
        columns=columns,
        identical=round(float(row["Identity"]) * columns / 100),
        ties=(),
        query_row="",
        hit_row="",
    )


def _family(row: dict[str, str]) -> FamilyHit | None:
    if row["HMM"] != "YES":
        return None
    return FamilyHit(row["Hmm hit"].removesuffix(".hmm"), int(row["Hmm hit length"]), float(row["Evalue of Hmm"]))
