"""Names, tags, notes and metadata on the pages: plain forms, seen by whoever may, never HTML."""

from __future__ import annotations

import importlib.util
import io
import re
import zipfile
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.services.submission_keys import Access
from portal.web.context import context_of
from tests.builders import Site
from tests.web.batch import Batch
from tests.web.pages.conftest import Open
from tests.web.pages.grid_text import order_of, row, text

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def form(page: str) -> dict[str, Any]:
    """Return the values of the form as a browser would send them back."""
    values: dict[str, Any] = {"column": [], "value": []}
    values["revision"] = re.findall(r'name="revision" value="(\d+)"', page)[0]
    return values


def send(client: FlaskClient, address: str, **values: Any) -> TestResponse:
    page = client.get(address).text
    return client.post(f"{address}/annotations", data={**form(page), **values})


def test_the_form_of_a_strain_is_saved_and_shown(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    address = open_task(built)
    answer = send(
        client, address, name="North slope 7", tags="soil, 北坡；soil", note="first\r\nsecond",
        column=["site", "", "year"], value=["007", "", "2026"],
    )  # fmt: skip
    assert (answer.status_code, answer.location) == (303, address)
    page = client.get(address).text
    assert '<h1 class="filename"><bdi>North slope 7</bdi></h1>' in page
    assert built.task.filename in page
    assert re.findall(r'<li class="chip"><bdi>(.*?)</bdi>', page) == ["soil", "北坡"]
    assert "first\nsecond" in page
    assert "<dt><bdi>site</bdi></dt><dd><bdi>007</bdi></dd>" in page
    assert 'name="revision" value="1"' in page
    zh = client.get(f"{address}?lang=zh").text
    assert "备注仅您可见" in zh
    client.get(f"{address}?lang=en")


def test_a_viewer_has_no_form_and_no_note(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    send(client, open_task(built), name="Seen", note="secret thought", tags="soil")
    viewer = site.app.test_client()
    viewer.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    token = context_of(site.app).tasks.shares.token(built.task, Access.VIEW)
    viewer.post(f"/tasks/{built.task_id}/unlock", data={"token": token})
    page = viewer.get(f"/tasks/{built.task_id}").text
    assert ("Seen" in page, "soil" in page, "secret thought" in page, "annotations" in page) == (
        True,
        True,
        False,
        False,
    )
    assert viewer.get(f"/tasks/{built.task_id}/annotations").status_code == 404
    assert viewer.post(f"/tasks/{built.task_id}/annotations", data={"name": "mine", "revision": "1"}).status_code == 404


def test_hostile_text_never_becomes_html(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    address = open_task(built)
    long = "x" * 200
    send(client, address, name=HOSTILE, tags=long[:40], note=HOSTILE, column=[HOSTILE[:60]], value=[HOSTILE])
    page = client.get(address).text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 4
    wrong = send(client, address, name=HOSTILE * 20)
    assert (wrong.status_code, "<script>alert" in wrong.text) == (422, False)


def test_what_is_wrong_is_told_beside_its_field_and_nothing_typed_is_lost(
    site: Site, client: FlaskClient, open_task: Open
) -> None:
    address = open_task(site.task())
    answer = send(client, address, name="y" * 201, note="kept", column=["", "label"], value=["no column", "x"])
    assert answer.status_code == 422
    assert "a value has no column" in answer.text
    answer = send(client, address, name="y" * 201, note="kept", column=["label"], value=["x"])
    assert 'id="strain-name-error"' in answer.text
    assert "label is a fixed column" in answer.text
    assert "kept" in answer.text
    assert 'name="revision" value="0"' in client.get(address).text


def test_a_form_opened_before_another_devices_change_undoes_nothing(
    site: Site, client: FlaskClient, open_task: Open
) -> None:
    address = open_task(site.task())
    old = form(client.get(address).text)
    send(client, address, name="other device")
    late = client.post(f"{address}/annotations", data={**old, "name": "this device"})
    assert late.status_code == 412
    assert "have been changed meanwhile" in late.text
    assert "other device" in late.text
    assert 'value="this device"' in late.text
    assert "other device" in client.get(address).text
    again = client.post(f"{address}/annotations", data={**form(late.text), "name": "this device"})
    assert again.status_code == 303
    assert "this device" in client.get(address).text


def test_a_request_of_another_site_changes_nothing(site: Site, client: FlaskClient, open_task: Open) -> None:
    address = open_task(site.task())
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "none"}):
        answer = client.post(f"{address}/annotations", data={"name": "x", "revision": "0"}, headers=headers)
        assert answer.status_code == 403
    assert 'name="revision" value="0"' in client.get(address).text


def upload(client: FlaskClient, batch: Batch, data: bytes, **more: str) -> TestResponse:
    etag = re.findall(r'name="etag" value="(\w+)"', client.get(batch.page).text)[0]
    body = {"etag": etag, "file": (io.BytesIO(data), "x.csv"), **more}
    return client.post(f"{batch.page}/annotations", data=body, content_type="multipart/form-data")


def test_a_table_is_downloaded_edited_and_sent_back(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b")
    batch.put(1)
    batch.put(2)
    batch.open(client)
    got = client.get(f"{batch.page}/annotations?separator=semicolon")
    assert got.data.startswith(b"\xef\xbb\xbflabel;task_id;revision;name;tags;note\r\n")
    edited = got.data.replace(b";0;;;", b";0;Named;soil;").replace(b"tags;note", b"tags;note;site", 1)
    edited = b"\r\n".join(line + b";7" if n else line for n, line in enumerate(edited.splitlines())) + b"\r\n"
    done = upload(client, batch, edited)
    assert (done.status_code, "2 strains were changed" in done.text) == (200, True), done.text
    assert b"Named" in client.get(f"{batch.page}/annotations?separator=comma").data
    wrong = upload(client, batch, "label,name\na,苏\n".encode("gbk"))
    assert (wrong.status_code, "not UTF-8" in wrong.text) == (422, True)
    assert upload(client, batch, "label,name\na,苏\n".encode("gbk"), encoding="gbk").status_code == 200
    for workbook in (b"PK\x03\x04\x14\0\x06\0", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0"):
        wrong = upload(client, batch, workbook)
        assert (wrong.status_code, "“Save as” with the type “CSV UTF-8”" in wrong.text) == (422, True)
    wrong = upload(client, batch, b"label,name\nnobody,<script>\n<b>,x\n")
    assert re.findall(r"<li>(line .*?)</li>", wrong.text) == [
        "line 2: column label: no strain of this submission is called nobody",
        "line 3: column label: no strain of this submission is called &lt;b&gt;",
    ]


@pytest.mark.parametrize("act", ["page", "send"])
def test_a_viewer_of_a_submission_changes_nothing(site: Site, client: FlaskClient, act: str) -> None:
    batch = Batch(site, "a", "b")
    batch.put(1)
    batch.open(client, batch.view_token)
    assert 'id="annotate"' not in client.get(batch.page).text
    if act == "page":
        assert client.get(f"{batch.page}/annotations").status_code == 404
        assert b"note" not in client.get(f"{batch.page}/annotations?separator=comma").data
    else:
        body = {"etag": "x", "file": (io.BytesIO(b"label,name\na,x\n"), "x.csv")}
        answer = client.post(f"{batch.page}/annotations", data=body, content_type="multipart/form-data")
        assert answer.status_code == 404


def test_the_grid_shows_finds_and_sorts_what_owners_write(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b", "c")
    for n in (1, 2, 3):
        batch.put(n)
    batch.open(client)
    table = (
        "label,name,tags,note,height,status\na,Zoë,soil,hidden words,900,old\n"
        "b,Alp,Soil; North slope,,1000,new\nc,,,,50,=1+1\n"
    )
    assert upload(client, batch, table.encode()).status_code == 200
    page = client.get(batch.page).text
    assert ("Zoë" in row(page, 1), "hidden words" in row(page, 1)) == (True, False)
    assert text(row(page, 2)).startswith("Alp b Soil North slope")
    for find, found in {
        "tag:soil": [1, 2], 'tag:"north slope" tag:soil': [2], "标签：soil zoë": [1], "zoë": [1], "1000": [2],
        "tag:so": [], "hidden": [],
    }.items():  # fmt: skip
        assert order_of(client.get(batch.page, query_string={"find": find}).text) == found, find
    assert order_of(client.get(f"{batch.page}?sort=label").text) == [2, 3, 1]
    by = client.get(f"{batch.page}?by=metadata").text
    assert re.findall(r'data-key="(meta:\w+)"', by) == ["meta:height", "meta:status"]
    assert "=1+1" in row(by, 3)
    assert order_of(client.get(f"{batch.page}?by=metadata&sort=meta:height").text) == [3, 1, 2], "as numbers"
    assert order_of(client.get(f"{batch.page}?by=metadata&sort=meta:status").text) == [3, 2, 1], "not the state"
    table_of = client.get(f"{batch.page}/compare/table.csv?by=metadata").text
    assert table_of.splitlines()[0] == (
        "strain,label,task_id,conclusion,targets,toxins,meta_height,meta_status,"
        "genes_broken_count,genes_cut_count,genes_altered_count"
    )
    assert "'=1+1" in table_of
    data = client.get(f"{batch.page}/rows?by=metadata").get_json()
    assert data["rows"][1][9:11] == ["Alp", ["Soil", "North slope"]]
    assert data["rows"][1][11].startswith("Alp Soil North slope 1000 new ")


def test_the_tab_of_metadata_is_there_where_there_is_some(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b")
    batch.put(1)
    batch.open(client)
    assert "by=metadata" not in client.get(batch.page).text
    upload(client, batch, b"label,site\na,x\n")
    assert "by=metadata" in client.get(batch.page).text


def test_an_open_page_learns_of_a_change_at_its_next_look(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b")
    batch.put(1)
    batch.open(client)
    page = client.get(batch.page).text
    seen = {name: re.findall(rf'data-{name}="([^"]*)"', page)[0] for name in ("cursor", "annotated")}
    query = {"since": seen["cursor"], "annotated": seen["annotated"]}
    assert client.get(f"{batch.page}/changes", query_string=query).status_code == 204
    upload(client, batch, b"label,name\na,News\n")
    assert "News" in client.get(f"{batch.page}/changes", query_string=query).text
    tag = {"Authorization": f"Bearer {batch.token}"}
    first = client.get(f"{batch.api}/tasks", headers=tag)
    upload(client, batch, b"label,name\na,Later\n")
    again = client.get(f"{batch.api}/tasks", headers=tag | {"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_json()["rows"][0]["name"]) == (200, "Later")


def test_the_tasks_table_has_what_owners_write(site: Site, client: FlaskClient) -> None:
    batch = Batch(site, "a", "b")
    batch.put(1)
    batch.open(client)
    upload(client, batch, "label,name,tags,site\na,=Bär,soil; north,007\n".encode())
    rows = client.get(f"{batch.api}/tasks?format=json").get_json()["rows"]
    assert [(each["name"], each["tags"], each["meta_site"]) for each in rows] == [
        ("=Bär", "soil; north", "007"), (None, None, None),
    ]  # fmt: skip
    head, first, second = client.get(f"{batch.api}/tasks?format=csv").text.splitlines()
    assert head.endswith(",name,tags,meta_site")
    assert first.endswith(",'=Bär,soil; north,007")
    assert second.endswith(",,,")
    book = zipfile.ZipFile(io.BytesIO(client.get(f"{batch.api}/tasks?format=xlsx").data))
    words = b"".join(book.read(name) for name in book.namelist())
    assert b"meta_site" in words
    assert b"<f>" not in words, "no formula"
    if importlib.util.find_spec("pyarrow"):
        from pyarrow import BufferReader, parquet

        frame = parquet.read_table(BufferReader(client.get(f"{batch.api}/tasks?format=parquet").data))
        assert frame.column("meta_site").to_pylist() == ["007", None]
