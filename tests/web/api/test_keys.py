"""S5, S8: whose an Idempotency-Key is, what it promises, who may still come, and what a forged record opens."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.status import TaskStatus
from portal.poller.fair_queue import fair_order
from portal.services.secrets import token_hash
from portal.storage.file import FileTaskStore
from portal.web.context import context_of
from tests.builders import GENOME, Site, make_site, write_heartbeat

HOME, LAB, SAME_LAB = "192.0.2.7", "2001:db8:1:2::7", "2001:db8:1:2:ffff::9"


def submit(
    client: FlaskClient, *, by: str = HOME, key: str | None = None, name: str = "a.fna", agent: str = "x", **fields: Any
) -> TestResponse:
    headers = {"User-Agent": agent, **({"Idempotency-Key": key} if key else {})}
    data = {"file": (io.BytesIO(fields.pop("genome", GENOME)), name), **fields}
    return client.post("/api/tasks", data=data, headers=headers, environ_base={"REMOTE_ADDR": by})


def told(answer: TestResponse) -> Mapping[str, Any]:
    assert answer.json is not None, answer.text
    return answer.json  # type: ignore[no-any-return]


def test_the_same_key_and_genome_of_two_clients_are_two_tasks(client: FlaskClient, site: Site) -> None:
    mine, theirs = submit(client, key="cell-7"), submit(client, key="cell-7", by=LAB)
    assert (mine.status_code, theirs.status_code) == (201, 201)
    assert told(mine)["task_id"] != told(theirs)["task_id"]
    assert told(mine)["token"] != told(theirs)["token"]
    assert told(submit(client, key="cell-7", by=SAME_LAB))["task_id"] == told(theirs)["task_id"]


def test_a_key_leads_to_a_new_token_when_its_task_is_gone(client: FlaskClient, site: Site) -> None:
    first = told(submit(client, key="cell-7"))
    shutil.rmtree(site.portal.task(first["task_id"]).path)
    second = submit(client, key="cell-7")
    assert second.status_code == 201
    assert told(second)["token"] != first["token"]
    bearer = {"Authorization": f"Bearer {first['token']}"}
    assert client.get(f"/api/tasks/{told(second)['task_id']}", headers=bearer).status_code == 404


@pytest.mark.parametrize(
    "change",
    [{"name": "b.fna"}, {"submission": "other"}, {"lang": "zh"}, {"min_coverage": "0.3"}, {"genome": b">b\nA"}],
)
def test_everything_that_was_sent_belongs_to_the_key(client: FlaskClient, site: Site, change: dict[str, Any]) -> None:
    assert submit(client, key="cell-7", submission="mine").status_code == 201
    again = submit(client, **{"key": "cell-7", "submission": "mine", **change})
    assert again.status_code == 422
    assert told(again)["type"] == "/errors/task.key_reused"
    assert len(site.portal.task_ids()) == 1


@pytest.mark.parametrize("field", [False, True])
def test_a_repeat_is_answered_when_nothing_new_is_taken(tmp_path: Path, field: bool) -> None:
    """Before, the queue and the disk were asked first: 429 and 507 for a task that was accepted."""
    client = make_site(tmp_path / "jobs").app.test_client()
    more: dict[str, Any] = {"idempotency_key": "cell-7"} if field else {"key": "cell-7"}

    def send(client: FlaskClient, **fields: Any) -> TestResponse:
        if "idempotency_key" in fields:  # a field before the file
            data = {"idempotency_key": fields.pop("idempotency_key"), "file": (io.BytesIO(GENOME), "a.fna")}
            return client.post("/api/tasks", data=data, environ_base={"REMOTE_ADDR": HOME})
        return submit(client, **fields)

    first = send(client, **more)
    assert first.status_code == 201
    full = make_site(tmp_path / "jobs", floor_bytes=2**62)
    again = send(full.app.test_client(), **more)
    assert (again.status_code, told(again)["token"]) == (200, told(first)["token"])
    assert submit(full.app.test_client(), key="another").status_code == 507
    write_heartbeat(full.portal, waiting=("a" * 12,) * 2000)
    busy = make_site(tmp_path / "jobs").app.test_client()
    assert send(busy, **more).status_code == 200
    assert submit(busy, key="another").status_code == 429
    assert full.incoming() == []


def test_the_key_of_the_page_is_in_no_record(client: FlaskClient) -> None:
    record = told(submit(client, key="secret-of-the-client", submission="named"))
    shown = client.get(f"/api/tasks/{record['task_id']}", headers={"Authorization": f"Bearer {record['token']}"})
    assert "secret-of-the-client" not in shown.text


def test_one_client_with_a_thousand_browsers_leaves_room_for_the_next(tmp_path: Path) -> None:
    site = make_site(tmp_path / "jobs", CLIENT_MAX_WAITING="10", MAX_WAITING_TASKS="40")
    client = site.app.test_client()
    codes = [submit(client, agent=f"browser {number}").status_code for number in range(30)]
    assert (codes.count(201), codes.count(429)) == (10, 20)
    other = submit(client, by=LAB)
    assert other.status_code == 201
    store = FileTaskStore(site.portal)
    order = fair_order([store.get(task_id) for task_id in site.portal.task_ids()], [])
    assert [task.task_id for task in order].index(told(other)["task_id"]) < 5


def test_too_many_uploads_in_a_minute_are_told_to_wait(tmp_path: Path) -> None:
    client = make_site(tmp_path / "jobs", CLIENT_UPLOADS_PER_MINUTE="3").app.test_client()
    assert [submit(client, key=f"k{number}").status_code for number in range(4)] == [201, 201, 201, 429]
    assert submit(client, key="k1").status_code == 200  # a repeat is none
    assert submit(client, by=LAB).status_code == 201


def test_wrong_tokens_slow_down_who_guesses_and_nobody_else(tmp_path: Path) -> None:
    site = make_site(tmp_path / "jobs", WRONG_TOKENS_PER_MINUTE="5")
    client, built = site.app.test_client(), site.task()
    path = f"/api/tasks/{built.task_id}"

    def ask(token: str, by: str = HOME) -> int:
        return client.get(
            path, headers={"Authorization": f"Bearer {token}"}, environ_base={"REMOTE_ADDR": by}
        ).status_code

    assert [ask("x" * 43) for _ in range(7)] == [404] * 5 + [429] * 2
    assert ask(built.token) == 200
    assert client.get(f"{path}/log", headers=built.bearer, environ_base={"REMOTE_ADDR": HOME}).status_code == 200
    assert ask("x" * 43, by=LAB) == 404


def test_a_retry_has_the_limits_of_a_new_task(tmp_path: Path) -> None:
    site = make_site(tmp_path / "jobs", CLIENT_MAX_WAITING="1")
    client = site.app.test_client()
    submitter = site.keyring.pseudonym(HOME)
    one, other = (site.task(TaskStatus.FAILED, submitter=submitter) for _ in range(2))
    retry = [client.post(f"/api/tasks/{built.task_id}/retry", headers=built.bearer) for built in (one, one, other)]
    assert [answer.status_code for answer in retry] == [202, 202, 429]
    full = make_site(tmp_path / "jobs", floor_bytes=2**62).app.test_client()
    assert full.post(f"/api/tasks/{other.task_id}/retry", headers=other.bearer).status_code == 507


def test_a_task_runs_again_only_so_often(site: Site, client: FlaskClient) -> None:
    built = site.task(TaskStatus.FAILED)
    record = FileTaskStore(site.portal).get(built.task_id)
    attempts = tuple(replace(record.attempts[0], number=number) for number in range(1, 21))
    FileTaskStore(site.portal).save(replace(record, attempts=attempts, revision=record.revision + 1))
    answer = client.post(f"/api/tasks/{built.task_id}/retry", headers=built.bearer)
    assert (answer.status_code, told(answer)["type"]) == (409, "/errors/task.too_many_attempts")


def test_a_forged_record_opens_nothing(site: Site, client: FlaskClient) -> None:
    """S4: who can write to the cache takes no task over: tokens follow from the secret, not from the record."""
    victim, own = site.task(), site.task()
    tasks = context_of(site.app).tasks
    forgeries: list[dict[str, Any]] = [
        {"token_hash": token_hash("mine" * 11)},
        {"token_hash": token_hash(own.token), "token_nonce": own.task.token_nonce},
        {"token_hash": token_hash("mine" * 11), "token_nonce": ""},
        {"token_hash": token_hash(""), "token_nonce": "", "input_sha256": ""},
    ]
    for forged in forgeries:
        record = FileTaskStore(site.portal).get(victim.task_id)
        FileTaskStore(site.portal).save(replace(record, revision=record.revision + 1, **forged))
        for token in ("mine" * 11, own.token, "", site.keyring.token(own.task_id, "", "")):
            with pytest.raises(Exception, match="no such task"):
                tasks.authorize(victim.task_id, token)


def test_a_record_of_the_first_version_keeps_its_token(site: Site, client: FlaskClient) -> None:
    old = site.task(token_nonce="")
    assert client.get(f"/api/tasks/{old.task_id}", headers=old.bearer).status_code == 200


def test_a_repeat_while_its_task_is_being_removed_is_told_when_to_come_back(client: FlaskClient, site: Site) -> None:
    first = told(submit(client, key="cell-7"))
    bearer = {"Authorization": f"Bearer {first['token']}"}
    assert client.delete(f"/api/tasks/{first['task_id']}", headers=bearer).status_code == 204
    again = submit(client, key="cell-7")
    assert (again.status_code, again.headers.get("Retry-After")) == (409, "2")
    other = submit(client, key="cell-8")
    refused = client.post(f"/api/tasks/{told(other)['task_id']}/retry", headers=_bearer(told(other)))
    assert (refused.status_code, refused.headers.get("Retry-After")) == (409, None)


def _bearer(task: Mapping[str, Any]) -> dict[str, str]:
    return {"Authorization": f"Bearer {task['token']}"}
