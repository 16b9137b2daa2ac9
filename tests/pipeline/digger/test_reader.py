"""The FASTA reader: right sequences from any layout, a named error from anything else."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.domain.errors import InvalidInput
from portal.pipeline.digger import reader
from portal.pipeline.digger.reader import check_fasta, read_fasta

_same_folder = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_same_folder
@given(
    sequences=st.lists(st.text("ACGTacgtNRY", min_size=1, max_size=200), min_size=1, max_size=6),
    width=st.integers(1, 80),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    block=st.integers(1, 50),
    packed=st.booleans(),
    last_end=st.booleans(),
)
def test_any_layout_gives_the_same_records(
    tmp_path: Path, sequences: list[str], width: int, end: str, block: int, packed: bool, last_end: bool
) -> None:
    lines: list[str] = []
    for number, sequence in enumerate(sequences):
        lines += [f">s{number} about it", *(sequence[i : i + width] for i in range(0, len(sequence), width))]
    data = (end.join(lines) + (end if last_end else "")).encode()
    path = tmp_path / "x.fna"
    path.write_bytes(gzip.compress(data) if packed else data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_BLOCK", block)
        records = list(read_fasta(path))
    assert [(r.name, r.sequence.decode()) for r in records] == [(f"s{i}", s.upper()) for i, s in enumerate(sequences)]
    assert {r.description for r in records} == {"about it"}


@_same_folder
@given(data=st.binary(max_size=400) | st.text(">ACGT \n\r\tx-*", max_size=400).map(str.encode))
def test_any_bytes_are_read_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "any.fna"
    path.write_bytes(data)
    try:
        facts = check_fasta(path, "auto")
    except InvalidInput:
        return
    records = list(read_fasta(path))
    assert len(records) == facts.records
    assert sum(len(record.sequence) for record in records) == facts.letters


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b">only a header\n", "no sequence"),
        (b"<!DOCTYPE html><html></html>", "HTML"),
        (b">a\nACGT\0ACGT\n", "NUL"),
        (b">a\nACGT\n>a\nACGT\n", "duplicate"),
        (b"\x1f\x8b\x08cut", "gzip"),
    ],
)
def test_bad_files_are_named(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "bad.fna"
    path.write_bytes(data)
    with pytest.raises(InvalidInput, match=words):
        check_fasta(path, "auto")


def test_proteins_where_dna_is_expected_and_the_reverse(tmp_path: Path) -> None:
    proteins, dna = tmp_path / "p.faa", tmp_path / "d.fna"
    proteins.write_text(">p\nMKLWEFILPQ\n")
    dna.write_text(">d\nACGTACGTAC\n")
    with pytest.raises(InvalidInput, match="line 2"):
        check_fasta(proteins, "nucl")
    with pytest.raises(InvalidInput, match="line 2"):
        check_fasta(dna, "prot")


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MAX_FILE_LENGTH", 5_000_000)
    path = tmp_path / "bomb.fna.gz"
    path.write_bytes(gzip.compress(b">a\n" + b"A" * 6_000_000))
    with pytest.raises(InvalidInput, match="more than 5,000,000"):
        check_fasta(path, "nucl")


def test_a_folder_or_a_missing_file_is_no_crash(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nothing.fna"):
        with pytest.raises(InvalidInput, match="cannot be read"):
            check_fasta(path, "nucl")
