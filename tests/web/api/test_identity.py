"""IDENTITY=header: who is believed to be whom, what people own, and what others get of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from portal.config import read_settings
from portal.domain.errors import InvalidRequest
from portal.domain.status import TaskStatus
from portal.files.audit import read_acts
from portal.files.people import PeopleRegister
from portal.files.task_index import TaskIndex
from portal.storage.file import FileTaskStore
from tests.builders import GENOME, Site, make_site, write_heartbeat
from tests.web.api.front_server import ELSEWHERE, OURS, PROXY, SETTINGS, device, submit, told


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = make_site(tmp_path / "jobs", **SETTINGS)
    write_heartbeat(site.portal)
    return site


def index(site: Site) -> None:
    """Let the poller's index know all tasks."""
    index, store = TaskIndex(site.portal), FileTaskStore(site.portal)
    for task_id in site.portal.task_ids():
        index.note(store.get(task_id))
    index.rebuild()


@pytest.mark.parametrize(
    ("proxies", "peer", "believed"),
    [
        ("10.0.0.0/8", PROXY, True),
        ("10.0.0.0/8", ELSEWHERE, False),
        ("10.0.0.0/8", "", True),  # a Unix socket, which only the proxy can open
        ("1", "", True),
        ("1", PROXY, False),  # a count says nothing about who is there
        ("1", "127.0.0.1", False),
        ("::ffff:0:0/96, 10.0.0.0/8", "::ffff:10.1.2.3", True),
    ],
)
def test_only_a_trusted_proxy_says_who_it_is(tmp_path: Path, proxies: str, peer: str, believed: bool) -> None:
    site = make_site(tmp_path / "jobs", **{**SETTINGS, "TRUSTED_PROXIES": proxies})
    for forwarded in ({}, {"x_forwarded_for": "10.9.9.9"}):
        answer = device(site, "alice", peer=peer, **forwarded).get("/api/me")
        assert answer.status_code == (200 if believed else 401)
    task_id = told(submit(device(site, "alice", peer=peer)))["task_id"]
    assert bool(FileTaskStore(site.portal).get(task_id).owner) is believed


def test_a_person_is_told_who_they_are(site: Site) -> None:
    answer = device(site, "李雷@inst.example".encode().decode("latin-1")).get("/api/me")
    assert answer.headers["Cache-Control"] == "no-store"
    assert told(answer)["person_id"] == "李雷@inst.example"
    assert told(answer)["signed_in_by"] == "header"
    assert told(answer)["is_operator"] is False
    assert told(device(site, "olga@inst.example").get("/api/me"))["is_operator"] is True


@pytest.mark.parametrize("person", ["", "-", "(null)", " "])
def test_nobody_is_nobody(site: Site, person: str) -> None:
    assert device(site, person).get("/api/me").status_code == 401
    assert device(site, person).get("/work").status_code == 401


@pytest.mark.parametrize("person", ["alice,bob", "a b", "a\x01b", "x" * 201])
def test_what_cannot_be_one_person_is_refused(site: Site, person: str) -> None:
    """A proxy that adds its header to the client's own leaves both, joined by a comma."""
    answer = device(site, person).get("/api/me")
    assert (answer.status_code, told(answer)["type"]) == (400, "/errors/access.identity")
    assert submit(device(site, person)).status_code == 400
    page = device(site, person).get("/")
    assert page.status_code == 400
    assert "<h1>" in page.text


def test_an_owner_opens_a_task_on_every_device_without_a_token(site: Site) -> None:
    task_id = told(submit(device(site, "alice")))["task_id"]
    for path in (f"/api/tasks/{task_id}", f"/api/tasks/{task_id}/log", f"/api/tasks/{task_id}/ticket"):
        assert device(site, "alice").get(path).status_code == 200, path
        assert device(site, "bob").get(path).status_code == 404, path
        assert device(site).get(path).status_code == 401, path
        assert device(site, "alice", peer=ELSEWHERE).get(path).status_code == 401, path
    page = device(site, "alice").get(f"/tasks/{task_id}")
    assert page.status_code == 200
    token = site.keyring.token_of(FileTaskStore(site.portal).get(task_id))
    assert f"#token={token}" in page.text
    assert device(site, "bob").get(f"/tasks/{task_id}").status_code == 404
    stale = device(site, "alice")
    stale.set_cookie("bttoxin_token", "x" * 43, path=f"/api/tasks/{task_id}")
    assert stale.get(f"/api/tasks/{task_id}").status_code == 200


