"""What commands read: pipes, tables of an old Mac, a last line without its end."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.pipeline.digger.digger_builders import backbone, gene, protein, write_fasta

STOPS = "TAATTAATTAA"
BTPORTAL = f"'{Path(sys.executable).with_name('btportal')}'"


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    write_fasta(tmp_path / "made_up.faa", {"Cry6Aa1": protein(5, 300)})
    return write_fasta(tmp_path / "g.fna", {"c1": backbone(1, 50) + STOPS + gene(protein(5, 300)) + backbone(2, 50)})


def shell(line: str, folder: Path, *, code: int = 0) -> str:
    done = subprocess.run(
        ["bash", "-c", f"B={BTPORTAL}; {line}"], cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def strains(table: Path) -> set[str]:
    with table.open(encoding="utf-8") as stream:
        return {row["strain"] for row in csv.DictReader(stream, delimiter="\t")}


def test_digger_reads_what_other_programs_write(genome: Path, tmp_path: Path) -> None:
    """Two at once, packed and not; their strains have names of their own."""
    options = "--references . --reference made_up.faa --out out"
    shell(f"mkdir t; TMPDIR=$PWD/t $B digger <(cat g.fna) <(gzip -c g.fna) {options}", tmp_path)
    assert len(strains(tmp_path / "out/toxins.tsv")) == 2
    assert all(name.startswith("pipe_") for name in strains(tmp_path / "out/toxins.tsv"))
    assert list((tmp_path / "t").iterdir()) == []  # the copies are gone


def test_digger_reads_a_named_pipe_and_standard_input(genome: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "strain7.fna")
    writer = threading.Thread(target=lambda: (tmp_path / "strain7.fna").write_bytes(genome.read_bytes()))
    writer.start()
    shell("$B digger strain7.fna --references . --reference made_up.faa --out out", tmp_path)
    writer.join(timeout=60)
    assert strains(tmp_path / "out/toxins.tsv") == {"strain7"}
    shell("$B loci /dev/stdin --references . --reference made_up.faa < <(cat g.fna) | grep -q Cry6Aa1", tmp_path)


def test_an_empty_pipe_is_refused_as_an_empty_file_is(genome: Path, tmp_path: Path) -> None:
    said = shell("$B digger <(true) --references . --reference made_up.faa --out out", tmp_path, code=1)
    assert "Traceback" not in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("spoil", ["tr '\\n' '\\r'", "sed 's/$/\\r/'", "head -c -1", "cat"])
def test_shoter_reads_tables_with_any_line_ends(genome: Path, tmp_path: Path, spoil: str) -> None:
    shell("$B digger g.fna --references . --reference made_up.faa --out out; mkdir scores", tmp_path)
    said = shell(f"$B shoter <({spoil} < out/All_Toxins.txt) --toxins-json out/toxins.json --out scores", tmp_path)
    assert "1 of 1 hits scored" in said
    assert said.startswith("g: ")
