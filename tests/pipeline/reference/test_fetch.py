"""The default reference: fetched once, checked by its sum, offline afterwards."""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from portal.domain.errors import InvalidInput, NotReady
from portal.pipeline.digger.screening.panel import load_panel
from portal.reference.fetch import DEFAULT, PinnedArchive, fetch_default
from portal.reference.screening import has_panel, panel_folder, read_panel
from portal.reference.store import ReferenceStore
from portal.results.screening import SYSTEMS

PROJECT_REFERENCES = Path(os.environ.get("REFERENCE_DIR") or "var/references")


def make_archive(folder: Path, content: bytes) -> tuple[Path, PinnedArchive]:
    path = folder / "toy-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo("toy-1.0/data/proteins.faa")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return path, PinnedArchive("toy", "1.0", sha256, "data/proteins.faa", "CC0")


def archive_with_panel(folder: Path) -> tuple[Path, PinnedArchive]:
    """Return an archive with toxins, virulence proteins and panC genes."""
    files = {
        "proteins.faa": b">Cry1Aa1\nMKLDE\n",
        "virulence.faa": b">nheA WP_1.1 made up [Bacillus]\nMKLDEMKLDE\n",
        "panC.fna": b">Group_II(mosaicus/luti) | strain_a\nATGAAA\n>Group_clarus | strain_b\nATGAAC\n",
    }
    path = folder / "toy-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"toy-1.0/data/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return path, PinnedArchive("toy", "1.0", sha256, "data/proteins.faa", "CC0", "data/virulence.faa", "data/panC.fna")


def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)


def test_a_copy_of_the_archive_needs_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offline(monkeypatch)
    archive, pinned = make_archive(tmp_path, b">Cry1Aa1 lcl|X [protein_id=AAA1.1]\nMKLDE\n>Cry34Aa1\nMKLHH\n")
    store = ReferenceStore(tmp_path / "references")
    said: list[str] = []
    reference = fetch_default(store, say=said.append, archive=archive, pinned=pinned)
    assert (reference.name, reference.version, reference.entries) == ("toy", "1.0", 2)
    assert pinned.sha256 in reference.source
    assert "toy-1.0/data/proteins.faa" in said[0]
    assert store.current() == reference
    again = fetch_default(store, say=said.append, pinned=pinned)
    assert again == reference
    assert "no download" in said[-1]


def test_the_screening_panel_comes_with_the_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offline(monkeypatch)
    archive, pinned = archive_with_panel(tmp_path)
    store = ReferenceStore(tmp_path / "references")
    fetch_default(store, say=print, archive=archive, pinned=pinned)
    panel = read_panel(panel_folder(store.root))
    assert panel.facts.version == "toy 1.0"
    assert pinned.sha256 in panel.facts.source
    assert panel.virulence.read_text() == ">nheA WP_1.1\nMKLDEMKLDE\n"
    assert panel.pan_c.read_text().splitlines()[::2] == [
        ">strain_a group=II species=mosaicus/luti", ">strain_b group=clarus species=clarus",
    ]  # fmt: skip
    assert [reference.name for reference in store.list()] == ["toy"]
    said: list[str] = []
    fetch_default(store, say=said.append, pinned=pinned)
    assert "no download" in said[-1]


def test_a_store_of_an_earlier_version_gets_the_panel_and_keeps_its_reference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    offline(monkeypatch)
    archive, pinned = archive_with_panel(tmp_path)
    store = ReferenceStore(tmp_path / "references")
    earlier = fetch_default(store, say=print, archive=archive, pinned=replace(pinned, virulence=None, pan_c=None))
    assert not has_panel(panel_folder(store.root))
    said: list[str] = []
    assert fetch_default(store, say=said.append, pinned=pinned) == earlier  # without network
    assert "genomes are not screened" in said[-1]
    assert fetch_default(store, say=print, archive=archive, pinned=pinned) == earlier
    assert has_panel(panel_folder(store.root))
    read_panel(panel_folder(store.root)).pan_c.write_text("")
    fetch_default(store, say=print, archive=archive, pinned=pinned)
    assert has_panel(panel_folder(store.root))


def test_the_panel_of_the_default_reference() -> None:
    """Take the project's own copy, fetched if it is not there yet."""
    store = ReferenceStore(PROJECT_REFERENCES)
    fetch_default(store, say=print)
    panel = load_panel(panel_folder(store.root))
    assert panel is not None
    assert set(panel.lengths) == {gene for genes in SYSTEMS.values() for gene in genes}
    assert len(panel.lengths) == 34
    assert len(panel.pan_c) == 68
    groups = {"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "bingmayongensis", "clarus", "gaemokensis"}
    assert {gene.group for gene in panel.pan_c} == {*groups, "manliponensis"}


def test_another_archive_is_refused(tmp_path: Path) -> None:
    archive, pinned = make_archive(tmp_path, b">Cry1Aa1\nMKLDE\n")
    archive.write_bytes(archive.read_bytes() + b"\0")
    store = ReferenceStore(tmp_path / "references")
    with pytest.raises(InvalidInput, match="its SHA-256 is"):
        fetch_default(store, say=print, archive=archive, pinned=pinned)
    assert list(store.list()) == []


def test_a_damaged_reference_is_made_again(tmp_path: Path) -> None:
    archive, pinned = make_archive(tmp_path, b">Cry1Aa1\nMKLDE\n")
    store = ReferenceStore(tmp_path / "references")
    fetch_default(store, say=print, archive=archive, pinned=pinned).fasta.write_text("")
    fetch_default(store, say=print, archive=archive, pinned=pinned)
    assert list(store.verify("toy")) == []


def test_without_network_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    offline(monkeypatch)
    store = ReferenceStore(tmp_path / "references")
    with pytest.raises(NotReady, match=r"could not download btyper3-3\.4\.0.*reference fetch --archive"):
        fetch_default(store, say=print)
    assert list(store.list()) == []


def test_the_default_reference_after_its_clean_up() -> None:
    """Take the project's own copy, fetched if it is not there yet."""
    store = ReferenceStore(PROJECT_REFERENCES)
    reference = fetch_default(store, say=print)
    changes = store.changes(DEFAULT.package)
    reasons = [change.reason for change in changes if change.action == "dropped"]
    assert reasons.count("named only after what it resembles") == 18
    assert reasons.count("stop inside the protein") == 10
    assert reference.entries + len(reasons) == 959
    assert reference.entries == 927
    assert {"Gpp34", "Tpp35", "App6", "Vpa2", "Vpb1", "Xpp22"} <= set(reference.families)
    assert {"Spp", "Tpp1", "Mtx1", "accessory factors"} <= set(reference.blind_spots)
    assert not any(change.action == "kept" and "Cry1" in change.name for change in changes)
