"""`btportal reference` and `btportal example`, as somebody types them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli.digger import digger
from portal.cli.reference import example, reference
from portal.reference.example_genome import INVENTORIES


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "references"


@pytest.fixture
def fasta(tmp_path: Path) -> Path:
    path = tmp_path / "mine.faa"
    names = [f"{toxin}1" for kind in INVENTORIES.values() for toxin in kind]
    path.write_text("".join(f">{name}\nM{'KLDEFWYRLS' * 60}{'W' * place}\n" for place, name in enumerate(names)))
    return path


def call(root: Path, *arguments: str) -> Result:
    return CliRunner().invoke(reference, [arguments[0], "--dir", str(root), *arguments[1:]])


def test_add_list_use_verify_remove(root: Path, fasta: Path) -> None:
    assert "no reference in" in call(root, "list").output
    added = call(root, "add", str(fasta), "--name", "mine", "--version", "3")
    assert added.exit_code == 0, added.output
    assert "14 proteins of" in added.output
    assert "cannot see: " in added.output
    assert "Spp" in added.output
    assert call(root, "add", str(fasta), "--name", "other").exit_code == 0
    used = call(root, "use", "other").output
    assert used.startswith("in use: other ")
    assert used.endswith(", 14 proteins\n")
    lines = call(root, "list").output.splitlines()
    assert [line[:7] for line in lines] == ["  mine\t", "* other"]
    assert call(root, "verify").output == "mine: ok\nother: ok\n"
    assert call(root, "remove", "mine").output == "removed: mine\n"


def test_digger_refuses_a_reference_that_was_changed(root: Path, fasta: Path, tmp_path: Path) -> None:
    assert call(root, "add", str(fasta), "--name", "mine").exit_code == 0
    with (root / "mine" / "reference.faa").open("a") as stream:
        stream.write(">more\nMMMM\n")
    genome = tmp_path / "strain.fna"
    genome.write_text(">a\nACGT\n")
    done = CliRunner().invoke(digger, [str(genome), "--out", str(tmp_path / "out"), "--references", str(root)])
    assert done.exit_code == 1
    assert "was changed after it had been added" in done.output


def test_errors_are_one_line_and_exit_1(root: Path, fasta: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.faa"
    broken.write_text(">a\nMK1L\n")
    refused = call(root, "add", str(broken), "--name", "x")
    assert (refused.exit_code, refused.output) == (1, "Error: line 2: '1' is not a sequence character\n")
    assert call(root, "use", "nothing").output == "Error: There is no reference 'nothing', nor any other.\n"
    assert call(root, "verify").exit_code == 1
    call(root, "add", str(fasta), "--name", "mine")
    (root / "mine" / "reference.faa").write_text(">Cry1Aa1\nMK\n")
    broken_one = call(root, "verify", "mine")
    assert broken_one.exit_code == 1
    assert "its SHA-256 differs" in broken_one.output


def test_the_folder_comes_from_the_environment_too(root: Path, fasta: Path) -> None:
    runner = CliRunner(env={"REFERENCE_DIR": str(root)})
    assert runner.invoke(reference, ["add", str(fasta), "--name", "mine"]).exit_code == 0
    assert (root / "mine" / "reference.faa").is_file()


def test_example(root: Path, fasta: Path, tmp_path: Path) -> None:
    arguments = ["--dir", str(root), "--out", str(tmp_path)]
    missing = CliRunner().invoke(example, arguments)
    assert missing.exit_code == 1
    assert "btportal reference fetch" in missing.output
    call(root, "add", str(fasta), "--name", "mine")
    made = CliRunner().invoke(example, [*arguments, "--kind", "israelensis", "--seed", "5"])
    assert made.exit_code == 0, made.output
    assert f"genome: {tmp_path / 'synthetic_israelensis.fna'}" in made.output
    assert "synthetic, 1,000,000 bp" in made.output
    assert (tmp_path / "synthetic_israelensis.truth.tsv").read_text().count("\n") == 8
