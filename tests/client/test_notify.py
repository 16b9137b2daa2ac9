"""Who is to be told is asked for by the client and the command, and makes no second run of the same genomes."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from bttoxin import InvalidRequest, Portal
from bttoxin.opening import submit_options
from click.testing import CliRunner

from portal.cli.client import submit
from portal.files.notification_request import NotifyFolder
from portal.files.submissions import SubmissionFolders
from tests.builders import GENOME
from tests.web.api.server import Server, start_server

_HOOK = "https://hooks.example.org/bt"


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A portal that sends mail and calls webhooks; without a poller, so nothing is sent here."""
    folder = tmp_path_factory.mktemp("telling")
    server = start_server(
        folder,
        SMTP_URL="smtp+plain://127.0.0.1:25",
        MAIL_FROM="portal@example.org",
        PUBLIC_URL="https://bt.example.org",
        WEBHOOK_ALLOW="hooks.example.org",
    )
    with contextlib.closing(server) as running:
        yield running


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "C15.fna"
    path.write_bytes(GENOME)
    return path


def asked(server: Server, submission_id: str) -> tuple[str, str]:
    request = NotifyFolder(SubmissionFolders(server.portal).folder(submission_id)).request()
    return request.mail, request.webhook


def test_the_client_asks_and_a_wrong_address_sends_nothing(telling: Server, genome: Path, tmp_path: Path) -> None:
    with Portal(telling.url, quiet=True) as portal:
        offered = portal.about()["notify"]
        assert (offered["mail"], offered["webhook"]) == (True, True)
        run = portal.submit(genome, into=tmp_path / "run", notify={"mail": "a@example.org", "webhook": _HOOK})
        [submission] = run._operations.state.live
        assert asked(telling, submission.submission_id) == ("a@example.org", _HOOK)
        before = set(telling.portal.task_ids())
        for number, notify in enumerate(({"mail": "nobody"}, {"webhook": "https://elsewhere.example/"})):
            with pytest.raises(InvalidRequest):
                portal.submit(genome, into=tmp_path / f"wrong{number}", notify=notify)
        with pytest.raises(ValueError, match="not fax"):
            portal.submit(genome, into=tmp_path / "fax", notify={"fax": "1"})
        assert set(telling.portal.task_ids()) == before


def test_without_an_address_nothing_is_said_of_it() -> None:
    assert submit_options(None, "en", {}) == submit_options(None, "en", {}, {"mail": "", "webhook": ""})
    assert "notify" not in submit_options(None, "en", {})


def test_a_command_that_differs_in_whom_to_notify_alone_is_the_same_run(
    telling: Server, genome: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    before = set(telling.portal.task_ids())
    runs = []
    for address in ("a@example.org", "b@example.org", ""):
        options = ["--notify-mail", address] if address else []
        answer = CliRunner().invoke(submit, [str(genome), "--url", telling.url, "--json", *options])
        assert answer.exit_code == 0, answer.output
        runs.append(json.loads(answer.stdout))
        assert ("no genome is new" in answer.stderr) == (address == "b@example.org")
    assert len(set(telling.portal.task_ids()) - before) == 1
    assert [run["run"] for run in runs] == [runs[0]["run"]] * 3
    submission_id = Portal(telling.url).open(runs[0]["run"])._operations.state.live[0].submission_id
    assert asked(telling, submission_id) == ("a@example.org", "")
    other = genome.rename(genome.with_name("C16.fna"))
    hook = CliRunner().invoke(submit, [str(other), "--url", telling.url, "--notify-webhook", _HOOK])
    assert hook.exit_code == 0, hook.output
