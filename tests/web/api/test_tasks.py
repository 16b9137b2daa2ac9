"""Submit, look, cancel, retry, delete: what each call answers."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.status import PipelineStage, TaskStatus
from portal.domain.task_id import is_task_id
from portal.files.wishes import WishKind, is_withdrawn, read_wishes
from tests.builders import GENOME, BuiltTask, Site, write_heartbeat
from tests.web.api.submitting import submit

CONTRACT = {
    "task_id", "status", "current_stage", "progress", "submission_time", "start_time", "completion_time", "filename",
    "file_size", "lang", "error_message",
}  # fmt: skip


def test_a_genome_becomes_a_task_with_a_token(client: FlaskClient, site: Site) -> None:
    answer = submit(client, lang="zh", min_identity="0.5", require_index_hit="true")
    assert answer.status_code == 201
    record = answer.json
    assert record is not None
    assert record.keys() >= CONTRACT | {"token", "view_token"}
    assert is_task_id(record["task_id"])
    assert answer.headers["Location"] == f"/api/tasks/{record['task_id']}"
    assert (record["status"], record["progress"], record["lang"]) == ("pending", 0, "zh")
    assert (record["filename"], record["file_size"]) == ("C15.fna", len(GENOME))
    assert record["parameters"]["min_identity"] == 0.5
    assert record["parameters"]["require_index_hit"] is True
    assert record["submission_time"].endswith("+00:00")
    assert site.portal.task(record["task_id"]).genome.read_bytes() == GENOME
    assert site.incoming() == []


def test_nothing_that_must_stay_inside_is_in_the_answer(client: FlaskClient) -> None:
    record = submit(client).json
    assert record is not None
    looked = client.get(f"/api/tasks/{record['task_id']}", headers={"Authorization": f"Bearer {record['token']}"})
    for body in (record, looked.json):
        assert body is not None
        assert {"token_hash", "submitter"}.isdisjoint(body)
    assert {"token", "view_token"}.isdisjoint(looked.json or {})


def test_the_view_token_looks_and_changes_nothing(client: FlaskClient) -> None:
    record = submit(client).json
    assert record is not None
    address, viewer = f"/api/tasks/{record['task_id']}", {"Authorization": f"Bearer {record['view_token']}"}
    assert client.get(address, headers=viewer).status_code == 200
    assert client.post(f"{address}/cancel", headers=viewer).status_code == 404
    assert client.delete(address, headers=viewer).status_code == 404
    assert client.delete(address, headers={"Authorization": f"Bearer {record['token']}"}).status_code == 204


def test_the_same_key_and_content_find_the_same_task(client: FlaskClient, site: Site) -> None:
    first, second = submit(client, key="cell-7"), submit(client, key="cell-7")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json is not None
    assert second.json is not None
    assert (second.json["task_id"], second.json["token"]) == (first.json["task_id"], first.json["token"])
    assert site.portal.task_ids() == [first.json["task_id"]]
    assert site.incoming() == []


@pytest.mark.parametrize("change", [{"data": GENOME + b">more\nACGT\n"}, {"lang": "zh"}, {"min_identity": "0.9"}])
def test_the_same_key_with_other_content_learns_nothing(
    client: FlaskClient, site: Site, change: dict[str, Any]
) -> None:
    first = submit(client, key="cell-7").json
    assert first is not None
    answer = submit(client, key="cell-7", **change)
    assert answer.status_code == 422
    assert first["token"] not in answer.text
    assert first["task_id"] not in answer.text
    assert site.portal.task_ids() == [first["task_id"]]
    assert site.incoming() == []


@pytest.mark.parametrize("key", ["with blank", "x" * 256, "Ümlaut"])
def test_a_key_that_no_header_should_carry_is_refused(client: FlaskClient, key: str) -> None:
    answer = submit(client, idempotency_key=key)
    assert answer.status_code == 422
    assert answer.json is not None
    assert "Idempotency-Key" in answer.json["errors"]


def test_a_form_may_carry_the_key_as_a_field(client: FlaskClient) -> None:
    first, second = submit(client, idempotency_key="k1"), submit(client, key="k1")
    assert (first.status_code, second.status_code) == (201, 200)


@pytest.mark.parametrize("status", list(TaskStatus))
def test_a_task_of_each_state_can_be_looked_at(client: FlaskClient, site: Site, status: TaskStatus) -> None:
    built = site.task(status)
    answer = client.get(f"/api/tasks/{built.task_id}", headers=built.bearer)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["status"] == status
    assert [stage["stage"] for stage in answer.json["stages"]] == list(PipelineStage)
    assert ("Retry-After" in answer.headers) is not status.is_final
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_an_unchanged_record_is_not_sent_again(client: FlaskClient, site: Site) -> None:
    built = site.task(TaskStatus.QUEUED)
    address = f"/api/tasks/{built.task_id}"
    etag = client.get(address, headers=built.bearer).headers["ETag"]
    again = client.get(address, headers={**built.bearer, "If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == etag
    assert int(again.headers["Retry-After"]) > 0

    write_heartbeat(site.portal, waiting=("a" * 12, built.task_id))
    moved = client.get(address, headers={**built.bearer, "If-None-Match": etag})
    assert moved.status_code == 200
    assert moved.json is not None
    assert moved.json["queue_position"] == 2


def test_a_wrong_token_and_an_unknown_task_answer_alike(client: FlaskClient, site: Site) -> None:
    built, other = site.task(), site.task()
    answers = [
        client.get(f"/api/tasks/{task_id}{call}", headers={**other.bearer, "X-Request-Id": "the-same-id"})
        for task_id in (built.task_id, "a" * 12, "UPPERCASE234", "x" * 300)
        for call in ("", "/log", "/results", "/results/All_Toxins.txt", "/bundle")
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1


@pytest.mark.parametrize("header", [{}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer"}])
def test_without_a_token_nothing_is_told(client: FlaskClient, site: Site, header: dict[str, str]) -> None:
    built = site.task()
    known = client.get(f"/api/tasks/{built.task_id}", headers=header)
    unknown = client.get(f"/api/tasks/{'a' * 12}", headers=header)
    assert (known.status_code, unknown.status_code) == (401, 401)
    assert known.text == unknown.text
    assert known.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_in_the_address_is_not_looked_at(client: FlaskClient, site: Site) -> None:
    built = site.task()
    assert client.get(f"/api/tasks/{built.task_id}?token={built.token}").status_code == 401


def _post(client: FlaskClient, built: BuiltTask, call: str, body: Any = None) -> TestResponse:
    return client.post(f"/api/tasks/{built.task_id}/{call}", headers=built.bearer, json=body)


def test_cancel_leaves_a_wish(client: FlaskClient, site: Site) -> None:
    built = site.task(TaskStatus.RUNNING)
    for _ in range(2):
        answer = _post(client, built, "cancel")
        assert answer.status_code == 202
        assert answer.json is not None
        assert answer.json["wishes"] == ["cancel"]
    assert [wish.kind for wish in read_wishes(site.portal.task(built.task_id))] == [WishKind.CANCEL]


def test_what_is_over_cannot_be_cancelled(client: FlaskClient, site: Site) -> None:
    assert _post(client, site.task(TaskStatus.COMPLETED), "cancel").status_code == 409


def test_a_retry_that_has_not_begun_is_withdrawn_by_a_cancel(client: FlaskClient, site: Site) -> None:
    built = site.task(TaskStatus.COMPLETED)
    assert (_post(client, built, "retry").json or {})["status"] == "queued"
    for _ in range(2):
        answer = _post(client, built, "cancel")
        assert (answer.status_code, (answer.json or {})["status"], (answer.json or {})["wishes"]) == (
            202,
            "completed",
            [],
        )
    assert is_withdrawn(read_wishes(site.portal.task(built.task_id)))
    assert _post(client, built, "retry").status_code == 409, "until the poller has seen it"


def test_retry_takes_other_parameters_and_keeps_the_rest(client: FlaskClient, site: Site) -> None:
    built = site.task(TaskStatus.FAILED)
    assert _post(client, built, "retry", {"min_coverage": 0.25, "lang": "zh"}).status_code == 202
    (wish,) = read_wishes(site.portal.task(built.task_id))
    assert (wish.kind, wish.lang) == (WishKind.RETRY, "zh")
    assert wish.parameters == {**built.task.parameters, "min_coverage": 0.25}


def test_retry_may_ask_for_more_time_and_memory(client: FlaskClient, site: Site) -> None:
    built = site.task(TaskStatus.FAILED, limits={"memory_gb": 8.0})
    assert _post(client, built, "retry", {"time_limit_hours": 24}).status_code == 202
    (wish,) = read_wishes(site.portal.task(built.task_id))
    assert wish.limits == {"time_limit_hours": 24, "memory_gb": 8.0}


def test_retry_needs_no_body(client: FlaskClient, site: Site) -> None:
    assert _post(client, site.task(TaskStatus.FAILED), "retry").status_code == 202


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"min_identity": 3}, "min_identity"),
        ({"min_identity": "0.5"}, "min_identity"),
        ({"require_index_hit": 1}, "require_index_hit"),
        ({"colour": "red"}, "colour"),
        ({"memory_gb": 1}, "memory_gb"),
        ({"memory_gb": "8"}, "memory_gb"),
        ({"time_limit_hours": 25}, "time_limit_hours"),
        ({"lang": "fr"}, "lang"),
    ],
)
def test_retry_names_the_field_that_is_wrong(client: FlaskClient, site: Site, body: dict[str, Any], field: str) -> None:
    answer = _post(client, site.task(TaskStatus.FAILED), "retry", body)
    assert answer.status_code == 422
    assert answer.json is not None
    assert list(answer.json["errors"]) == [field]


def test_a_running_task_cannot_be_run_again(client: FlaskClient, site: Site) -> None:
    assert _post(client, site.task(TaskStatus.RUNNING), "retry").status_code == 409


def test_a_deleted_task_is_unknown_at_once(client: FlaskClient, site: Site) -> None:
    built = site.task(TaskStatus.RUNNING)
    answer = client.delete(f"/api/tasks/{built.task_id}", headers=built.bearer)
    assert (answer.status_code, answer.data) == (204, b"")
    assert client.get(f"/api/tasks/{built.task_id}", headers=built.bearer).status_code == 404
    assert client.delete(f"/api/tasks/{built.task_id}", headers=built.bearer).status_code == 404


def test_the_log_is_its_end_as_plain_text(client: FlaskClient, site: Site) -> None:
    built = site.task()
    log = site.portal.task(built.task_id).attempt(1).stage(PipelineStage.DIGGER).log
    log.write_text("".join(f"line {number} <script>\n" for number in range(20_000)))
    answer = client.get(f"/api/tasks/{built.task_id}/log?stage=digger", headers=built.bearer)
    assert answer.mimetype == "text/plain"
    assert len(answer.data) <= 65536
    lines = answer.text.splitlines()
    assert lines[-1] == "line 19999 <script>"
    assert lines[0].startswith("line ")


def test_without_a_stage_the_log_is_the_current_one(client: FlaskClient, site: Site) -> None:
    built = site.task(TaskStatus.FAILED)
    assert "out of memory" in client.get(f"/api/tasks/{built.task_id}/log", headers=built.bearer).text
    wrong = client.get(f"/api/tasks/{built.task_id}/log?stage=lunch", headers=built.bearer)
    assert wrong.status_code == 422
    assert list((wrong.json or {})["errors"]) == ["stage"]


def test_a_damaged_record_is_not_an_unknown_task(client: FlaskClient, site: Site) -> None:
    built = site.task()
    site.portal.task(built.task_id).meta.write_bytes(b"\0" * 100)
    answer = client.get(f"/api/tasks/{built.task_id}", headers=built.bearer)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


def test_the_queue_names_nobody(client: FlaskClient, site: Site) -> None:
    waiting = tuple(site.task(TaskStatus.QUEUED).task_id for _ in range(3))
    write_heartbeat(site.portal, waiting=waiting, active=("b" * 12,) * 4, mean_duration_s=100.0)
    answer = client.get("/api/queue")
    assert answer.json is not None
    assert answer.json["slots"] == {"total": 4, "used": 4}
    assert answer.json["waiting"] == 3
    assert answer.json["estimated_start"] is not None
    assert not any(task_id in json.dumps(answer.json) for task_id in waiting)


def test_too_many_waiting_tasks_are_told_to_come_back(client: FlaskClient, site: Site) -> None:
    write_heartbeat(site.portal, waiting=("a" * 12,) * site.settings.MAX_WAITING_TASKS)
    answer = submit(client)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert site.incoming() == []


def test_a_task_that_an_operator_keeps_has_no_date_of_removal(site: Site, client: FlaskClient) -> None:
    task = site.task(completion_time=datetime.now(UTC))
    address = f"/api/tasks/{task.task_id}"
    dates = [(client.get(address, headers=task.bearer).json or {})["expires_at"]]
    site.portal.task(task.task_id).kept.touch()
    dates.append((client.get(address, headers=task.bearer).json or {})["expires_at"])
    assert [date is None for date in dates] == [False, True]
