"""What the docs promise against comparable clients is proved by tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest
from bttoxin import Portal

from tests.web.api.server import Server

_TESTS = Path(__file__).parents[1]
_PAGE = _TESTS.parent / "docs" / "use" / "notebooks.md"
_ANCHORS = ("hyp3-sdk", "pyfirecrest", "bioblend", "huggingface_hub", "earthaccess", "qiskit-ibm-runtime")


def rows() -> list[list[str]]:
    section = _PAGE.read_text(encoding="utf-8").partition("## What users of comparable clients ask for")[2]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_every_promise_names_tests_that_exist() -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in _TESTS.rglob("test_*.py"))
    there = set(re.findall(r"^def (test_\w+)\(", written, re.MULTILINE))
    for asked, _, ours, proof in rows():
        named = re.findall(r"`(test_\w+)`", proof)
        assert ours, asked
        assert named, asked
        assert not set(named) - there, asked
    assert not [anchor for anchor in _ANCHORS if not any(anchor in where for _, where, _, _ in rows())]


def test_one_look_and_one_table_serve_all_genomes(
    server: Server, genomes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Portal(server.url, quiet=True).submit(genomes, into=tmp_path / "run")
    asked: list[str] = []
    real = httpx.Client.request

    def counted(self: httpx.Client, method: str, url: str, **options: object) -> httpx.Response:
        asked.append(f"{method} {url}")
        return real(self, method, url, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(httpx.Client, "request", counted)
    assert len(run.status()) == 27
    assert len(asked) == 1
    assert len(run.rows("tasks")) == 27
    run.rows("scores")
    assert len(asked) == 3
