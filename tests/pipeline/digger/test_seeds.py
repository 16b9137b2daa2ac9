"""The gate of shared words: remote relatives that no profile finds are rows, strangers and low complexity are not."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bench.recall import changed, families
from portal.pipeline.digger.calls import gate
from portal.pipeline.digger.engine import run_digger
from portal.pipeline.digger.native.index import Index, encode_protein, load_index
from portal.pipeline.digger.native.queries import read_queries
from portal.pipeline.digger.native.search import Scanner
from portal.pipeline.digger.native.seeds import Seeds, members_of
from portal.pipeline.digger.parity import read_rows
from portal.reference.types import Reference
from tests.pipeline.digger.digger_builders import protein, reference_proteins, write_fasta
from tests.pipeline.loci_references import default_reference

PROTEINS = reference_proteins()


def passing(index: Index, *letters: str) -> list[tuple[int, str]]:
    """Return which proteins pass, and the first entry of the family."""
    codes = [encode_protein(each.encode()) for each in letters]
    found = index.seeds.passing(index.kmers.words(codes))
    return [(at, index.proteins[index.seeds.members[family][0]].name) for at, family in found]


def test_two_words_on_one_diagonal_pass_and_one_does_not(index: Index) -> None:
    cyt, filler = PROTEINS["Cyt1Aa1"], protein(994, 400)
    two = filler[:100] + cyt[50:56] + filler[106:108] + cyt[58:64] + filler[114:]
    moved = filler[:100] + cyt[50:56] + filler[106:109] + cyt[58:64] + filler[115:]
    one = filler[:100] + cyt[50:59] + filler[109:]  # nine residues hold five words, all of which overlap
    assert passing(index, filler, two, one, moved) == [(1, "Cyt1Aa1")]


def test_two_words_between_residues_that_do_not_match_are_chance(index: Index) -> None:
    cyt, filler = PROTEINS["Cyt1Aa1"], protein(994, 400)
    assert passing(index, filler[:100] + cyt[50:55] + filler[105:140] + cyt[90:95] + filler[145:]) == []


def test_four_words_with_gaps_between_pass(index: Index) -> None:
    cyt, filler = PROTEINS["Cyt1Aa1"], protein(992, 400)
    gapped = [cyt[at : at + 9] + filler[at : at + 4 + at // 20] for at in (20, 40, 60, 80)]
    assert passing(index, filler[:90] + "".join(gapped)) == [(0, "Cyt1Aa1")]


def test_words_do_not_reach_over_the_end_of_a_protein(index: Index) -> None:
    cyt = PROTEINS["Cyt1Aa1"]
    assert passing(index, cyt[:7], cyt[7:12], "MK", cyt[12:16], cyt[16:21]) == []
    assert passing(index, "X" * 80, "") == []


def test_a_family_is_all_entries_with_its_name_and_accessory_factors_have_none(index: Index) -> None:
    names = [index.proteins[entries[0]].name for entries in index.seeds.members]
    assert names == ["Cry1Aa1", "Cry2Aa1", "Vip3Aa1", "Cyt1Aa1", "Cry6Aa1"]
    assert [len(entries) for entries in members_of(["Cry1Aa1", "Zwa5-other", "x", "Cry1Ba1"])] == [2, 1]
    assert passing(index, PROTEINS["InhA1-other"]) == []


def test_the_seeds_are_those_of_the_cache(index: Index) -> None:
    built = Seeds.build([p.name for p in index.proteins], [p.amino_codes for p in index.proteins], index.kmers)
    for name in ("offsets", "entries", "positions"):
        assert np.array_equal(getattr(built, name), getattr(index.seeds.seeds, name))


@pytest.fixture(scope="module")
def real() -> Reference:
    return default_reference()


def remote(reference: Reference) -> dict[str, str]:
    """Return a protein of families that profiles miss at half of the residues changed, as blastp finds them."""
    known = families(reference)
    names = ("Cry13Aa1", "Cry18Aa1", "Cry57Ab1", "Cry58Aa1", "Cry63Aa1", "Cry68Aa1")
    return {name: changed(known[name], 50, random.Random(name)) for name in names}


def strangers(reference: Reference) -> dict[str, str]:
    """Return proteins of toxins' composition, of repeats and of few letters."""
    rng = random.Random(5)
    known = families(reference)
    found = {f"shuffled{at}": "".join(rng.sample(letters, len(letters))) for at, letters in enumerate(known.values())}
    found |= {f"low{at}": "".join(rng.choices(letters, k=400)) for at, letters in enumerate(("NQ", "ST", "DE", "KN"))}
    part, one, other = known["Cyt2Ba1"][60:80], known["Cry2Ah4"], known["Cry9Ga1"]
    mixed = "".join((one if at % 2 else other)[at * 11 :][:4] for at in range(50))
    return found | {"repeats": part * 20, "mixed": mixed}


def test_a_relative_that_no_profile_finds_is_a_row_and_a_stranger_is_none(real: Reference, tmp_path: Path) -> None:
    proteins = remote(real)
    found = write_fasta(tmp_path / "remote.faa", proteins | strangers(real))
    run_digger([("remote", found)], tmp_path / "out", reference_fasta=real.fasta, cache_dir=real.folder / "index",
               reference_facts={}, threads=2, kind="prot")  # fmt: skip
    rows = {name: row for name, row in read_rows(tmp_path / "out" / "All_Toxins.txt").items() if row["BLAST"] == "YES"}
    assert set(rows) == set(proteins)
    assert {name for name, row in rows.items() if row["HMM"] == "NO"}  # what the profiles alone would have lost
    for name, row in rows.items():
        assert row["Hit_id"].startswith(name.rstrip("0123456789")[:5])


def test_the_seeds_add_to_the_profiles(real: Reference, tmp_path: Path) -> None:
    index = load_index(real.fasta, real.folder / "index", 2)
    path = write_fasta(tmp_path / "remote.faa", remote(real))
    with ThreadPoolExecutor(2) as pool:
        scan = Scanner(index, pool, 2).scan(read_queries(path, "prot"), lambda query: None)
    candidates = gate(scan, index)
    assert [candidate.query.protein_id for candidate in candidates] == list(remote(real))
    by_seeds = [candidate for candidate in candidates if candidate.seeds]
    assert len(by_seeds) >= 2
    assert all(candidate.family is None for candidate in by_seeds)
