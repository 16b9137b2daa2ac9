"""Read All_Toxins.txt: one `Hit` per row, or an error that names the line and the column.

Both engines write 28 columns; older files lack some and add others. Columns are found by name. Sequences are optional:
without them, copies are detected by the reference alone, and contig ends by `toxins.json`.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.pipeline.shoter.names import ToxinRanks, old_name, present_name, ranks_of
from portal.results.loci import Locus

REQUIRED_COLUMNS = (
    "Strain",
    "Protein_id",
    "BLAST",
    "HMM",
    "Hit_id",
    "Hit_length",
    "Aln_length",
    "Identity",
    "Nomenclature",
)
DOMAIN_COLUMNS = ("Endotoxin_N", "Endotoxin_M", "Endotoxin_C", "Endotoxin_mid", "Toxin_10", "ETX_MTX2")
_OPTIONAL_COLUMNS = (
    "Protein_len", "Gene location on scaffold", "SVM", "Hit stard-end", "Hmm hit", *DOMAIN_COLUMNS,
    "Protein sequence", "Scaffold sequence",
)  # fmt: skip
_ABSENT = frozenset({"", "NA", "ND", "NO", "-"})
# An ORF runs from stop to stop; if it starts within the first codon of its contig, in any frame, its start is lost.
_EDGE_BASES = 3


@dataclass(frozen=True)
class Hit:
    """A row of All_Toxins.txt. Identity in percent, coverage as a fraction; both None for a profile-only hit."""

    strain: str
    protein_id: str
    hit_name: str
    name_2020: str
    name_1998: str | None
    ranks: ToxinRanks | None
    identity: float | None
    coverage: float | None
    reference_length: int | None
    reference_range: tuple[int, int] | None  # 1-based, inclusive
    rank: str
    blast: bool
    hmm: bool
    svm: bool
    domains: Mapping[str, bool | None]
    contig: str
    location: tuple[int, int] | None
    at_contig_edge: bool
    internal_stop: bool
    sequence: str
    line: int
    ties: tuple[str, ...] = field(default=())
    locus: Locus | None = None

    @property
    def is_accessory(self) -> bool:
        """Return whether the reference is a virulence factor rather than a pesticidal protein."""
        return self.hit_name.endswith("-other")

    @property
    def family(self) -> str:
        """Return the rank-1 name, or the whole name if it has no ranks."""
        return self.ranks.r1 if self.ranks else self.name_2020

    @property
    def gene_identity(self) -> float | None:
        """Return the identity of the row's whole gene, in percent."""
        return self.locus.identity_percent if self.locus else self.identity

    @property
    def gene_coverage(self) -> float | None:
        """Return the coverage of the row's whole gene, as a fraction."""
        if self.locus is None:
            return self.coverage
        return None if self.locus.coverage_percent is None else self.locus.coverage_percent / 100.0

    @property
    def is_cut(self) -> bool:
        """Return whether the contig's end cuts the gene: the hit is at an end, and the reference is not covered."""
        return self.at_contig_edge and (self.coverage is None or self.coverage < 0.95)


@dataclass(frozen=True)
class HitFile:
    """The rows of a file, its strains in order of appearance, and notes for the reader."""

    strains: tuple[str, ...]
    hits: tuple[Hit, ...]
    remarks: tuple[Message, ...]


def read_hits(path: Path, content: bytes | None = None) -> HitFile:
    """Read a table of hits; pass `content` if the file's bytes are already in memory.

    Raises:
        InvalidInput: with line and column, if a row cannot be read.
    """
    remarks: list[Message] = []
    hits: list[Hit] = []
    rows = _lines(path.read_bytes() if content is None else content)
    header = next(rows, None)
    if header is None:
        raise InvalidInput(Message("table.empty"), line=1, field="All_Toxins")
    columns = _column_positions(header[1], remarks)
    for line, values in rows:
        if len(values) != len(header[1]):
            message = Message("table.cells", found=len(values), expected=len(header[1]))
            raise InvalidInput(message, line=line, field="All_Toxins")
        hits.append(_hit({name: values[at].strip() for name, at in columns.items()}, line))
    return HitFile(tuple(dict.fromkeys(hit.strain for hit in hits)), tuple(hits), tuple(remarks))