def test_a_task_of_nobody_stays_with_its_token(site: Site) -> None:
    created = told(submit(device(site)))
    path = f"/api/tasks/{created['task_id']}"
    assert device(site, "alice").get(path).status_code == 404
    bearer = {"Authorization": f"Bearer {created['token']}"}
    assert device(site, "alice").get(path, headers=bearer).status_code == 200


def test_an_owner_changes_a_task_from_our_own_pages_alone(site: Site) -> None:
    task_id = told(submit(device(site, "alice")))["task_id"]
    path = f"/api/tasks/{task_id}/cancel"
    cross, own = {"Sec-Fetch-Site": "cross-site"}, {"Origin": "http://localhost"}
    assert device(site, "alice").post(path, headers=cross).status_code == 401  # it counts as nobody's
    assert device(site, "alice").post(path, headers={"Origin": "https://evil.example"}).status_code == 401
    assert device(site, "alice").post(path).status_code == 403
    assert device(site, "bob").post(path, headers=OURS).status_code == 404
    assert device(site, "alice").post(path, headers=own).status_code == 202
    assert device(site, "alice").delete(f"/api/tasks/{task_id}", headers=OURS).status_code == 204


def test_another_site_submits_nothing_in_a_persons_name(site: Site) -> None:
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        task_id = told(submit(device(site, "alice"), **headers))["task_id"]
        assert FileTaskStore(site.portal).get(task_id).owner == ""


def test_the_disk_has_a_pseudonym_and_one_register(site: Site) -> None:
    task_id = told(submit(device(site, "alice")))["task_id"]
    task = FileTaskStore(site.portal).get(task_id)
    assert task.owner == task.submitter == told(device(site, "alice").get("/api/me"))["pseudonym"]
    named = [path for path in site.portal.jobs.rglob("*") if path.is_file() and b"alice" in path.read_bytes()]
    assert named == [site.portal.people / f"{task.owner}.json"]
    assert PeopleRegister(site.portal).person_id(task.owner) == "alice"
    assert PeopleRegister(site.portal).person_id("../../secret") is None


def test_my_work_lists_what_i_own_and_nothing_else(site: Site) -> None:
    mine = [told(submit(device(site, "alice"), name))["task_id"] for name in ("one.fna", "two.fna")]
    submit(device(site, "bob"), "theirs.fna")
    submit(device(site), "nobodys.fna")
    index(site)
    listed = told(device(site, "alice").get("/api/me/tasks"))
    assert sorted(row["task_id"] for row in listed["tasks"]) == sorted(mine)
    assert {row["submission_id"] for row in listed["tasks"]} == {None}
    assert (listed["total"], listed["pages"]) == (2, 1)
    first = told(device(site, "alice").get("/api/me/tasks?size=1"))
    second = told(device(site, "alice").get("/api/me/tasks?size=1&page=2"))
    assert {first["tasks"][0]["task_id"], second["tasks"][0]["task_id"]} == set(mine)
    assert told(device(site, "carol").get("/api/me/tasks"))["tasks"] == []
    assert device(site, "alice").get("/api/me/tasks?size=0").status_code == 422
    page = device(site, "alice").get("/work")
    assert page.status_code == 200
    assert ("one.fna" in page.text, "two.fna" in page.text) == (True, True)
    assert ("theirs.fna" in page.text, "nobodys.fna" in page.text) == (False, False)
    assert 'href="/work" aria-current="page"' in page.text
    device(site, "alice").delete(f"/api/tasks/{mine[0]}", headers=OURS)
    assert "one.fna" not in device(site, "alice").get("/work").text


