"""Two genomes go the whole way and are compared by their tokens over HTTP; no browser."""

from __future__ import annotations

import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.bootstrap import build_web, templates_dir
from portal.domain.status import TaskStatus
from portal.web.app import create_app
from tests.e2e.site import Site


@pytest.fixture
def site(tmp_path: Path, references: Path) -> Iterator[Site]:
    with Site(tmp_path, references) as made:
        yield made


def test_two_genomes_are_compared_by_their_tokens(site: Site, genome: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain.fna"
    plain.write_text(">c\n" + "ACGTTGCAAC" * 3000 + "\n")
    ids = [site.submit(path).task_id for path in (genome, plain)]
    for task_id in ids:
        assert site.wait_ended(task_id, timeout_s=180).status is TaskStatus.COMPLETED
    parts = build_web(site.settings)
    client = create_app(site.settings, parts, templates=templates_dir()).test_client()
    tasks = [{"task_id": task_id, "token": site.keyring.token_of(site.record(task_id))} for task_id in ids]

    with client.post("/api/compare", json={"tasks": tasks, "file": "compare.json"}) as answer:
        strains = {strain["strain"]: strain for strain in json.loads(answer.data)["strains"]}
    assert set(strains["strain"]["toxins_identity_percent"]) == {"Cry1Aa", "Vip3Aa"}
    assert strains["strain"]["targets"]["Lepidoptera"]["score"] > 0.5
    assert (strains["plain"]["toxins_identity_percent"], strains["plain"]["targets"]["Lepidoptera"]["score"]) == (
        {},
        None,
    )

    with client.post("/api/compare", json={"tasks": tasks}) as answer:
        zipfile.ZipFile(io.BytesIO(answer.data)).extractall(tmp_path / "bundle")
    command = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    folder = next((tmp_path / "bundle").rglob("SHA256SUMS")).parent
    subprocess.run(command, cwd=folder, check=True, timeout=60)