def _lines(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """Yield line numbers and fields line by line, since the sequences of many strains are large."""
    if b"\n" not in content:  # a table with old Mac line ends
        content = content.replace(b"\r", b"\n")
    for line, raw in enumerate(io.BytesIO(content), start=1):
        try:
            text = raw.decode("utf-8-sig" if line == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            raise InvalidInput(Message("table.encoding"), line=line, field="All_Toxins") from None
        if text.strip():
            yield line, text.split("\t")


def _column_positions(header: list[str], remarks: list[Message]) -> dict[str, int]:
    names = [name.strip() for name in header]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput(Message("table.column_twice", column=name), line=1, field="All_Toxins")
    missing = [name for name in REQUIRED_COLUMNS if name not in names]
    if missing:
        raise InvalidInput(Message("table.lacks", columns=missing), line=1, field="All_Toxins")
    absent = [name for name in _OPTIONAL_COLUMNS if name not in names]
    if absent:
        remarks.append(Message("remark.columns_absent", columns=absent))
    return {name: names.index(name) for name in (*REQUIRED_COLUMNS, *_OPTIONAL_COLUMNS) if name in names}


def _hit(row: Mapping[str, str], line: int) -> Hit:
    if not row["Strain"] or not row["Protein_id"]:
        empty = "Strain" if not row["Strain"] else "Protein_id"
        raise InvalidInput(Message("cell.empty", column=empty), line=line, field="All_Toxins")
    has_reference = row["Hit_id"] not in _ABSENT
    identity = _number(row, "Identity", line, 0.0, 100.0) if has_reference else None
    reference_length = _length(row, "Hit_length", line) if has_reference else None
    aligned = _length(row, "Aln_length", line) if has_reference else None
    coverage = aligned / reference_length if aligned is not None and reference_length else None
    hit_name = row["Hit_id"] if has_reference else _profile_name(row.get("Hmm hit", ""))
    name_2020 = present_name(hit_name) if has_reference else hit_name
    location = _interval(row, "Gene location on scaffold", line)
    return Hit(
        strain=row["Strain"],
        protein_id=row["Protein_id"],
        hit_name=hit_name,
        name_2020=name_2020,
        name_1998=old_name(name_2020) if has_reference else None,
        ranks=ranks_of(name_2020) if has_reference else None,
        identity=identity,
        coverage=coverage,
        reference_length=reference_length,
        reference_range=_interval(row, "Hit stard-end", line) if has_reference else None,
        rank=row["Nomenclature"] or "ND",
        blast=_is_yes(row, "BLAST", line) and has_reference,
        hmm=_is_yes(row, "HMM", line),
        svm=_is_yes(row, "SVM", line),
        domains={name: _domain(row, name, line) for name in DOMAIN_COLUMNS},
        contig=row["Protein_id"].rpartition("_")[0] or row["Protein_id"],
        location=location,
        at_contig_edge=_touches_edge(location, len(row.get("Scaffold sequence", ""))),
        internal_stop="*" in row.get("Protein sequence", "").rstrip("*"),
        sequence=row.get("Protein sequence", "").rstrip("*").upper(),
        line=line,
    )


def _wrong(column: str, line: int, reason: Message) -> InvalidInput:
    return InvalidInput(Message("cell.in_column", column=column, reason=reason), line=line, field="All_Toxins")


def _profile_name(profile: str) -> str:
    """Return the class of a profile-only hit: `Vpa.hmm` -> `Vpa (HMM only)`."""
    if profile in _ABSENT:
        return "unnamed"
    return f"{profile.removesuffix('.hmm')} (HMM only)"


def _number(row: Mapping[str, str], column: str, line: int, low: float, high: float) -> float | None:
    text = row[column]
    if text in _ABSENT:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise _wrong(column, line, Message("cell.number", value=text, lowest=low, highest=high))
    return value


def _length(row: Mapping[str, str], column: str, line: int) -> int | None:
    text = row[column]
    if text in _ABSENT:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise _wrong(column, line, Message("cell.length", value=text))
    if column == "Hit_length" and int(text) == 0:
        raise _wrong(column, line, Message("cell.zero_length"))
    return int(text)


def _interval(row: Mapping[str, str], column: str, line: int) -> tuple[int, int] | None:
    text = row.get(column, "")
    if text in _ABSENT:
        return None
    start, dash, end = text.partition("-")
    if not dash or not start.isdecimal() or not end.isdecimal() or len(text) > 40:
        raise _wrong(column, line, Message("cell.interval", value=text))
    first, last = sorted((int(start), int(end)))
    return first, last


def _is_yes(row: Mapping[str, str], column: str, line: int) -> bool:
    text = row.get(column, "NO").upper()
    if text != "YES" and text not in _ABSENT:
        raise _wrong(column, line, Message("cell.yes_no", value=row[column]))
    return text == "YES"


def _domain(row: Mapping[str, str], column: str, line: int) -> bool | None:
    """Return None if the domain was not searched; `NO`, and `ND` in files of older versions, mean not found."""
    if row.get(column, "NA").upper() in {"NA", ""}:
        return None
    return _is_yes(row, column, line)


def _touches_edge(location: tuple[int, int] | None, scaffold_length: int) -> bool:
    if location is None or not scaffold_length:
        return False
    return location[0] <= _EDGE_BASES or location[1] > scaffold_length - _EDGE_BASES
