"""Shares of a task or submission: who may make one, what it opens, and that nothing is open once it is taken back."""

from __future__ import annotations

import errno
import json
import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from portal.domain.status import TaskStatus
from portal.files import shares as shares_files
from portal.files.document import read_document
from portal.files.shares import MOST_LISTED, ShareList
from portal.services import shares as shares_service
from portal.services.secret_mark import forget_secret
from portal.services.submission_keys import Access
from portal.web.context import context_of
from tests.builders import Site, make_site
from tests.web.batch import Batch
from tests.web.guests import bearer


def today() -> date:
    return datetime.now(UTC).date()


def in_days(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


@dataclass(frozen=True)
class Shared:
    """A task or a submission: its address, its tokens, and where its shares lie."""

    client: FlaskClient
    address: str
    token: str
    view_token: str
    folder: Path

    def make(self, ends: str = "", label: str = "", token: str = "") -> Any:
        body = {"ends": ends or in_days(30), "label": label}
        return self.client.post(f"{self.address}/shares", json=body, headers=bearer(token or self.token))

    def list(self) -> list[dict[str, Any]]:
        answer = self.client.get(f"{self.address}/shares", headers=bearer(self.token))
        assert answer.status_code == 200, answer.text
        shares: list[dict[str, Any]] = answer.get_json()["shares"]
        return shares

    def revoke(self, n: int | str) -> int:
        return self.client.delete(f"{self.address}/shares/{n}", headers=bearer(self.token)).status_code

    def status(self, token: str) -> int:
        return self.client.get(self.address, headers=bearer(token)).status_code

    @property
    def list_file(self) -> Path:
        return self.folder / "shares" / "shares.json"


@pytest.fixture(params=["task", "submission"])
def shared(request: pytest.FixtureRequest, site: Site, client: FlaskClient) -> Shared:
    if request.param == "task":
        built = site.task()
        view = context_of(site.app).tasks.shares.token(built.task, Access.VIEW)
        folder = site.portal.task(built.task_id).path
        return Shared(client, f"/api/tasks/{built.task_id}", built.token, view, folder)
    batch = Batch(site, "a")
    batch.put(1)
    folder = site.portal.own / "submissions" / batch.id
    return Shared(client, batch.api, batch.token, batch.view_token, folder)


def test_a_share_reads_and_changes_nothing_until_it_is_taken_back(shared: Shared) -> None:
    made = shared.make(label="Réviseurs 组")
    body = made.get_json()
    assert (made.status_code, made.headers["Cache-Control"]) == (201, "no-store")
    assert (body["n"], body["label"], body["ends"], body["is_open"]) == (1, "Réviseurs 组", in_days(30), True)
    assert body["token"] not in (shared.token, shared.view_token)
    assert shared.status(body["token"]) == 200
    assert shared.client.delete(shared.address, headers=bearer(body["token"])).status_code == 404
    assert shared.client.post(f"{shared.address}/cancel", headers=bearer(body["token"])).status_code == 404

    assert shared.revoke(1) == 204
    assert shared.status(body["token"]) == shared.status("x" * 43) == 404
    assert shared.revoke(1) == 204, "twice is no error"
    [listed] = shared.list()
    assert (listed["is_open"], "token" in listed) == (False, False)
    assert listed["last_used"] is not None
    assert listed["revoked_at"] >= listed["created_at"]
    assert [shared.status(token) for token in (shared.token, shared.view_token)] == [200, 200]


def test_a_closed_share_and_a_wrong_token_are_answered_alike(shared: Shared) -> None:
    token = shared.make().get_json()["token"]
    shared.revoke(1)
    answers = [shared.client.get(shared.address, headers=bearer(each)) for each in (token, "x" * 43)]
    assert answers[0].get_json() == answers[1].get_json()


def test_a_share_ends_after_its_last_day(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    token = shared.make(ends=in_days(3)).get_json()["token"]
    for days, status in ((3, 200), (4, 404), (400, 404)):
        monkeypatch.setattr(shares_service, "_today", lambda days=days: today() + timedelta(days=days))
        assert shared.status(token) == status, days
    [listed] = shared.list()
    assert (listed["is_open"], listed["revoked_at"]) == (False, None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "ends"),
        ({"ends": None}, "ends"),
        ({"ends": ""}, "ends"),
        ({"ends": "tomorrow"}, "ends"),
        ({"ends": 7}, "ends"),
        ({"ends": "2027-02-30"}, "ends"),
        ({"ends": "1999-01-01"}, "ends"),
        ({"ends": "9999-12-31"}, "ends"),
        ({"ends": "2027-01-01T10:00:00Z"}, "ends"),
        ({"ends": "NEXT", "label": "x" * 101}, "label"),
        ({"ends": "NEXT", "label": "a\nb"}, "label"),
        ({"ends": "NEXT", "label": 7}, "label"),
        ({"ends": "NEXT", "days": 7}, "days"),
    ],
)
def test_what_is_no_share_is_refused_by_field_and_leaves_nothing(
    shared: Shared, body: dict[str, Any], field: str
) -> None:
    sent = {name: in_days(1) if value == "NEXT" else value for name, value in body.items()}
    answer = shared.client.post(f"{shared.address}/shares", json=sent, headers=bearer(shared.token))
    assert (answer.status_code, list(answer.get_json()["errors"])) == (422, [field]), answer.text
    assert shared.list() == []
    assert not shared.list_file.exists()


