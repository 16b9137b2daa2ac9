"""API keys: what they open, what they do not, where they are not to be found, and how they end."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.logs import formatter
from portal.files.api_keys import ApiKeyFiles
from portal.files.document import read_object, write_document
from portal.services.api_keys import MOST_KEYS
from portal.storage.file import FileTaskStore
from tests.builders import Site, make_site, write_heartbeat
from tests.web.api.front_server import OURS, SETTINGS, device, submit, told


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = make_site(tmp_path / "jobs", **SETTINGS)
    write_heartbeat(site.portal)
    return site


def make(site: Site, person: str = "alice", name: str = "notebook", **more: Any) -> TestResponse:
    return device(site, person).post("/api/keys", json={"name": name}, headers=OURS, **more)


def notebook(site: Site, key: str) -> FlaskClient:
    """Return a program far from the proxy that has a key."""
    return device(site, peer="192.0.2.9", x_api_key=key)


def test_a_key_is_shown_once_and_works_wherever_it_is(site: Site) -> None:
    made = make(site)
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    key = told(made)["key"]
    me = told(notebook(site, key).get("/api/me"))
    assert (me["person_id"], me["signed_in_by"]) == ("alice", "key")
    task_id = told(submit(notebook(site, key)))["task_id"]
    assert device(site, "alice").get(f"/api/tasks/{task_id}").status_code == 200
    listed = device(site, "alice").get("/api/keys")
    assert [row["name"] for row in told(listed)["keys"]] == ["notebook"]
    assert key not in listed.text
    assert key.rpartition(".")[2] not in device(site, "alice").get("/keys").text


@pytest.mark.parametrize("header", ["X-Api-Key", "Authorization"])
def test_both_headers_carry_a_key_also_for_changes(site: Site, header: str) -> None:
    key = told(make(site))["key"]
    headers = {header: key if header == "X-Api-Key" else f"Bearer {key}"}
    client = device(site, peer="192.0.2.9")
    task_id = told(submit(client, **headers))["task_id"]
    assert FileTaskStore(site.portal).get(task_id).owner
    assert client.get(f"/api/tasks/{task_id}", headers=headers).status_code == 200
    assert client.post(f"/api/tasks/{task_id}/cancel", headers=headers).status_code == 202
    assert client.delete(f"/api/tasks/{task_id}", headers=headers).status_code == 204


def test_a_token_and_a_key_go_together(site: Site) -> None:
    theirs = told(submit(device(site)))
    key = told(make(site))["key"]
    client, path = notebook(site, key), f"/api/tasks/{theirs['task_id']}"
    assert client.get(path).status_code == 404
    assert client.get(path, headers={"Authorization": f"Bearer {theirs['token']}"}).status_code == 200


def test_a_wrong_key_is_told_even_beside_a_right_token(site: Site) -> None:
    created = told(submit(device(site)))
    headers = {"Authorization": f"Bearer {created['token']}", "X-Api-Key": "btk.abcdefghijkl." + "x" * 43}
    assert device(site).get(f"/api/tasks/{created['task_id']}", headers=headers).status_code == 401


def test_a_revoked_key_opens_nothing_at_once(site: Site) -> None:
    made = told(make(site))
    assert notebook(site, made["key"]).get("/api/me").status_code == 200
    path = f"/api/keys/{made['key_id']}"
    assert device(site, "bob").delete(path, headers=OURS).status_code == 404
    assert device(site, "alice").delete(path, headers=OURS).status_code == 204
    for _ in range(2):
        answer = notebook(site, made["key"]).get("/api/me")
        assert (answer.status_code, told(answer)["type"]) == (401, "/errors/access.key")
    assert submit(notebook(site, made["key"])).status_code == 401
    assert device(site, "alice").delete(path, headers=OURS).status_code == 404
    ApiKeyFiles(site.portal).note_use(made["key_id"])
    assert not (site.portal.keys / made["key_id"]).exists()


@pytest.mark.parametrize("change", ["secret", "id", "cut", "longer", "case", "empty", "odd"])
def test_a_key_that_is_not_quite_one_is_none(site: Site, change: str) -> None:
    key = told(make(site))["key"]
    other = told(make(site, "bob"))["key"]
    start, key_id, secret = key.split(".")
    wrong = {
        "secret": f"{start}.{key_id}.{other.rpartition('.')[2]}",
        "id": f"{start}.{other.split('.')[1]}.{secret}",
        "cut": key[:-1],
        "longer": f"{key}A",
        "case": f"{start}.{key_id}.{secret.swapcase()}",
        "empty": "btk..",
        "odd": "btk.../../secret." + "x" * 43,
    }[change]
    for headers in ({"X-Api-Key": wrong}, {"Authorization": f"Bearer {wrong}"}):
        assert device(site, "alice").get("/api/me", headers=headers).status_code == 401
        assert device(site, "alice").get("/", headers=headers).status_code == 401


def test_wrong_keys_are_counted_by_network(tmp_path: Path) -> None:
    site = make_site(tmp_path / "jobs", **SETTINGS, WRONG_TOKENS_PER_MINUTE="3")
    wrong = "btk.abcdefghijkl." + "x" * 43
    codes = [notebook(site, wrong).get("/api/me").status_code for _ in range(5)]
    assert codes == [401, 401, 401, 429, 429]
    assert notebook(site, told(make(site))["key"]).get("/api/me").status_code == 200


def test_a_key_makes_no_keys_and_no_operators(site: Site) -> None:
    key = told(make(site, "olga@inst.example"))["key"]
    client = notebook(site, key)
    assert client.get("/api/keys").status_code == 403
    assert client.post("/api/keys", json={"name": "more"}, headers=OURS).status_code == 403
    assert client.delete(f"/api/keys/{key.split('.')[1]}", headers=OURS).status_code == 403
    assert client.get("/keys").status_code == 403
    assert client.get("/admin").status_code == 303
    assert told(client.get("/api/me"))["is_operator"] is False


def test_another_site_makes_and_revokes_nothing(site: Site) -> None:
    made = told(make(site))
    cross = {"Sec-Fetch-Site": "cross-site"}
    browser = device(site, "alice")
    assert browser.post("/api/keys", json={"name": "x"}, headers=cross).status_code == 401
    assert browser.post("/keys", data={"name": "x"}, headers=cross).status_code == 401
    assert browser.post(f"/keys/{made['key_id']}/revoke", headers=cross).status_code == 401
    assert browser.post("/api/keys", json={"name": "x"}).status_code == 403
    assert len(told(browser.get("/api/keys"))["keys"]) == 1


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "a\nb"])
def test_a_name_must_be_one_line(site: Site, name: str) -> None:
    answer = make(site, name=name)
    assert (answer.status_code, list(told(answer)["errors"])) == (422, ["name"])
    page = device(site, "alice").post("/keys", data={"name": name}, headers=OURS)
    assert (page.status_code, 'id="name-error"' in page.text) == (422, True)


def test_a_person_has_a_bounded_number_of_keys(site: Site) -> None:
    assert [make(site, name=str(n)).status_code for n in range(MOST_KEYS + 1)] == [201] * MOST_KEYS + [409]
    assert make(site, "bob").status_code == 201


def test_the_disk_and_the_log_hold_no_key(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        key = told(make(site))["key"]
        submit(notebook(site, key))
        notebook(site, key[:-1] + "A").get("/api/me")
        logging.getLogger("portal").error("a header that was logged: %s", key)
    secret = key.rpartition(".")[2]
    found = [path for path in site.portal.jobs.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()]
    assert found == []
    lines = [formatter("web", "text").format(record) for record in caplog.records]
    assert lines
    assert [line for line in lines if secret in line] == []


def test_a_key_file_of_another_person_or_portal_opens_nothing(site: Site, tmp_path: Path) -> None:
    made = told(make(site))
    path = site.portal.keys / made["key_id"] / "key.json"
    record = ApiKeyFiles(site.portal).read(made["key_id"])
    assert record is not None
    path.write_text(path.read_text().replace("alice", "olga@inst.example"))
    assert notebook(site, made["key"]).get("/api/me").status_code == 401
    write_document(path, record)
    assert notebook(site, made["key"]).get("/api/me").status_code == 200
    other = make_site(site.portal.jobs, **SETTINGS, PORTAL_SECRET="another secret of more than 32 bytes")
    assert notebook(other, made["key"]).get("/api/me").status_code == 401


def test_the_last_use_is_known_to_the_day(site: Site) -> None:
    made = told(make(site))
    assert told(device(site, "alice").get("/api/keys"))["keys"][0]["last_used"] is None
    notebook(site, made["key"]).get("/api/me")
    used = told(device(site, "alice").get("/api/keys"))["keys"][0]["last_used"]
    stored = read_object(site.portal.keys / made["key_id"] / "used.json")["last_used"]
    assert stored == f"{used}T00:00:00Z"


def test_the_page_makes_shows_and_revokes(site: Site) -> None:
    browser = device(site, "alice")
    assert browser.get("/keys").status_code == 200
    made = browser.post("/keys", data={"name": "R script"}, headers=OURS)
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    key = made.text.partition('value="btk.')[2].partition('"')[0]
    assert notebook(site, f"btk.{key}").get("/api/me").status_code == 200
    key_id = key.partition(".")[0]
    assert browser.post(f"/keys/{key_id}/revoke", headers=OURS).status_code == 303
    assert browser.post(f"/keys/{key_id}/revoke", headers=OURS).status_code == 303
    assert "R script" not in browser.get("/keys").text
    assert device(site).get("/keys").status_code == 401
