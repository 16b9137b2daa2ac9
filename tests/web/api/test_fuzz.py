"""Requests that nobody thought of: schemathesis reads the OpenAPI document, hypothesis makes forms."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal.domain.status import TaskStatus
from tests.builders import Site, beating, make_site, make_task_on_disk
from tests.web.api.multipart import part, send
from tests.web.api.server import start_server

_EXAMPLES = "8"
_METHODS = ("get", "put", "post", "patch", "delete", "head", "options")
_ANNOUNCED = [{"label": str(n), "size": 9, "sha256": str(n) * 64} for n in range(3)]


def test_the_running_api_keeps_what_its_document_promises(tmp_path: Path) -> None:
    """No 500, no code, media type, header or body that the document does not name; nothing half-made is left."""
    with contextlib.closing(start_server(tmp_path)) as server, beating(server.portal):
        submission = httpx.post(f"{server.url}/api/submissions", json={"items": _ANNOUNCED}).json()
        known_id, token = submission["items"][0]["task_id"], submission["token"]
        known = make_task_on_disk(server.portal, task_id=known_id, submission=submission["submission_id"])
        gone = make_task_on_disk(server.portal, TaskStatus.RUNNING)
        config = tmp_path / "schemathesis.toml"
        config.write_text(
            f'[parameters]\ntask_id = "{known.task_id}"\nname = "All_Toxins.txt"\nrun = 1\n'
            f'submission_id = "{submission["submission_id"]}"\nn = 2\n'
            f'[[operations]]\ninclude-operation-id = "deleteTask"\nparameters = {{ task_id = "{gone.task_id}" }}\n'
        )
        spare = httpx.post(f"{server.url}/api/submissions", json={"items": _ANNOUNCED}).json()["submission_id"]
        with config.open("a") as stream:
            stream.write(
                '[[operations]]\ninclude-operation-id = "deleteSubmission"\n'
                f'parameters = {{ submission_id = "{spare}" }}\n'
            )
        command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config), "run"]
        command += [f"{server.url}/api/openapi.json", "--phases", "examples,coverage,fuzzing", "--seed", "1"]
        # JSON Schema cannot say FASTA, so that data it calls valid is refused; and a wrong token gets 404 on purpose.
        command += ["--checks", "all", "--exclude-checks", "positive_data_acceptance,ignored_auth", "-n", _EXAMPLES]
        command += ["-H", f"Authorization: Bearer {token}", "--continue-on-failure"]
        run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=250, check=False)
        assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
        described = httpx.get(f"{server.url}/api/openapi.json").json()["paths"].values()
        count = sum(method in _METHODS for path in described for method in path)
        assert f"{count} selected" in run.stdout
        assert server.incoming() == []
        assert "Traceback" not in server.log.read_text()


@pytest.fixture(scope="module")
def shared_site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return make_site(tmp_path_factory.mktemp("fuzz"))


_NAMES = st.sampled_from(["file", "lang", "min_identity", "submission", "sequence_kind", "other", ""])
_CONTENTS = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b">a\nACGT\n", b">a\r\nACGT", b"zh", b"0.5", b"prot", b"true", b"\r\n--", b">a\n" + b"A" * 300_000]
    ),
)
_FILENAMES = st.one_of(
    st.none(),
    st.text(st.characters(exclude_characters='"\r\n', exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["a.fna", "../b.FA", "c.fasta", "d.fna.gz", ".fna"]),
)
_PARTS = st.lists(st.builds(part, _NAMES, _CONTENTS, _FILENAMES), min_size=1, max_size=4)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=_PARTS, cut=st.integers(0, 30))
def test_any_form_is_taken_or_refused_and_leaves_nothing(shared_site: Site, parts: list[bytes], cut: int) -> None:
    before = set(shared_site.portal.task_ids())
    body = b"".join(parts)
    answer = send(shared_site.app.test_client(), body[: len(body) - cut])
    assert answer.status_code in (201, 400, 415, 422), answer.text
    assert shared_site.incoming() == []
    made = set(shared_site.portal.task_ids()) - before
    assert made == ({(answer.json or {})["task_id"]} if answer.status_code == 201 else set())
