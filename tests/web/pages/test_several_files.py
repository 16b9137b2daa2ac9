"""Several files in one form, as a browser without scripts sends them: one submission of all, or nothing at all."""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.errors import StorageFull
from portal.domain.message import Message
from portal.files.staging import StagedUpload
from portal.storage.file import FileTaskStore
from portal.web.upload.intake import MOST_FILES
from tests.builders import GENOME, Site, make_site, write_heartbeat

OTHER = GENOME.replace(b"A", b"C", 3)
TWO = [("A.fna", GENOME), ("B.fna", OTHER)]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = make_site(tmp_path / "jobs")
    write_heartbeat(site.portal)
    return site


Files = Sequence[tuple[str, bytes]]


def send(client: FlaskClient, files: Files, address: str = "/", **fields: Any) -> TestResponse:
    """Send the form byte for byte as browsers do (Flask's client drops what is empty)."""
    parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in {"lang": "en", **fields}.items()]
    parts += [f'name="file"; filename="{name}"\r\n\r\n'.encode() + content for name, content in files]
    body = b"".join(b"--edge\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--edge--\r\n"
    return client.post(address, data=body, content_type="multipart/form-data; boundary=edge")


def test_all_become_one_submission_that_this_browser_opens(site: Site, client: FlaskClient) -> None:
    sent = [("A.fna", GENOME), ("B.fa.gz", gzip.compress(OTHER)), ("C <i>.fasta", OTHER)]
    answer = send(client, sent, idempotency_key="k", min_identity="0.5")
    assert answer.status_code == 303, answer.text
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "0 of 3 finished" in page.text
    assert "Files that have not arrived" not in page.text
    for name in ("A", "B", "C &lt;i&gt;"):  # as the page names them with scripts
        assert f">{name}<" in page.text
    assert ".fa" not in page.text.partition("<main")[2].partition("</main>")[0]
    folder = answer.headers["Location"].rpartition("/")[2]
    ids = site.portal.task_ids()
    records = [FileTaskStore(site.portal).get(task_id) for task_id in ids]
    assert {(record.submission, record.parameters["min_identity"]) for record in records} == {(folder, 0.5)}
    assert {record.file_size for record in records} == {len(GENOME), len(OTHER)}
    again = send(client, sent, idempotency_key="k", min_identity="0.5")
    assert again.headers["Location"] == answer.headers["Location"], "sending a form twice must not make two submissions"
    assert site.portal.task_ids() == ids
    assert list(site.portal.incoming.iterdir()) == []


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    ("name", "content", "status", "said"),
    [
        ("bad one.fna", b">a\nAC!T\n", 422, "bad one.fna: line 2"),
        ("empty.fna", b"", 422, "empty.fna: "),
        ("notes.txt", b"hello", 415, "notes.txt: "),
        ("packed.fna.gz", b"no gzip", 422, "packed.fna.gz: "),
    ],
)
def test_a_wrong_one_is_named_and_none_is_kept(
    site: Site, client: FlaskClient, place: int, name: str, content: bytes, status: int, said: str
) -> None:
    files = list(TWO)
    files.insert(place, (name, content))
    answer = send(client, files, min_identity="0.5")
    assert answer.status_code == status
    assert said in answer.text
    assert re.search(r'id="min_identity"[^>]* value="0.5"', answer.text)
    assert site.portal.task_ids() == []
    assert list(site.portal.incoming.iterdir()) == []
    assert not (site.portal.own / "submissions").exists() or not list((site.portal.own / "submissions").iterdir())


def test_files_of_one_name_stay_apart(client: FlaskClient) -> None:
    answer = send(client, [("A.fna", GENOME), ("A.fna", OTHER), ("A.fna", OTHER)])
    page = client.get(answer.headers["Location"]).text
    for name in ("A", "A (2)", "A (3)"):
        assert f">{name}<" in page


def test_a_form_has_so_many_files_and_the_api_one(site: Site, client: FlaskClient) -> None:
    many = [(f"{n}.fna", GENOME) for n in range(MOST_FILES + 1)]
    answer = send(client, many)
    assert (answer.status_code, f"up to {MOST_FILES} files" in answer.text) == (422, True)
    answer = send(client, TWO, "/api/tasks")
    assert answer.status_code == 422
    assert "A task has one file" in answer.text
    assert site.portal.task_ids() == []
    assert list(site.portal.incoming.iterdir()) == []
    assert send(client, many[:MOST_FILES]).status_code == 303
    assert len(site.portal.task_ids()) == MOST_FILES