def test_a_submission_is_its_owners_on_every_device(site: Site) -> None:
    item = {"label": "strain 1", "size": len(GENOME), "sha256": hashlib.sha256(GENOME).hexdigest()}
    announced = device(site, "alice").post("/api/submissions", json={"items": [item], "label": "My plate"})
    submission_id = told(announced)["submission_id"]
    path = f"/api/submissions/{submission_id}"
    assert device(site, "bob").put(f"{path}/items/1", data=GENOME, headers=OURS).status_code == 404
    sent = device(site, "alice").put(f"{path}/items/1", data=GENOME, headers=OURS)
    assert sent.status_code == 201, sent.text
    index(site)
    assert device(site, "alice").get(path).status_code == 200
    assert device(site, "bob").get(path).status_code == 404
    assert device(site).get(path).status_code == 401
    assert "My plate" in device(site, "alice").get(f"/submissions/{submission_id}").text
    work = device(site, "alice").get("/work").text
    assert ("My plate" in work, "strain 1.fna" in work) == (True, False)
    rows = told(device(site, "alice").get("/api/me/tasks"))["tasks"]
    assert [row["submission_id"] for row in rows] == [submission_id]
    assert device(site, "alice").get(f"/tasks/{rows[0]['task_id']}").status_code == 200


def test_limits_count_accounts_wherever_they_sit(tmp_path: Path) -> None:
    site = make_site(tmp_path / "jobs", **SETTINGS, CLIENT_MAX_WAITING="1")
    assert submit(device(site, "alice", x_forwarded_for="192.0.2.1")).status_code == 201
    assert submit(device(site, "alice", x_forwarded_for="192.0.2.2")).status_code == 429
    assert submit(device(site, "bob", x_forwarded_for="192.0.2.1")).status_code == 201
    assert submit(device(site, x_forwarded_for="192.0.2.1")).status_code == 201


def test_a_key_of_idempotency_is_the_persons_on_every_device(site: Site) -> None:
    key = {"Idempotency-Key": "cell-7"}
    first = told(submit(device(site, "alice", x_forwarded_for="192.0.2.1"), **key))
    again = told(submit(device(site, "alice", x_forwarded_for="192.0.2.2"), **key))
    other = told(submit(device(site, "bob", x_forwarded_for="192.0.2.1"), **key))
    assert first["task_id"] == again["task_id"] != other["task_id"]


def test_operators_act_under_their_names(site: Site) -> None:
    task_id = told(submit(device(site, "alice")))["task_id"]
    assert device(site, "olga@inst.example").get("/admin").status_code == 200
    asked = device(site, "olga@inst.example").get("/admin/login?next=/admin/tasks")
    assert (asked.status_code, asked.headers["Location"]) == (303, "/admin/tasks")
    act = device(site, "olga@inst.example").post(f"/admin/tasks/{task_id}/cancel", headers=OURS)
    assert act.status_code == 303
    assert act.headers["Location"].endswith(f"/admin/tasks/{task_id}?done=cancel")
    assert device(site, "otto").post("/admin/drain", headers=OURS).status_code == 303
    acts = [(act["by"], act["action"]) for act in read_acts(site.portal)]
    assert acts == [("olga@inst.example", "cancel"), ("otto", "drain")]
    foreign = device(site, "otto").post("/admin/resume", headers={"Sec-Fetch-Site": "cross-site"})
    assert foreign.status_code == 403
    assert "olga@inst.example" in device(site, "otto").get("/admin/log").text


@pytest.mark.parametrize("person", ["alice", "Olga@inst.example", ""])
def test_others_do_not_get_to_the_admin_pages(site: Site, person: str) -> None:
    for path in ("/admin", "/admin/tasks", "/admin/log"):
        answer = device(site, person).get(path)
        assert (answer.status_code, "/admin/login" in answer.headers["Location"]) == (303, True)
    assert device(site, person).post("/admin/drain", headers=OURS).headers["Location"].startswith("/admin/login")
    for secret in ("", "x" * 20):
        answer = device(site, person).post("/admin/login", data={"secret": secret}, headers=OURS)
        assert (answer.status_code, answer.headers.get("Set-Cookie")) == (403, None)
    assert list(read_acts(site.portal)) == []


