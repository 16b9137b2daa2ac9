"""Read reference entries from FASTA, a BPPRC export, or an installed BtToxin_Digger."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from portal.domain.errors import InvalidInput
from portal.domain.fasta import validate_fasta
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.reference.types import Entry

MAX_SOURCE_BYTES = 200_000_000
# Columns with the protein in BPPRC exports and in user tables.
SEQUENCE_COLUMNS = ("sequence", "fastasequence", "protein_sequence", "proteinsequence", "aa_sequence", "aminoacid")
ACCESSION_COLUMNS = ("accession", "protein_id", "genbank", "genbank_accession")
# BtToxin_Digger installs its database as BTTCMP_db/bt_toxin/seq/bt_toxin<date>.fas; the newest one counts.
DIGGER_PATTERN = "bt_toxin*.fas"

_PROTEIN_ID = re.compile(r"\[protein_id=([^\]]+)\]")
_ACCESSION = re.compile(r"[A-Z]{1,6}_?\d{5,}\.\d+")


def digger_database(folder: Path) -> Path:
    """Return the newest protein file of an installed BtToxin_Digger below a folder.

    Raises:
        InvalidInput: there is none.
    """
    found = [path for path in folder.rglob(DIGGER_PATTERN) if path.is_file()]
    if not found:
        raise InvalidInput(Message("reference.not_a_database", pattern=DIGGER_PATTERN, folder=str(folder)))
    return max(found, key=lambda path: (path.name, str(path)))


def read_entries(source: Path) -> list[Entry]:
    """Read all entries of a FASTA or CSV file.

    Raises:
        InvalidInput: the file is neither, is too large, or has no names or no sequences.
    """
    try:
        if source.stat().st_size > MAX_SOURCE_BYTES:
            raise InvalidInput(Message("reference.source_size", name=source.name, limit=MAX_SOURCE_BYTES))
        data = source.read_bytes()
    except OSError as error:
        raise InvalidInput(Message("file.unreadable", name=str(source), reason=os_reason(error))) from error
    if source.suffix.lower() in (".csv", ".tsv"):
        return list(_table_entries(data))
    return list(fasta_entries(data))


def fasta_entries(data: bytes) -> Iterator[Entry]:
    """Yield the entries of a protein FASTA; names may repeat, which the clean-up handles.

    Raises:
        InvalidInput: with the line.
    """
    validate_fasta([data], "prot", unique_ids=False)
    text = data.decode().replace("\r\n", "\n").replace("\r", "\n")
    for record in re.split(r"^>", text, flags=re.MULTILINE)[1:]:
        header, _, body = record.partition("\n")
        yield Entry(header.split(None, 1)[0], re.sub(r"\s", "", body), _accession(header))


def _accession(header: str) -> str:
    tagged = _PROTEIN_ID.search(header)
    if tagged:
        return tagged.group(1)
    words = header.split()
    return words[1] if len(words) > 1 and _ACCESSION.fullmatch(words[1]) else ""


def _table_entries(data: bytes) -> Iterator[Entry]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(Message("table.encoding")) from None
    first_line = text.partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in first_line else ",")
    columns = {(name or "").strip().lower(): name for name in reader.fieldnames or []}
    sequence_column = next((columns[name] for name in SEQUENCE_COLUMNS if name in columns), None)
    if "name" not in columns or sequence_column is None:
        raise InvalidInput(Message("reference.source_columns", columns=SEQUENCE_COLUMNS), line=1)
    accession_column = next((columns[name] for name in ACCESSION_COLUMNS if name in columns), "")
    try:
        for row in reader:
            # BPPRC's `fastasequence` includes its own header line.
            lines = (row[sequence_column] or "").split("\n")
            sequence = "".join(line.strip() for line in lines if not line.startswith(">"))
            yield Entry((row[columns["name"]] or "").strip(), sequence, (row.get(accession_column) or "").strip())
    except csv.Error as error:
        raise InvalidInput(Message("table.not_csv", reason=str(error)), line=reader.line_num) from error
