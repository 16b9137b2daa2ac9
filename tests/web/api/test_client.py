"""The client and its commands against a running portal."""

from __future__ import annotations

import hashlib
import stat
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli.client import download, status, submit
from portal.client import ClientError, PortalClient
from portal.domain.status import TaskStatus
from portal.domain.task import advance
from portal.files.atomic import write_json
from portal.files.document import read_object
from portal.storage.codec import from_json, to_json
from tests.builders import GENOME, make_task_on_disk
from tests.web.api.server import Server


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "C15.fna"
    path.write_bytes(GENOME)
    return path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An account of its own, so that no token of the developer's is touched."""
    for name in ("BTPORTAL_TOKEN", "BTPORTAL_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def run(command: object, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)  # type: ignore[arg-type]


def test_submit_tells_how_much_was_sent(server: Server, genome: Path) -> None:
    genome.write_bytes(b">a\n" + b"ACGT" * 200_000 + b"\n")
    sent: list[int] = []
    with PortalClient(server.url) as client:
        record = client.submit(genome, fields={"lang": "zh"}, on_sent=sent.append)
        assert client.status(record["task_id"], record["token"])["lang"] == "zh"
    assert sent == sorted(sent)
    assert sent[-1] == genome.stat().st_size
    assert len(sent) > 3


def test_the_same_key_finds_the_same_task(server: Server, genome: Path) -> None:
    with PortalClient(server.url) as client:
        first, second = (client.submit(genome, idempotency_key="cell-1") for _ in range(2))
    assert first["task_id"] == second["task_id"]


def test_watch_ends_with_the_task(server: Server) -> None:
    built = make_task_on_disk(server.portal, TaskStatus.RUNNING)
    seen = []
    with PortalClient(server.url) as client:
        for record in client.watch(built.task_id, built.token, timeout_s=30):
            seen.append((record["status"], record["progress"]))
            done = advance(built.task, now=datetime.now(UTC), status=TaskStatus.COMPLETED, progress=100)
            write_json(server.portal.task(built.task_id).meta, to_json(done))
    assert seen == [("running", 62), ("completed", 100)]


def test_watch_gives_up_in_time(server: Server) -> None:
    built = make_task_on_disk(server.portal, TaskStatus.RUNNING)
    with PortalClient(server.url) as client, pytest.raises(ClientError, match="has not ended"):
        list(client.watch(built.task_id, built.token, timeout_s=0.5))


def test_a_bundle_arrives_whole(server: Server, tmp_path: Path) -> None:
    built = make_task_on_disk(server.portal)
    told: list[tuple[int, int]] = []
    with PortalClient(server.url) as client:
        results = client.results(built.task_id, built.token)
        path = client.download(
            built.task_id, built.token, tmp_path / "b.zip", on_received=lambda got, total: told.append((got, total))
        )
    (bundle,) = [file for file in results["files"] if file["name"] == "bundle.zip"]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == bundle["sha256"]
    assert told[-1] == (bundle["size"], bundle["size"])


def test_a_refused_download_leaves_no_file(server: Server, tmp_path: Path) -> None:
    built = make_task_on_disk(server.portal, TaskStatus.RUNNING)
    with PortalClient(server.url) as client, pytest.raises(ClientError) as caught:
        client.download(built.task_id, built.token, tmp_path / "b.zip")
    assert caught.value.code == 409
    assert list(tmp_path.iterdir()) == []


def test_errors_come_with_code_and_fields(server: Server, genome: Path) -> None:
    genome.write_bytes(b">a\nACGT\n>a\nACGT\n")
    with PortalClient(server.url) as client:
        with pytest.raises(ClientError) as caught:
            client.submit(genome)
        assert (caught.value.code, list(caught.value.errors)) == (422, ["file"])
        with pytest.raises(ClientError) as caught:
            client.status("a" * 12, "wrong")
        assert caught.value.code == 404


def test_cancel_and_delete(server: Server) -> None:
    built = make_task_on_disk(server.portal, TaskStatus.RUNNING)
    with PortalClient(server.url) as client:
        assert client.cancel(built.task_id, built.token)["wishes"] == ["cancel"]
        assert "out of memory" not in client.log(built.task_id, built.token)
        client.delete(built.task_id, built.token)
        with pytest.raises(ClientError):
            client.status(built.task_id, built.token)
        assert client.queue()["slots"]["total"] > 0
        assert client.health()["status"] in ("healthy", "degraded", "unhealthy")


# -- commands


def test_submit_remembers_the_token_where_only_its_owner_reads(server: Server, genome: Path, home: Path) -> None:
    answer = run(submit, str(genome), "--url", server.url, "--min-identity", "0.5", "--require-index-hit")
    assert answer.exit_code == 0, answer.output
    (book,) = home.rglob("tasks.json")
    assert stat.S_IMODE(book.stat().st_mode) == 0o600
    task_id = next(word for line in answer.output.splitlines() if ": task " in line for word in line.split()[-1:])
    shown = run(status, task_id)
    assert shown.output.startswith("C15.fna: accepted")
    record = run(status, task_id, "--json").output
    assert '"min_identity": 0.5' in record
    assert '"require_index_hit": true' in record
    assert "token" not in record


def test_one_wrong_genome_does_not_keep_the_others(server: Server, genome: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.fna"
    wrong.write_bytes(b"no fasta\n")
    before = len(server.portal.task_ids())
    answer = run(submit, str(wrong), str(genome), "--url", server.url)
    assert answer.exit_code == 1
    assert "wrong.fna: line 1" in answer.output
    assert len(server.portal.task_ids()) == before + 1


def test_genomes_of_one_call_are_one_submission(server: Server, genome: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.fna"
    other.write_bytes(GENOME)
    answer = run(submit, str(genome), str(other), "--url", server.url)
    ids = [line.split()[-1] for line in answer.output.splitlines() if ": task " in line]
    shares = {run(status, task_id, "--json").output.partition('"submission": ')[2][:20] for task_id in ids}
    assert (len(ids), len(shares)) == (2, 1)


def test_download_and_status_of_tasks_from_elsewhere(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = make_task_on_disk(server.portal)
    assert "not known here" in run(download, done.task_id, "--url", server.url).output
    monkeypatch.setenv("BTPORTAL_TOKEN", done.token)
    answer = run(download, done.task_id, "--url", server.url, "--out", str(tmp_path / "out"))
    assert answer.exit_code == 0, answer.output
    assert Path(answer.stdout.strip()).read_bytes().startswith(b"PK")
    failed = make_task_on_disk(server.portal, TaskStatus.FAILED)
    monkeypatch.setenv("BTPORTAL_TOKEN", failed.token)
    shown = run(status, failed.task_id, "--url", server.url)
    assert shown.exit_code == 1
    assert "more memory" in shown.output


def _finish_next_task(server: Server, known: set[str], stop: threading.Event) -> None:
    """Give the next new task the results of a finished one, as the pipeline would."""
    while not stop.wait(0.02):
        for task_id in set(server.portal.task_ids()) - known:
            folder = server.portal.task(task_id)
            fresh = from_json(read_object(folder.meta))
            donor = make_task_on_disk(server.portal)
            (server.portal.task(donor.task_id).path / "attempts").rename(folder.path / "attempts")
            done = replace(
                donor.task,
                task_id=task_id,
                token_hash=fresh.token_hash,
                token_nonce=fresh.token_nonce,
                input_sha256=fresh.input_sha256,
                filename=fresh.filename,
            )
            write_json(folder.meta, to_json(done))
            return


def test_submit_and_wait_brings_the_bundle(server: Server, genome: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=_finish_next_task, args=(server, set(server.portal.task_ids()), stop))
    thread.start()
    try:
        answer = run(submit, str(genome), "--url", server.url, "--wait", "--out", str(tmp_path / "out"))
    finally:
        stop.set()
        thread.join()
    assert answer.exit_code == 0, answer.output
    (bundle,) = (tmp_path / "out").iterdir()
    assert f"bundle: {bundle}" in answer.output
    assert bundle.read_bytes().startswith(b"PK")


def test_a_portal_that_is_away_is_told_in_a_sentence(genome: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.client._RETRIES", 1)
    with PortalClient("http://127.0.0.1:9") as client, pytest.raises(ClientError, match="cannot be reached"):
        client.submit(genome)
