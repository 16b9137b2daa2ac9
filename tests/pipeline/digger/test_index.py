"""The cached index: built once, whoever asks, mended when damaged, complete for any reference."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from pyhmmer.easel import DigitalSequence, DigitalSequenceBlock
from pyhmmer.plan7 import Pipeline

from portal.domain.errors import InvalidInput
from portal.pipeline.digger.native.index import Index, load_index, read_proteins
from portal.pipeline.digger.native.profiles import ALPHABET
from tests.pipeline.digger.digger_builders import protein, write_fasta


def small(folder: Path) -> Path:
    return write_fasta(folder / "small.faa", {"Cry1Aa1": protein(1, 120), "Vip3Aa1": protein(2, 130)})


def load(fasta: Path, cache: Path) -> None:
    load_index(fasta, cache, 1)


def test_each_entry_is_found_by_a_profile(index: Index) -> None:
    block = DigitalSequenceBlock(
        ALPHABET,
        [DigitalSequence(ALPHABET, name=p.name.encode(), sequence=p.amino_codes) for p in index.proteins],
    )
    found = {hit.name for p in index.profiles for hit in Pipeline(ALPHABET, Z=1, E=1e-15).search_hmm(p.hmm, block)}
    assert found == {p.name for p in index.proteins}


def test_jobs_that_start_together_build_one_index(tmp_path: Path) -> None:
    fasta, cache = small(tmp_path), tmp_path / "cache"
    context = multiprocessing.get_context("spawn")
    jobs = [context.Process(target=load, args=(fasta, cache)) for _ in range(3)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(60)
    assert [job.exitcode for job in jobs] == [0, 0, 0]
    assert len([path for path in cache.iterdir() if path.is_dir()]) == 1


def test_the_same_reference_gives_the_same_bytes(tmp_path: Path) -> None:
    fasta = small(tmp_path)
    for cache in ("a", "b"):
        load_index(fasta, tmp_path / cache, 2)
    first = {p.name: p.read_bytes() for p in (tmp_path / "a").rglob("*.h3m")}
    assert first == {p.name: p.read_bytes() for p in (tmp_path / "b").rglob("*.h3m")}
    assert set(first) == {"profiles.h3m", "domains.h3m"}


@pytest.mark.parametrize("name", ["profiles.h3m", "kmers.npz", "profiles.json"])
def test_a_damaged_index_is_built_anew(tmp_path: Path, name: str) -> None:
    fasta, cache = small(tmp_path), tmp_path / "cache"
    load_index(fasta, cache, 1)
    (damaged,) = cache.rglob(name)
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:20])
    assert len(load_index(fasta, cache, 1).profiles) == 2
    assert next(iter(cache.rglob(name))).stat().st_size == len(whole)


def test_a_ready_index_needs_no_writable_folder(tmp_path: Path) -> None:
    fasta, cache = small(tmp_path), tmp_path / "cache"
    load_index(fasta, cache, 1)
    before = sorted((path.name, path.stat().st_mtime_ns) for path in cache.rglob("*"))
    load_index(fasta, cache, 1)
    assert sorted((path.name, path.stat().st_mtime_ns) for path in cache.rglob("*")) == before


def test_what_is_no_protein_fasta_is_no_reference(tmp_path: Path) -> None:
    fasta = write_fasta(tmp_path / "dna.fna", {"a": "ACGT" * 50})
    with pytest.raises(InvalidInput, match=r"reference dna\.fna"):
        load_index(fasta, tmp_path / "cache", 1)
    assert not (tmp_path / "cache").exists()


def test_stops_at_the_end_go_and_inside_become_unknown(tmp_path: Path) -> None:
    (entry,) = read_proteins(write_fasta(tmp_path / "r.faa", {"Cry1Aa1": "MKWFE*LLEF*"}))
    assert entry.letters == "MKWFEXLLEF"
