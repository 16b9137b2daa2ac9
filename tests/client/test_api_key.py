"""A notebook and a shell with an API key: what they submit belongs to the person, who opens it on every device."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from bttoxin import BtToxinError, Portal
from click.testing import CliRunner

from portal.cli.client import submit
from portal.storage.file import FileTaskStore
from tests.builders import GENOME
from tests.web.api.server import Server, start_server

PERSON = {"X-Remote-User": "alice", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("people")
    with contextlib.closing(start_server(folder, IDENTITY="header", TRUSTED_PROXIES="127.0.0.0/8")) as running:
        yield running


@pytest.fixture
def key(people: Server) -> str:
    made = httpx.post(f"{people.url}/api/keys", json={"name": "notebook"}, headers=PERSON)
    assert made.status_code == 201, made.text
    return str(made.json()["key"])


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "C15.fna"
    path.write_bytes(GENOME)
    return path


def test_what_a_notebook_submits_is_the_persons(people: Server, key: str, genome: Path, tmp_path: Path) -> None:
    with Portal(people.url, api_key=key) as portal:
        run = portal.submit(genome, into=tmp_path / "run")
        task_id = run.status()[0].task_id
    answer = httpx.get(f"{people.url}/api/tasks/{task_id}", headers=PERSON)
    assert answer.status_code == 200, answer.text
    other = httpx.get(f"{people.url}/api/tasks/{task_id}", headers={**PERSON, "X-Remote-User": "bob"})
    assert other.status_code == 404
    journal = b"".join(path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file())
    assert key.encode() not in journal


def test_the_shell_takes_it_from_the_environment(
    people: Server, key: str, genome: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("BTPORTAL_API_KEY", key)
    answer = CliRunner().invoke(submit, [str(genome), "--url", people.url])
    assert answer.exit_code == 0, answer.output
    owners = {FileTaskStore(people.portal).get(task_id).owner for task_id in people.portal.task_ids()}
    assert len(owners) == 1
    assert owners != {""}


def test_a_revoked_key_is_told(people: Server, key: str, genome: Path, tmp_path: Path) -> None:
    gone = httpx.delete(f"{people.url}/api/keys/{key.split('.')[1]}", headers=PERSON)
    assert gone.status_code == 204
    with Portal(people.url, api_key=key) as portal, pytest.raises(BtToxinError, match="API key"):
        portal.submit(genome, into=tmp_path / "run")
