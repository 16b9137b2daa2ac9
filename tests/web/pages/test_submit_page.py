"""The submission form as a browser without scripts uses it, and the answers that the script reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.message import Message
from portal.domain.parameters import PARAMETERS
from portal.services.answers import PartHealth
from tests.builders import GENOME, Site, make_site
from tests.web.pages.submitting import submit


def test_every_parameter_is_offered_with_its_default_and_an_explanation(client: FlaskClient) -> None:
    text = client.get("/").text
    for parameter in PARAMETERS:
        assert f'id="{parameter.name}"' in text
        assert f'id="{parameter.name}-help"' in text
    assert 'name="min_identity" min="0" max="1" step="any" inputmode="decimal" value="0.8"' in text
    assert re.search(r'type="checkbox" id="allow_unknown_families"[^>]* checked', text)
    assert not re.search(r'type="checkbox" id="require_index_hit"[^>]* checked', text)


def test_a_form_becomes_a_task_whose_page_opens(site: Site, client: FlaskClient) -> None:
    fields: dict[str, Any] = {"idempotency_key": "abc", "min_identity": "0.5", "allow_unknown_families": "false"}
    answer = submit(client, **fields)
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert "HD-1.fna" in page.text
    assert "Accepted" in page.text
    again = submit(client, **fields)
    assert again.headers["Location"] == answer.headers["Location"], "sending a form twice must not make two tasks"


@pytest.mark.parametrize("first", ["fields", "file"])
@pytest.mark.parametrize(("data", "name"), [(b">a\nAC!T\n", "a.fna"), (GENOME, "a.txt"), (GENOME, "a.fna.zip")])
def test_a_refused_form_keeps_what_was_chosen(client: FlaskClient, data: bytes, name: str, first: str) -> None:
    chosen: dict[str, Any] = {
        "min_identity": "0.5",
        "allow_unknown_families": "false",
        "sequence_kind": "nucl",
        "lang": "zh",
    }
    if first == "fields":
        answer = submit(client, data, name, **chosen)
    else:
        parts = [
            f'--e\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in chosen.items()
        ]
        file = (
            f'--e\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode() + data + b"\r\n"
        )
        body = file + "".join(parts).encode() + b"--e--\r\n"
        answer = client.post("/", data=body, content_type="multipart/form-data; boundary=e")
    assert answer.status_code in (415, 422)
    assert re.search(r'id="min_identity"[^>]* value="0.5"', answer.text)
    assert not re.search(r'id="allow_unknown_families"[^>]* checked', answer.text)
    assert '<option value="nucl" selected>' in answer.text
    assert 'name="lang" value="zh" checked' in answer.text
    assert '<details class="settings" open>' in answer.text


def test_a_refused_form_with_defaults_stays_short(client: FlaskClient) -> None:
    answer = submit(client, b"", min_identity="0.8", allow_unknown_families="true", sequence_kind="auto")
    assert answer.status_code == 422
    assert '<details class="settings">' in answer.text


def test_the_script_gets_the_address_and_no_token(client: FlaskClient) -> None:
    answer = submit(client, headers={"Accept": "application/json"})
    assert answer.status_code == 201
    assert answer.json is not None
    assert set(answer.json) == {"task_id", "url"}
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 1
    assert "HttpOnly" in cookies[0]
    assert client.get(answer.json["url"]).status_code == 200


@pytest.mark.parametrize(
    ("data", "name", "english", "chinese"),
    [
        (b">a\nACGT\nAC!T\n", "a.fna", "line 3: &#39;!&#39; is not a sequence character", "第 3 行"),
        (b"<html>", "a.fna", "HTML", "HTML"),
        (b"", "a.fna", "the file is empty", "文件为空"),
        (b">a\nACGT\n>a\nACGT\n", "a.fna", "duplicate id", "重复"),
        (b"\x1f\x8b\x08", "a.fna", "gzip", "压缩文件"),
        (b">a\nACGT\n", "a.txt", "must be a", "必须是"),
        (b">a\nACGT\n", "a.fna.zip", "of compressed files only gzip is accepted", "仅接受 gzip"),
    ],
)
def test_a_refused_file_is_told_beside_the_field(
    client: FlaskClient, site: Site, data: bytes, name: str, english: str, chinese: str
) -> None:
    before = site.portal.task_ids()
    answer = submit(client, data, name)
    assert answer.status_code in (415, 422)
    beside = re.search(r'<ul class="error" id="file-error">(.*?)</ul>', answer.text, re.DOTALL)
    assert beside is not None
    assert english in beside[1]
    assert 'aria-describedby="file-help file-error" aria-invalid="true"' in answer.text
    client.set_cookie("lang", "zh")
    assert chinese in submit(client, data, name).text
    assert site.portal.task_ids() == before


def test_a_wrong_parameter_is_told_beside_its_field_and_the_settings_open(client: FlaskClient) -> None:
    answer = submit(client, min_identity="7")
    assert answer.status_code == 422
    assert re.search(r'id="min_identity-error"><li>must be a number from 0 to 1', answer.text)
    assert '<details class="settings" open>' in answer.text


def test_another_site_cannot_submit(client: FlaskClient, site: Site) -> None:
    before = site.portal.task_ids()
    answer = submit(client, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert site.portal.task_ids() == before


def test_the_example_runs_in_one_click_where_there_is_one(site: Site, client: FlaskClient) -> None:
    assert "/example" not in client.get("/").text
    assert client.post("/example").status_code == 404
    site.settings.reference_dir.mkdir(parents=True)
    (site.settings.reference_dir / "synthetic_kurstaki.fna").write_bytes(GENOME)
    assert 'action="/example"' in client.get("/").text
    answer = client.post("/example")
    assert answer.status_code == 303
    assert "synthetic_kurstaki.fna" in client.get(answer.headers["Location"]).text


def test_a_hostile_name_is_text(client: FlaskClient) -> None:
    name = "\"><img src=x onerror=alert(1)>'{{7*7}}.fna"
    answer = submit(client, name=name)
    text = client.get(answer.headers["Location"]).text
    assert "<img src=x" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
    assert "{{7*7}}" in text


@pytest.mark.parametrize("part", ["reference", "engine"])
def test_the_form_says_when_nothing_can_be_analysed(tmp_path: Path, part: str) -> None:
    state = ["down"]
    site = make_site(tmp_path / "jobs", checks=[lambda: PartHealth(part, state[0], Message("health.reference_none"))])
    page = site.app.test_client().get("/").text
    assert "Genomes cannot be analysed here at the moment" in page
    assert '<a href="/queue">What is missing</a>' in page
    assert "being made" not in page, "samples cannot be made either"
    state[0] = "ok"
    again = make_site(tmp_path / "other", checks=[lambda: PartHealth(part, state[0], Message("health.reference_none"))])
    assert "cannot-run" not in again.app.test_client().get("/").text


def send_pasted(
    client: FlaskClient, text: str, *, name: str = "", file: tuple[str, bytes] = ("", b""), is_last: bool = True
) -> TestResponse:
    """Send the form with sequences in its text field, as browsers do: an empty part for the file that nobody chose."""
    head = f'name="file"; filename="{file[0]}"\r\nContent-Type: application/octet-stream\r\n\r\n'
    chosen = [head.encode() + file[1] + b"\r\n"]
    pasted = [f'name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in (("pasted_name", name), ("pasted", text))]
    parts = [b'name="lang"\r\n\r\nen\r\n', *(chosen + pasted if is_last else pasted + chosen)]
    body = b"".join(b"--edge\r\nContent-Disposition: form-data; " + each for each in parts) + b"--edge--\r\n"
    return client.post("/", data=body, content_type="multipart/form-data; boundary=edge")


@pytest.mark.parametrize("is_last", [True, False])
@pytest.mark.parametrize(
    ("name", "shown"),
    [("", "pasted.fna"), ("HD-73 菌", "HD-73 菌.fna"), ("a.fasta", "a.fasta"), ("x.fna.gz", "x.fna.gz.fna")],
)
def test_pasted_sequences_become_a_task(
    site: Site, client: FlaskClient, name: str, shown: str, *, is_last: bool
) -> None:
    text = ">a\r\nACGTACGT\r\n>b\r\nGGCC\r\n"
    answer = send_pasted(client, text, name=name, is_last=is_last)
    assert answer.status_code == 303, answer.text
    task_id = answer.headers["Location"].rpartition("/")[2]
    assert site.portal.task(task_id).genome.read_bytes() == text.encode()
    heading = re.search(r"<h1[^>]*>(.*?)</h1>", client.get(answer.headers["Location"]).text, re.DOTALL)
    assert heading
    assert re.sub(r"<[^>]*>", "", heading[1]).strip() == shown


@pytest.mark.parametrize("is_last", [True, False])
@pytest.mark.parametrize(
    ("text", "file", "code", "words"),
    [
        (">a\r\nAC!T\r\n", ("", b""), 422, "line 2"),
        ("LOCUS a", ("", b""), 422, "line 1"),
        ("", ("", b""), 422, "Nothing was submitted yet"),
        (" \r\n ", ("", b""), 422, "Nothing was submitted yet"),
    ],
)
def test_what_is_no_genome_is_refused_and_its_name_kept(
    site: Site, client: FlaskClient, text: str, file: tuple[str, bytes], code: int, words: str, *, is_last: bool
) -> None:
    before = site.portal.task_ids()
    answer = send_pasted(client, text, name='"><b>', file=file, is_last=is_last)
    assert answer.status_code == code, answer.text
    assert words.lower() in answer.text.lower()
    assert 'name="pasted_name" maxlength="100" autocomplete="off" value="&#34;&gt;&lt;b&gt;"' in answer.text
    assert '<details class="paste" id="paste" open>' in answer.text
    assert (site.incoming(), site.portal.task_ids()) == ([], before)


@pytest.mark.parametrize("is_last", [True, False])
def test_pasted_sequences_beside_a_file_are_a_genome_of_their_own(client: FlaskClient, *, is_last: bool) -> None:
    answer = send_pasted(client, ">a\r\nACGT\r\n", name="Yn-1", file=("b.fna", GENOME), is_last=is_last)
    page = client.get(answer.headers["Location"]).text
    assert "0 of 2 finished" in page
    assert ">Yn-1<" in page
    assert ">b<" in page


def test_a_second_part_without_a_name_adds_nothing_to_the_file(site: Site, client: FlaskClient) -> None:
    before = site.portal.task_ids()
    both = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n%s\r\n' % each
        for each in ((b"a.fna", b">a\nACGT\n"), (b"", b">b\nGGCC\n"))
    )
    answer = client.post("/", data=both + b"--edge--\r\n", content_type="multipart/form-data; boundary=edge")
    assert answer.status_code == 415
    assert (site.incoming(), site.portal.task_ids()) == ([], before)


def test_no_phone_greys_out_the_files_that_are_wanted(client: FlaskClient) -> None:
    """IOS knows none of the endings: with `accept` it offers nothing to choose."""
    fields = re.findall(r'<input type="file"[^>]*>', client.get("/").text)
    assert len(fields) == 1
    assert "accept" not in fields[0]
