"""The bundle, read by roc-validator and by unzip; its names are possible on every system."""

from __future__ import annotations

import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from portal.cli.digger import strain_name as strain_of_file
from portal.domain.file_names import is_device
from portal.domain.status import Lang, PipelineStage
from portal.files.taskdir import is_safe_name, strain_name
from portal.pipeline.bundle.archive import regular_files, write_bundle
from portal.pipeline.bundle.crate import CONTEXT
from portal.pipeline.bundle.origin import InputFile, Origin
from portal.results.names import FOLDERS
from tests.pipeline.formats.conftest import DiggerOutput
from tests.tool_environment import ROOT, tool_environment

HERE = Path(__file__).parent
ORIGIN = Origin(
    task_id="abcdefgh2345",
    strain="genome_CON",
    submission_time="2026-03-01T10:00:07+01:00",
    lang=Lang.EN,
    genome=InputFile("CON 基因组 \"1\".fna", 4, "ab" * 32),
    parameters={},
)  # fmt: skip


@pytest.fixture(scope="session")
def bundle(genome: DiggerOutput, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundle")
    files = {FOLDERS[PipelineStage.DIGGER]: regular_files(genome.folder)}
    write_bundle(folder / "bundle.zip", files, origin=ORIGIN, versions={"portal": {"name": "p", "version": "1"}})
    return folder / "bundle.zip"


@pytest.fixture(scope="session")
def unpacked(bundle: Path) -> Path:
    target = bundle.parent / "unpacked"
    command = ["unzip", "-q", str(bundle), "-d", str(target)]
    subprocess.run(command, check=True, timeout=60, capture_output=True)
    [top] = target.iterdir()
    return top


def test_unzip_finds_every_file_whole_and_under_its_name(bundle: Path, unpacked: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        expected = {name: archive.read(name) for name in archive.namelist()}
    found = {
        str(path.relative_to(unpacked.parent)): path.read_bytes() for path in unpacked.rglob("*") if path.is_file()
    }
    assert found == expected


def issues_of(crate: Path, folder: Path) -> list[dict[str, Any]]:
    """Return what roc-validator finds against what RO-Crate requires; without network."""
    tools = tool_environment(HERE / "roc-validator.txt")
    cache, report = folder / "cache", folder / "report.json"
    context = ROOT / "tests/data/ro-crate/context-1.2.json.gz"
    subprocess.run([tools / "python", HERE / "warm_cache.py", cache, CONTEXT, context], check=True, timeout=60)
    command = [
        str(tools / "rocrate-validator"), "validate", str(crate), "--profile-identifier", "ro-crate-1.2", "--no-paging",
        "--offline", "--cache-path", str(cache), "--output-format", "json", "--output-file", str(report),
    ]  # fmt: skip
    subprocess.run(command, check=False, timeout=120, capture_output=True)
    document = json.loads(report.read_text(encoding="utf-8"))
    assert document["passed"] == (not document["issues"])
    found: list[dict[str, Any]] = document["issues"]
    return found


def test_roc_validator_finds_nothing_that_ro_crate_forbids(unpacked: Path, tmp_path: Path) -> None:
    assert issues_of(unpacked, tmp_path) == []


def test_roc_validator_would_find_a_term_that_does_not_exist(unpacked: Path, tmp_path: Path) -> None:
    crate = tmp_path / "crate"
    crate.mkdir()
    text = (unpacked / "ro-crate-metadata.json").read_text(encoding="utf-8")
    (crate / "ro-crate-metadata.json").write_text(text.replace('"datePublished"', '"madeUp"'), encoding="utf-8")
    assert issues_of(crate, tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "CON.fna",
        "con.fna",
        "Nul.fasta",
        "aux.v2.fa",
        "COM1.fna",
        "lpt9.fna",
        "prn",
        "COM0.fna",
        "../NUL.fna",
        "CON .fna",
        "con.a基因.fna",
    ],
)
def test_no_strain_is_called_what_windows_takes_for_a_device(name: str) -> None:
    for strain in (strain_name(name), strain_of_file(Path(name))):
        assert not is_device(strain)
        assert not is_device(f"{strain}.gff3")
        assert is_safe_name(strain)


@pytest.mark.parametrize("name", ["CONTIG.fna", "console.fna", "COM10.fna", "x.CON.fna", "nullius.fna"])
def test_a_name_that_only_looks_like_one_stays(name: str) -> None:
    assert strain_name(name) == strain_of_file(Path(name)) == Path(name).stem
