"""`btportal up` says where the portal answers, and what is missing for tasks to run."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from portal.cli.processes import _greet
from portal.config import read_settings
from portal.reference.store import ReferenceStore


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, "http://127.0.0.1:8000/"),
        ({"WEB_PORT": "8123"}, "http://127.0.0.1:8123/"),
        ({"LISTEN": "127.0.0.1:8124", "WEB_PORT": "8123"}, "http://127.0.0.1:8124/"),
        ({"LISTEN": "unix:/run/bttoxin/web.sock"}, "unix:/run/bttoxin/web.sock"),
    ],
)
def test_the_address_is_where_it_listens(
    tmp_path: Path, environment: dict[str, str], address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _greet(read_settings({"JOBS_DIR": str(tmp_path), "EXECUTOR": "local", **environment}))
    assert f"portal:     {address}\n" in capsys.readouterr().out


def test_without_a_reference_it_says_what_that_means_and_what_mends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "my references"
    environment = {"JOBS_DIR": str(tmp_path), "EXECUTOR": "local", "REFERENCE_DIR": str(folder)}
    _greet(read_settings(environment))
    told = capsys.readouterr().err
    assert f"there is no toxin reference in {folder}" in told
    assert "every genome that a user sends fails" in told
    command = shlex.split(told.strip().rpartition(": ")[2])
    assert command == ["btportal", "reference", "fetch", "--dir", str(folder)]
    fasta = tmp_path / "toxins.faa"
    fasta.write_text(">Cry1Aa1 x\n" + "MDNNPNINECIPYNCLSNPEVEVLGGERIETGYTPIDISLSLTQFLLSEFVPGAGFVLGLV" * 4 + "\n")
    store = ReferenceStore(folder)
    store.use(store.add(fasta, name="own", version="1").name)
    _greet(read_settings(environment))
    assert capsys.readouterr().err == ""
