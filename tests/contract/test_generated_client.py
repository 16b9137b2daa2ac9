"""A client that openapi-python-client makes of the OpenAPI document works, strictly and with types.

One from the npm registry: `make generated`.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.builders import make_task_on_disk
from tests.tool_environment import tool_environment
from tests.web.api.server import Server, start_server

HERE = Path(__file__).parent / "openapi_python_client"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with contextlib.closing(start_server(tmp_path_factory.mktemp("server"))) as running:
        yield running


@pytest.fixture(scope="module")
def package(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The generated client; what the generator cannot make is an error."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_bytes(httpx.get(f"{server.url}/api/openapi.json").content)
    tools = tool_environment(HERE / "openapi-python-client.txt")
    command = [
        str(tools / "openapi-python-client"), "generate", "--path", str(folder / "openapi.json"),
        "--output-path", str(folder / "client"), "--config", str(HERE / "config.yml"), "--fail-on-warning",
    ]  # fmt: skip
    path = f"{tools}{os.pathsep}{os.environ['PATH']}"  # it tidies with ruff
    done = subprocess.run(
        command, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "client"


def test_it_submits_looks_reads_and_deletes(server: Server, package: Path) -> None:
    task = make_task_on_disk(server.portal, hits=3)
    tools = tool_environment(HERE / "openapi-python-client.txt")
    command = [str(tools / "python"), str(HERE / "use_client.py"), server.url, task.task_id, task.token]
    environment = {**os.environ, "PYTHONPATH": str(package)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["portal"], found["live"], found["refused"], found["deleted"]) == ("bttoxin-portal", "alive", 404, 204)
    assert len(found["identity"]) == 3
    assert all(80 <= identity <= 100 for identity in found["identity"])
    assert found["scores"]["Lepidoptera"] is not None
    assert found["table"].startswith("strain,protein_id,toxin,")
    assert found["all_toxins"].startswith("Strain\tProtein_id\n")
    assert "All_Toxins.txt" in found["files"]
    assert found["bundle"] == "PK"
