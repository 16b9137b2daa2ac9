"""References on disk: added whole or not at all, one of them in use."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from portal.domain.errors import Conflict, CorruptRecord, InvalidInput, NotFound
from portal.reference.store import ReferenceStore

FASTA = ">Cry1Aa1 some words\nMKLDEFWWY\nRRL\n>Cry34Aa1\r\nMKLHH*\r\n>Cry2-like\nMLL\n"


@pytest.fixture
def store(tmp_path: Path) -> ReferenceStore:
    return ReferenceStore(tmp_path / "references")


@pytest.fixture
def fasta(tmp_path: Path) -> Path:
    path = tmp_path / "mine.faa"
    path.write_bytes(FASTA.encode())
    return path


def test_an_empty_store(store: ReferenceStore) -> None:
    assert list(store.list()) == []
    assert store.current() is None
    with pytest.raises(NotFound, match="no reference 'x', nor any other"):
        store.get("x")


def test_a_fasta_is_cleaned_and_the_first_one_comes_into_use(store: ReferenceStore, fasta: Path) -> None:
    added = store.add(fasta, "mine", version="7")
    assert added.fasta.read_text() == ">Cry1Aa1\nMKLDEFWWYRRL\n>Gpp34Aa1\nMKLHH\n"
    assert (added.version, added.entries, added.source) == ("7", 2, "mine.faa")
    assert added.families == ("Cry1", "Gpp34")
    assert store.current() == added == store.get("mine")
    assert [(change.name, change.action) for change in store.changes("mine")] == [
        ("Cry34Aa1", "renamed"),
        ("Cry2-like", "dropped"),
    ]
    assert list(store.verify("mine")) == []


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_will_do(store: ReferenceStore, tmp_path: Path, end: str) -> None:
    path = tmp_path / "ends.faa"
    path.write_bytes(">Cry1Aa1 x|MKLDE|FW||>Mpp2Aa1|MLLK".replace("|", end).encode())
    assert store.add(path, "ends").fasta.read_text() == ">Cry1Aa1\nMKLDEFW\n>Mpp2Aa1\nMLLK\n"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("export.csv", 'name,accession,fastasequence\nCry1Aa1,X,">Cry1Aa1\nMKLDE\nFW"\nCry34Aa1,Y,MKLHH\n'),
        ("export.csv", "\ufeffName,Sequence\r\nCry1Aa1,MKLDEFW\r\nCry34Aa1,MKLHH\r\n"),
        ("export.tsv", "name\tsequence\nCry1Aa1\tMKLDEFW\nCry34Aa1\tMKLHH\n"),
    ],
)
def test_tables_with_names_and_sequences(store: ReferenceStore, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    assert store.add(tmp_path / name, "t").fasta.read_text() == ">Cry1Aa1\nMKLDEFW\n>Gpp34Aa1\nMKLHH\n"


def test_an_installed_digger_is_found_below_its_folder(store: ReferenceStore, tmp_path: Path) -> None:
    database = tmp_path / "share" / "BTTCMP_db" / "bt_toxin" / "db"
    database.mkdir(parents=True)
    (database / "bt_toxin20210101.fas").write_text(">Cry1Aa1\nMKL\n")
    (database / "bt_toxin20251104.fas").write_text(">Cry1Aa1\nMKLL\n>Mpp2Aa1\nMLLK\n>InhA-other AIM33160.1\nMLLKK\n")
    added = store.add(tmp_path, "digger")
    assert (added.version, added.entries) == ("20251104", 3)
    assert added.source == "BtToxin_Digger database bt_toxin20251104.fas"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.faa", b"", "the file is empty"),
        ("a.faa", b">Cry1Aa1\nACGTACGTACGT\n", "line 2: nucleotides where proteins"),
        ("a.faa", b">Cry1Aa1\nMK1L\n", "line 2: '1' is not a sequence character"),
        ("a.faa", b"\x1f\x8b\x08\0", "gzip"),
        ("a.csv", b"toxin,seq\nCry1Aa1,MKL\n", "line 1: the table needs the column 'name'"),
        ("a.csv", b"name,sequence\nCry1Aa1,\xff\n", "not UTF-8"),
        ("a.csv", b"name,sequence\nCry1Aa1,MKL\nCry1Aa1,MKLL\n", "two different proteins"),
    ],
)
def test_a_broken_source_is_refused_and_the_old_one_stays(
    store: ReferenceStore, fasta: Path, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    before = store.add(fasta, "mine")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput, match=reason):
        store.add(tmp_path / name, "mine", replace=True)
    assert store.get("mine") == before
    assert list(store.verify("mine")) == []
    assert sorted(path.name for path in store.root.iterdir()) == [".lock", "current", "mine"]


def test_a_folder_without_a_digger_is_refused(store: ReferenceStore, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not the database of a BtToxin_Digger"):
        store.add(tmp_path, "digger")


@pytest.mark.parametrize("name", ["../x", "", ".hidden", "a/b", "a b", "x" * 65])
def test_names_stay_inside_the_store(store: ReferenceStore, fasta: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="cannot name a reference"):
        store.add(fasta, name)


def test_a_taken_name_needs_replace(store: ReferenceStore, fasta: Path) -> None:
    store.add(fasta, "mine")
    with pytest.raises(Conflict):
        store.add(fasta, "mine")
    fasta.write_text(">Cry1Aa1\nMLL\n")
    assert store.add(fasta, "mine", replace=True).entries == 1


def test_a_changed_file_is_seen_and_cannot_be_used(store: ReferenceStore, fasta: Path) -> None:
    store.add(fasta, "first")
    second = store.add(fasta, "second")
    second.fasta.write_text(">Cry1Aa1\nMLL\n")
    assert len(store.verify("second")) == 2
    with pytest.raises(InvalidInput, match="'second' is broken"):
        store.use("second")
    current = store.current()
    assert current is not None
    assert current.name == "first"
    second.fasta.unlink()
    assert "cannot be read" in str(store.verify("second")[0])


def test_use_and_remove(store: ReferenceStore, fasta: Path) -> None:
    store.add(fasta, "first")
    store.add(fasta, "second")
    with pytest.raises(Conflict, match="in use"):
        store.remove("first")
    store.use("second")
    store.remove("first")
    assert [reference.name for reference in store.list()] == ["second"]


def test_facts_that_cannot_be_read_say_so(store: ReferenceStore, fasta: Path) -> None:
    folder = store.add(fasta, "mine").folder
    (folder / "reference.json").write_text("{}")
    with pytest.raises(CorruptRecord, match=r"mine/reference\.json"):
        store.get("mine")


def _add(root: Path, fasta: Path, name: str) -> None:
    ReferenceStore(root).add(fasta, name, replace=True)


def test_many_at_once_leave_whole_references(store: ReferenceStore, fasta: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_add, args=(store.root, fasta, f"r{number % 2}")) for number in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert [worker.exitcode for worker in workers] == [0] * 6
    assert [(each.name, list(store.verify(each.name))) for each in store.list()] == [("r0", []), ("r1", [])]
    assert store.current() is not None
