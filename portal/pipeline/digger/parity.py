"""Compare All_Toxins.txt of this engine with recorded output of BtToxin_Digger, row by row.

Required, for every BLAST row of the real tool except accessory factors (`-other`): a row with the same protein id,
frame, length, position and rank, the same hit or an equally good one, and an identity within 0.15 points for 95 %
of the rows; and no BLAST row that the real tool does not have. Accessory rows, HMM-only rows and domain columns are
counted and reported. Not compared: the SVM column (random in the real tool), E-values, and NA against NO.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portal.domain.errors import InvalidInput
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.domain.toxin_names import is_accessory
from portal.pipeline.digger.native.domains import DOMAINS
from portal.results.names import ALL_TOXINS

MAX_IDENTITY_P95 = 0.15
_PLACE = ("Strand", "Protein_len", "Gene location on scaffold")
_COMPARED = ("Protein_id", *_PLACE, "BLAST", "HMM", "Hit_id", "Identity", "Nomenclature")
_EXPECTED_FILES = (ALL_TOXINS, "All_Toxins.cols1-25.txt")

Row = Mapping[str, str]


@dataclass
class StrainParity:
    """The comparison of one strain; `problems` are differences beyond the bounds, as sentences."""

    strain: str
    toxin_rows: int = 0
    same_place: int = 0
    same_hit: int = 0
    tied_hit: int = 0
    same_rank: int = 0
    accessory_rows: int = 0
    accessory_found: int = 0
    hmm_only_rows: int = 0
    hmm_only_found: int = 0
    svm_only_rows: int = 0
    domain_cells: int = 0
    domain_agreed: int = 0
    identity_differences: list[float] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def compared(self) -> int:
        """Return the number of recorded rows that were compared."""
        return self.toxin_rows + self.accessory_rows + self.hmm_only_rows


def read_rows(path: Path) -> dict[str, dict[str, str]]:
    """Return the rows of an All_Toxins.txt by protein id.

    Raises:
        InvalidInput: not such a table, a column is missing, or a row is truncated.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as stream:
            header = stream.readline().rstrip("\n").split("\t")
            lines = [(number, line.rstrip("\n").split("\t")) for number, line in enumerate(stream, 2) if line.strip()]
    except OSError as error:
        raise InvalidInput(Message("file.unreadable", name=str(path), reason=os_reason(error))) from error
    missing = [column for column in _COMPARED if column not in header]
    if missing:
        raise InvalidInput(Message("parity.no_column", path=str(path), column=missing[0]))
    for number, cells in lines:
        if len(cells) != len(header):
            wrong = Message("parity.cells", path=str(path), found=len(cells), expected=len(header))
            raise InvalidInput(wrong, line=number)
    rows = (dict(zip(header, cells, strict=True)) for _, cells in lines)
    return {row["Protein_id"]: row for row in rows}


def expected_table(folder: Path, strain: str) -> Path:
    """Return the recorded table of a strain: all columns, or the first 25.

    Raises:
        InvalidInput: there is no recorded table.
    """
    for name in _EXPECTED_FILES:
        if (folder / strain / name).is_file():
            return folder / strain / name
    raise InvalidInput(Message("table.not_recorded", path=str(folder / strain), names=_EXPECTED_FILES))


def compare(
    strain: str, real: Mapping[str, Row], ours: Mapping[str, Row], ties: Mapping[str, Sequence[str]]
) -> StrainParity:
    """Compare two tables of one strain; `ties` names the equally good hits of our rows."""
    result = StrainParity(strain)
    for protein_id, row in real.items():
        found = ours.get(protein_id)
        if row["BLAST"] == "YES" and is_accessory(row["Hit_id"]):
            result.accessory_rows += 1
            result.accessory_found += found is not None and found["Hit_id"] == row["Hit_id"]
        elif row["BLAST"] == "YES":
            _compare_toxin(result, row, found, ties.get(protein_id, ()))
        elif row["HMM"] == "YES":
            result.hmm_only_rows += 1
            result.hmm_only_found += found is not None and found["HMM"] == "YES"
        else:
            result.svm_only_rows += 1
    for protein_id, row in ours.items():
        if row["BLAST"] == "YES" and not is_accessory(row["Hit_id"]) and not _is_blast(real.get(protein_id)):
            result.problems.append(f"{protein_id} ({row['Hit_id']}): the real tool has no such BLAST row")
    return result


def _is_blast(row: Row | None) -> bool:
    return row is not None and row["BLAST"] == "YES"


def _compare_toxin(result: StrainParity, real: Row, ours: Row | None, ties: Sequence[str]) -> None:
    result.toxin_rows += 1
    label = f"{real['Protein_id']} ({real['Hit_id']})"
    if ours is None or not _is_blast(ours):
        result.problems.append(f"{label}: not found")
        return
    for column in _PLACE:
        if ours[column] != real[column]:
            result.problems.append(f"{label}: {column} {ours[column]}, not {real[column]}")
    result.same_place += all(ours[column] == real[column] for column in _PLACE)
    if ours["Hit_id"] == real["Hit_id"]:
        result.same_hit += 1
    elif real["Hit_id"] in ties:
        result.tied_hit += 1
    else:
        result.problems.append(f"{label}: hit {ours['Hit_id']}")
    if ours["Nomenclature"] == real["Nomenclature"]:
        result.same_rank += 1
    else:
        result.problems.append(f"{label}: {ours['Nomenclature']}, not {real['Nomenclature']}")
    result.identity_differences.append(abs(float(ours["Identity"]) - float(real["Identity"])))
    for domain in DOMAINS:
        if domain in real and ours[domain] != "NA" and real[domain] in ("YES", "NO"):
            result.domain_cells += 1
            result.domain_agreed += ours[domain] == real[domain]


def identity_p95(results: Sequence[StrainParity]) -> float:
    """Return the 95th percentile (nearest rank) of identity differences over all toxin rows, in points."""
    differences = sorted(difference for result in results for difference in result.identity_differences)
    return differences[math.ceil(0.95 * len(differences)) - 1] if differences else 0.0


def table(results: Sequence[StrainParity]) -> str:
    """Return the comparison as a table in Markdown."""
    head = (
        "strain", "toxin rows", "same place", "same hit", "tied hit", "same rank", "identity mean", "identity max",
        "accessory", "HMM only", "SVM only (not compared)", "domain cells", "differences",
    )  # fmt: skip
    lines = [_line(head), _line(["---"] * len(head))]
    for r in results:
        differences = r.identity_differences or [0.0]
        cells = (
            r.strain, r.toxin_rows, r.same_place, r.same_hit, r.tied_hit, r.same_rank,
            f"{sum(differences) / len(differences):.4f}", f"{max(differences):.4f}",
            f"{r.accessory_found}/{r.accessory_rows}", f"{r.hmm_only_found}/{r.hmm_only_rows}", r.svm_only_rows,
            f"{r.domain_agreed}/{r.domain_cells}", len(r.problems),
        )  # fmt: skip
        lines.append(_line(map(str, cells)))
    return "\n".join(lines)


def _line(cells: Sequence[str] | map[str]) -> str:
    return "| " + " | ".join(cells) + " |"