def test_a_request_that_comes_again_with_its_key_makes_no_second_share(shared: Shared) -> None:
    def make(key: str, label: str = "Bob") -> Any:
        headers = {**bearer(shared.token), "Idempotency-Key": key}
        body = {"ends": in_days(30), "label": label}
        return shared.client.post(f"{shared.address}/shares", json=body, headers=headers)

    first, again = make("k1"), make("k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert make("k2").get_json()["token"] != first.get_json()["token"]
    other = make("k1", "Eve")
    assert (other.status_code, other.get_json()["type"]) == (422, "/errors/share.other_content")
    assert make("k 3").status_code == 422
    assert [share["n"] for share in shared.list()] == [2, 1]
    shared.revoke(1)
    closed = make("k1")
    assert (closed.status_code, closed.get_json()["type"]) == (409, "/errors/share.made_and_closed")
    assert (shared.status(first.get_json()["token"]), make("k2").status_code) == (404, 201)
    assert [share["is_open"] for share in shared.list()] == [True, False]


def test_only_the_owner_sees_makes_and_takes_back(shared: Shared) -> None:
    token = shared.make().get_json()["token"]
    for reader in (token, shared.view_token, "x" * 43):
        head = bearer(reader)
        assert shared.make(token=reader).status_code == 404
        assert shared.client.get(f"{shared.address}/shares", headers=head).status_code == 404
        assert shared.client.delete(f"{shared.address}/shares/1", headers=head).status_code == 404
        assert shared.client.post(f"{shared.address}/view-token", headers=head).status_code == 404
    assert shared.client.get(f"{shared.address}/shares").status_code == 401
    assert [share["is_open"] for share in shared.list()] == [True]


@pytest.mark.parametrize("n", ["0", "2", "-1", "1.0", "01", "x", "\uff19", "999999999999999999999"])
def test_a_share_that_does_not_exist_cannot_be_taken_back(shared: Shared, n: str) -> None:
    shared.make()
    assert shared.revoke(n) == 404
    assert [share["is_open"] for share in shared.list()] == [True]


def test_the_standing_view_token_stays_until_it_is_replaced_and_shares_stay_then(shared: Shared) -> None:
    share = shared.make().get_json()["token"]
    assert shared.status(shared.view_token) == 200
    replaced = shared.client.post(f"{shared.address}/view-token", headers=bearer(shared.token))
    assert (replaced.status_code, replaced.headers["Cache-Control"]) == (200, "no-store")
    fresh = replaced.get_json()["view_token"]
    assert [shared.status(token) for token in (shared.view_token, fresh, share, shared.token)] == [404, 200, 200, 200]


def test_no_token_is_on_the_disk_and_numbers_are_never_used_again(shared: Shared) -> None:
    tokens = [shared.make(label=f"l{n}").get_json()["token"] for n in range(3)]
    shared.revoke(2)
    assert [(share["n"], share["label"]) for share in shared.list()] == [(3, "l2"), (2, "l1"), (1, "l0")]
    assert [shared.status(token) for token in tokens] == [200, 404, 200]
    stored = b"".join(path.read_bytes() for path in shared.folder.rglob("*") if path.is_file())
    assert not [token for token in (*tokens, shared.token, shared.view_token) if token.encode() in stored]


@pytest.mark.parametrize(
    "change",
    [
        {"ends": "2035-01-01"},
        {"nonce": "A" * 22},
        {"n": 7},
        {"revoked_at": "2026-11-26T00:00:00Z"},
    ],
)
def test_a_record_that_something_changed_opens_nothing(shared: Shared, change: dict[str, Any]) -> None:
    token = shared.make().get_json()["token"]
    value = json.loads(shared.list_file.read_bytes())
    value["shares"][0] |= change
    shared.list_file.write_text(json.dumps(value))
    assert shared.status(token) == 404


def test_the_record_of_one_opens_no_other(site: Site, client: FlaskClient) -> None:
    first, other = site.task(), site.task()
    made = client.post(f"/api/tasks/{first.task_id}/shares", json={"ends": in_days(1)}, headers=first.bearer)
    folders = [site.portal.task(built.task_id).path / "shares" for built in (first, other)]
    folders[1].mkdir()
    (folders[1] / "shares.json").write_bytes((folders[0] / "shares.json").read_bytes())
    token = made.get_json()["token"]
    statuses = [
        client.get(f"/api/tasks/{built.task_id}", headers=bearer(token)).status_code for built in (first, other)
    ]
    assert statuses == [200, 404]


@pytest.mark.parametrize("content", [b"{", b'{"jobs": [], "format": 1}'])
def test_a_damaged_list_closes_every_link_and_the_next_share_mends_it(shared: Shared, content: bytes) -> None:
    before = shared.make().get_json()["token"]
    shared.list_file.write_bytes(content)
    assert [shared.status(token) for token in (before, shared.view_token, shared.token)] == [404, 404, 200]
    assert shared.list() == []
    after = shared.make().get_json()["token"]
    assert [shared.status(token) for token in (before, shared.view_token, after)] == [404, 404, 200]
    assert read_document(shared.list_file, ShareList).generation > 2**32


def test_a_list_longer_than_the_portal_writes_opens_nothing(shared: Shared) -> None:
    token = shared.make().get_json()["token"]
    assert shared.status(token) == 200
    forged = json.loads(shared.list_file.read_text())
    forged["shares"] = [{**forged["shares"][0], "n": n} for n in range(1, MOST_LISTED + 2)]
    shared.list_file.write_text(json.dumps(forged))
    assert shared.status(token) == 404


def test_a_list_of_a_newer_version_is_left_alone(shared: Shared) -> None:
    token = shared.make().get_json()["token"]
    newer = json.dumps({**json.loads(shared.list_file.read_bytes()), "format": 99})
    shared.list_file.write_text(newer)
    assert [shared.status(each) for each in (token, shared.view_token, shared.token)] == [503, 503, 200]
    assert (shared.make().status_code, shared.revoke(1)) == (503, 503)
    assert shared.list_file.read_text() == newer


def test_while_the_disk_does_not_answer_nobody_is_called_wrong(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(shares_files, "read_document", silent)
    answer = shared.client.get(shared.address, headers=bearer(shared.view_token))
    assert (answer.status_code, shared.status(shared.token)) == (503, 200)
    assert answer.get_json()["type"] == "/errors/health.disk_unreachable"


def test_unknown_fields_survive_a_change(shared: Shared) -> None:
    shared.make()
    value = json.loads(shared.list_file.read_bytes())
    value["shares"][0]["colour"] = value["mood"] = "blue"
    shared.list_file.write_text(json.dumps(value))
    shared.revoke(1)
    kept = json.loads(shared.list_file.read_bytes())
    assert (kept["mood"], kept["shares"][0]["colour"]) == ("blue", "blue")


def test_something_else_in_place_of_the_folder_is_not_followed(shared: Shared, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.mkdir()
    (shared.folder / "shares").symlink_to(target)
    assert shared.make().status_code == 404
    assert list(target.iterdir()) == []
    assert shared.status(shared.token) == 200


def test_there_is_a_limit_of_open_shares_and_closed_ones_give_way(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shares_service, "MOST_SHARES", 3)
    for _ in range(3):
        assert shared.make().status_code == 201
    full = shared.make()
    assert (full.status_code, full.get_json()["type"]) == (409, "/errors/share.too_many")
    shared.revoke(2)
    assert shared.make().status_code == 201
    assert [share["n"] for share in shared.list()] == [4, 3, 1]


def test_shares_made_at_once_all_stay(shared: Shared) -> None:
    app, made = shared.client.application, []

    def make(n: int) -> None:
        answer = app.test_client().post(
            f"{shared.address}/shares", json={"ends": in_days(9), "label": f"{n}"}, headers=bearer(shared.token)
        )
        made.append(answer.get_json()["token"])

    threads = [threading.Thread(target=make, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(share["n"] for share in shared.list()) == list(range(1, 9))
    assert [shared.status(token) for token in made] == [200] * 8


def test_a_share_of_a_submission_opens_its_tasks_and_no_others(site: Site, client: FlaskClient) -> None:
    batch, stranger = Batch(site, "a", "b"), site.task()
    batch.put(1)
    made = client.post(f"{batch.api}/shares", json={"ends": in_days(1)}, headers=bearer(batch.token)).get_json()
    head = bearer(made["token"])
    places = (f"/api/tasks/{batch.task_id(1)}", f"/api/tasks/{batch.task_id(1)}/bundle", f"{batch.api}/bundle")
    assert [client.get(place, headers=head).status_code for place in places] == [200, 200, 200]
    assert client.get(f"/api/tasks/{stranger.task_id}", headers=head).status_code == 404
    assert client.delete(f"{batch.api}/shares/1", headers=bearer(batch.token)).status_code == 204
    assert [client.get(place, headers=head).status_code for place in places] == [404, 404, 404]


def test_a_ticket_ends_with_the_share_it_came_by(site: Site, client: FlaskClient) -> None:
    pair = [site.task(), site.task()]
    tokens, tickets = [], []
    for built in pair:
        place = f"/api/tasks/{built.task_id}"
        tokens.append(
            client.post(f"{place}/shares", json={"ends": in_days(1)}, headers=built.bearer).get_json()["token"]
        )
        tickets.append(client.get(f"{place}/ticket", headers=bearer(tokens[-1])).get_json()["ticket"])

    def compare(keys: list[str]) -> int:
        asked = [{"task_id": built.task_id, "token": key} for built, key in zip(pair, keys, strict=True)]
        return client.post("/api/compare", json={"tasks": asked, "file": "compare.json"}).status_code

    assert (compare(tokens), compare(tickets)) == (200, 200)
    client.delete(f"/api/tasks/{pair[0].task_id}/shares/1", headers=pair[0].bearer)
    assert (compare(tokens), compare(tickets)) == (404, 404)


def test_a_deleted_task_takes_its_shares_along(site: Site, client: FlaskClient) -> None:
    built = site.task(TaskStatus.RUNNING)
    place = f"/api/tasks/{built.task_id}"
    token = client.post(f"{place}/shares", json={"ends": in_days(1)}, headers=built.bearer).get_json()["token"]
    assert client.delete(place, headers=built.bearer).status_code == 204
    assert client.get(place, headers=bearer(token)).status_code == 404
    assert client.post(f"{place}/shares", json={"ends": in_days(1)}, headers=built.bearer).status_code == 404


def test_a_new_secret_closes_every_share(shared: Shared, site: Site) -> None:
    token = shared.make().get_json()["token"]
    forget_secret(site.portal)  # as `btportal admin new-secret` does
    other = make_site(site.settings.JOBS_DIR, PORTAL_SECRET="another secret of thirty-two bytes")
    assert other.app.test_client().get(shared.address, headers=bearer(token)).status_code == 404


def test_the_use_is_written_once_a_day(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    token = shared.make(ends=in_days(30)).get_json()["token"]
    assert shared.list()[0]["last_used"] is None
    shared.status(token)
    use = shared.folder / "shares" / "used_1.json"
    first = use.stat().st_ino
    shared.status(token)
    assert use.stat().st_ino == first
    monkeypatch.setattr(shares_service, "_today", lambda: today() + timedelta(days=2))
    shared.status(token)
    assert shared.list()[0]["last_used"] == in_days(2)