def test_without_room_for_all_none_is_kept(tmp_path: Path) -> None:
    site = make_site(tmp_path / "few", MAX_WAITING_TASKS="2")
    client = site.app.test_client()
    client.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    answer = send(client, [*TWO, ("C.fna", OTHER)])
    assert answer.status_code == 429
    assert site.portal.task_ids() == []
    assert list(site.portal.incoming.iterdir()) == []


def test_what_cannot_be_kept_after_the_announcement_is_named_as_missing(
    site: Site, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = StagedUpload.accept

    def accept(upload: StagedUpload, task_id: str, **more: Any) -> bool:
        if upload.size == len(GENOME) + 1:
            upload.abandon()
            raise StorageFull(Message("disk.nearly_full"))
        return real(upload, task_id, **more)

    monkeypatch.setattr(StagedUpload, "accept", accept)
    answer = send(client, [*TWO, ("C.fna", GENOME + b"A")])
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert "0 of 3 finished" in page
    assert "Files that have not arrived" in page
    assert len(site.portal.task_ids()) == 2
    assert list(site.portal.incoming.iterdir()) == []


def test_a_key_of_one_file_is_not_that_of_several(client: FlaskClient) -> None:
    assert send(client, TWO[:1], idempotency_key="k").status_code == 303
    answer = send(client, TWO, idempotency_key="k")
    assert answer.status_code == 422
    assert "This form was already sent, with other files" in answer.text
    assert "Idempotency-Key" not in answer.text
    assert send(client, TWO, idempotency_key="several").status_code == 303
    again = send(client, [TWO[0], ("B.fna", GENOME + b"A")], idempotency_key="several")
    assert (again.status_code, "This form was already sent" in again.text) == (422, True)


BAD = [("bad one.fna", b">a\nAC!T\n"), ("empty.fna", b""), ("notes.txt", b"hello"), ("packed.fna.gz", b"no gzip")]


@pytest.mark.parametrize("good", [0, 1])
@pytest.mark.parametrize("bad", [BAD, BAD[::-1]])
def test_all_wrong_ones_are_named_in_one_answer(
    site: Site, client: FlaskClient, good: int, bad: list[tuple[str, bytes]]
) -> None:
    answer = send(client, [*TWO[:good], *bad, *TWO[1 : 1 + good]], min_identity="0.5", label="Trip <1>")
    assert answer.status_code in (415, 422)
    for name, _ in bad:
        assert answer.text.count(f"<li>{name}: ") == 1, name
    assert answer.text.count("All files have to be chosen again") == 1
    assert 'value="Trip &lt;1&gt;"' in answer.text
    assert "A.fna:" not in answer.text
    assert site.portal.task_ids() == []
    assert list(site.portal.incoming.iterdir()) == []


def test_a_long_name_is_shortened_as_with_scripts(site: Site, client: FlaskClient) -> None:
    long = "x" * 180
    answer = send(client, [(f"{long}1.fna", GENOME), (f"{long}2.fna.gz", gzip.compress(OTHER))])
    assert answer.status_code == 303, answer.text
    page = client.get(answer.headers["Location"]).text
    for label in ("x" * 94, f"{'x' * 94} (2)"):
        assert f">{label}<" in page


def test_several_files_take_the_name_of_the_submission_and_one_file_ignores_it(client: FlaskClient) -> None:
    page = client.get(send(client, TWO, label="Field trip").headers["Location"]).text
    assert '<h1 class="filename"><bdi>Field trip</bdi></h1>' in page
    assert send(client, TWO[:1], label="Field trip").status_code == 303
    refused = send(client, TWO, label="a\x07b")
    assert refused.status_code == 422
    assert 'id="label-error"' in refused.text


def test_a_form_without_a_file_asks_for_one(client: FlaskClient) -> None:
    answer = send(client, [("", b"")])
    assert answer.status_code == 422
    assert "choose at least one file" in answer.text
    assert "have to be chosen again" not in answer.text


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\r\n", "\u2028", "\u2029"])
def test_pasted_text_may_have_a_byte_order_mark_and_the_line_ends_of_word_processors(
    site: Site, client: FlaskClient, mark: str, end: str
) -> None:
    text = f"{mark}>a é{end}ACGTACGTACGT{end}ACGTACGTACGT{end}"
    answer = send(client, [("", b"")], pasted_name="B <1>", pasted=text)
    assert answer.status_code == 303, answer.text
    [task_id] = site.portal.task_ids()
    kept = next(path for path in site.portal.task(task_id).path.rglob("*.fna")).read_bytes()
    assert kept.splitlines() == [">a é".encode(), b"ACGTACGTACGT", b"ACGTACGTACGT"]
