"""A real server for the client, and genomes to send."""

from __future__ import annotations

import contextlib
import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.api.server import Server, start_server

BAD = b">bad\nACGT!ACGT\n"


def _start(folder: Path) -> Server:
    """Start a portal that lets one client do what these tests need, thousands of uploads in a minute."""
    return start_server(folder, CLIENT_UPLOADS_PER_MINUTE="0", CLIENT_MAX_WAITING="0", MAX_WAITING_TASKS="100000")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with contextlib.closing(_start(tmp_path_factory.mktemp("server"))) as running:
        yield running


@pytest.fixture
def genomes(tmp_path: Path) -> Path:
    """27 files, one of them no FASTA, some packed, with names that tables like to spoil."""
    folder = tmp_path / "genomes"
    folder.mkdir()
    for number, name in enumerate(["007", "1e5", "NA", "菌株", *(f"s{n:02d}" for n in range(22))]):
        data = f">contig{number}\n{'ACGTTGCA' * (number + 5)}\n".encode()
        if number % 5 == 0:
            (folder / f"{name}.fna.gz").write_bytes(gzip.compress(data))
        else:
            (folder / f"{name}.fna").write_bytes(data)
    (folder / "bad.fna").write_bytes(BAD)
    return folder
