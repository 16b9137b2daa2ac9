"""The notebooks of docs/use, run against a portal of their own.

`python -m tests.e2e.notebooks` writes their outputs anew; it needs var/references.
"""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

from portal.reference.example_genome import write_example
from portal.reference.store import ReferenceStore
from tests.e2e.installed import running_up
from tests.samples import NO_SAMPLES

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "use"
NOTEBOOKS = ("200-strains", "scores-to-figure")  # the second opens the run of the first
REFERENCES = ROOT / (os.environ.get("REFERENCE_DIR") or "var/references")
_BAD = ">contig1\nACGTACGTNNACGT\nACGT<html>\n"


def write_genomes(folder: Path, references: Path = REFERENCES) -> None:
    """Write four small files: two inventories, one of them packed, a genome without a toxin, and what is no FASTA."""
    folder.mkdir(parents=True)
    reference = ReferenceStore(references).get("btyper3")
    assert reference is not None, "run `btportal reference fetch --dir var/references` first"
    for name, kind, seed in (("007", "kurstaki", 1), ("1e5", "israelensis", 2), ("NA", "none", 3)):
        truth = write_example(reference.fasta, folder / f"{name}.fna", kind=kind, seed=seed)
        truth.table.unlink()
    plain = folder / "1e5.fna"
    plain.with_name("1e5.fna.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    (folder / "interrupted.fna").write_text(_BAD)


@contextmanager
def running_portal(folder: Path, references: Path = REFERENCES) -> Iterator[str]:
    """Run web and poller below a folder and give the address."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    settings = {
        "JOBS_DIR": str(folder / "jobs"),
        "REFERENCE_DIR": str(references),
        "MIN_FREE_DISK_GB": "0",
        "EXECUTOR": "local",
        "REDIS_URL": "",
        "TASK_THREADS": "1",
        **NO_SAMPLES,
    }
    command = [sys.executable, "-m", "portal.cli"]
    with running_up(command, ROOT, {**kept, **settings}, folder / "up.log") as url:
        yield url


def read_notebook(name: str) -> Any:
    """Return a notebook as it is in the docs."""
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def execute(name: str, url: str, folder: Path) -> Any:
    """Return a notebook with the outputs of a run in a folder; any error of a cell is raised."""
    notebook = read_notebook(name)
    [place] = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", ())]
    said = place.source
    place.source = f"url = {url!r}"
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", record_timing=False, resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    place.source = said
    return nbformat.reads(nbformat.writes(notebook).replace(url, "http://127.0.0.1:8000"), as_version=4)


def main() -> None:
    """Write the outputs into the docs."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_genomes(folder / "work" / "genomes")
        with running_portal(folder) as url:
            for name in NOTEBOOKS:
                nbformat.write(execute(name, url, folder / "work"), FOLDER / f"{name}.ipynb")


if __name__ == "__main__":
    main()