def test_a_secret_still_opens_the_admin_pages_beside_operators(tmp_path: Path) -> None:
    site = make_site(tmp_path / "jobs", **SETTINGS, ADMIN_SECRET="the secret of the operators")
    browser = device(site, "alice")
    assert 'type="password"' in browser.get("/admin/login").text
    browser.post("/admin/login", data={"secret": "the secret of the operators"}, headers=OURS)
    assert browser.get("/admin").status_code == 200


def test_without_identity_nothing_has_changed(tmp_path: Path) -> None:
    site = make_site(tmp_path / "jobs", TRUSTED_PROXIES="10.0.0.0/8")
    for path in ("/api/me", "/api/me/tasks", "/work", "/admin"):
        assert device(site, "alice").get(path).status_code == 404
    task_id = told(submit(device(site, "alice")))["task_id"]
    assert FileTaskStore(site.portal).get(task_id).owner == ""
    assert not site.portal.people.exists()
    assert device(site, "alice").get(f"/api/tasks/{task_id}").status_code == 401
    assert "/work" not in device(site, "alice").get("/").text
    assert "/api/me" not in told(device(site).get("/api/openapi.json"))["paths"]
    index(site)
    assert [len(line.split("\t")) for line in site.portal.task_index.read_text().splitlines()[1:]] == [6]


@pytest.mark.parametrize(
    ("variables", "field"),
    [
        ({"IDENTITY": "header"}, "TRUSTED_PROXIES"),
        ({"IDENTITY": "header", "TRUSTED_PROXIES": "0"}, "TRUSTED_PROXIES"),
        ({"OPERATORS": "olga"}, "OPERATORS"),
        ({**SETTINGS, "OPERATORS": "olga otto"}, "OPERATORS"),
        ({**SETTINGS, "IDENTITY_HEADER": "X Remote User"}, "IDENTITY_HEADER"),
        ({**SETTINGS, "IDENTITY_HEADER": "X_Remote_User"}, "IDENTITY_HEADER"),
        ({"IDENTITY": "headers"}, "IDENTITY"),
    ],
)
def test_settings_that_would_trust_the_wrong_end_the_start(variables: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_settings(variables)
    assert list(refused.value.errors) == [field]


def test_the_completed_task_of_a_person_opens_with_all_its_results(site: Site) -> None:
    owner = told(device(site, "alice").get("/api/me"))["pseudonym"]
    built = site.task(TaskStatus.COMPLETED, owner=owner)
    names = [file["name"] for file in told(device(site, "alice").get(f"/api/tasks/{built.task_id}/results"))["files"]]
    assert names
    for name in names[:3]:
        path = f"/api/tasks/{built.task_id}/results/{name}"
        assert device(site, "alice").get(path).status_code == 200
        assert device(site, "bob").get(path).status_code == 404


def test_people_share_what_they_own_without_its_token(site: Site) -> None:
    alice, bob = device(site, "alice"), device(site, "bob")
    place = f"/api/tasks/{told(submit(alice, **OURS))['task_id']}"
    asked = {"ends": "2031-01-31", "label": "Bob"}
    made = alice.post(f"{place}/shares", json=asked, headers=OURS)
    assert made.status_code == 201, made.text
    head = {"Authorization": f"Bearer {told(made)['token']}"}
    assert (bob.get(place).status_code, bob.get(place, headers=head).status_code) == (404, 200)
    assert bob.post(f"{place}/shares", json=asked, headers=OURS).status_code == 404
    assert alice.post(f"{place}/shares", json=asked).status_code == 403, "from a page of another site"
    assert alice.delete(f"{place}/shares/1", headers=OURS).status_code == 204
    assert bob.get(place, headers=head).status_code == 404
