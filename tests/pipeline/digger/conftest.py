"""A small made-up reference for all tests of the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.pipeline.digger.native.index import Index, load_index
from tests.pipeline.digger.digger_builders import reference_proteins, write_fasta


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fasta(tmp_path_factory.mktemp("reference") / "made_up.faa", reference_proteins())


@pytest.fixture(scope="session")
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("index")


@pytest.fixture(scope="session")
def index(reference: Path, cache_dir: Path) -> Index:
    return load_index(reference, cache_dir, 2)
