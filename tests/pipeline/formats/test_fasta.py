"""FASTA: what the portal writes and reads, beside what Biopython makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from Bio import SeqIO

from portal.pipeline.digger.reader import read_fasta
from tests.pipeline.formats.conftest import NAMES

BLANKS = (" ", "\t", "\v", "\f", "\u00a0", "\u3000", "\x1f", "  \t ")


@pytest.mark.parametrize("blank", BLANKS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_name_ends_where_biopython_ends_it(tmp_path: Path, blank: str, end: str) -> None:
    path = tmp_path / "g.fna"
    text = "".join(f">{name}{blank}a b{blank}c{end}ACGT{end}" for name in NAMES)
    path.write_bytes(text.encode())
    with path.open(encoding="utf-8", newline=None) as stream:
        expected = [(record.id, str(record.seq)) for record in SeqIO.parse(stream, "fasta")]

    records = list(read_fasta(path))

    assert [(record.name, record.sequence.decode()) for record in records] == expected
    assert [record.name for record in records] == list(NAMES)
