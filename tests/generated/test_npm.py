"""What tools of the npm registry make of the OpenAPI document: two checkers, and a client in TypeScript.

`make generated`; needs Node.js (20 or newer) and npm, which no other test does.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx
import pytest

from tests.builders import make_task_on_disk
from tests.web.api.server import Server, start_server

HERE = Path(__file__).parent
NPM = HERE.parents[1] / "var/tools/npm"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with contextlib.closing(start_server(tmp_path_factory.mktemp("server"))) as running:
        yield running


@pytest.fixture(scope="session")
def folder(server: Server) -> Path:
    """A folder with the tools, the document and the program that uses the client."""
    assert shutil.which("npm"), "Node.js and npm are needed: apt-get install nodejs npm"
    NPM.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "use_client.ts"):
        shutil.copy(HERE / name, NPM)
    run(["npm", "install", "--no-fund", "--no-audit", "--ignore-scripts"], seconds=280)
    (NPM / "openapi.json").write_bytes(httpx.get(f"{server.url}/api/openapi.json").content)
    (NPM / ".spectral.yaml").write_text('extends: ["spectral:oas"]\n')
    return NPM


def run(command: Sequence[str], *, seconds: float = 120) -> str:
    environment = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    done = subprocess.run(
        command, cwd=NPM, env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_redocly_finds_no_error(folder: Path) -> None:
    report = json.loads(run(["node_modules/.bin/redocly", "lint", "openapi.json", "--format", "json"]))
    assert report["totals"]["errors"] == 0, report["problems"]


def test_spectral_finds_no_error(folder: Path) -> None:
    output = run(["node_modules/.bin/spectral", "lint", "openapi.json", "--fail-severity", "error", "--format", "json"])
    assert [problem for problem in json.loads(output) if problem["severity"] == 0] == []


def test_a_client_in_typescript_compiles_strictly_and_works(server: Server, folder: Path) -> None:
    task = make_task_on_disk(server.portal, hits=3)
    run(["node_modules/.bin/openapi-typescript", "openapi.json", "-o", "api.d.ts"])
    options = ["--strict", "--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom", "--skipLibCheck"]
    run(["node_modules/.bin/tsc", *options, "use_client.ts"])
    found = json.loads(run(["node", "use_client.js", server.url, task.task_id, task.token]))
    assert (found["status"], found["refused"], found["bundle"]) == ("completed", 404, "PK")
    assert len(found["identity"]) == 3
    assert found["scores"]["Lepidoptera"] is not None
    assert found["table"].startswith("strain,protein_id,toxin,")
