"""One id from who asks to answer, record, wish and audit log; the lines of a real server in both formats."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from flask.testing import FlaskClient

from portal.domain.status import TaskStatus
from portal.files.audit import last_acts
from portal.files.wishes import WishKind, read_wishes
from portal.storage.file import FileTaskStore
from tests.builders import GENOME, Site, make_site
from tests.waiting import PATIENCE_S
from tests.web.api.server import start_server
from tests.web.api.submitting import submit

ID = "notebook-7.cell_12"
HEADER = {"X-Request-Id": ID}
_MADE = re.compile(r"[0-9a-f]{16}")


@pytest.mark.parametrize("path", ["/", "/api/health", "/api/queue", "/nothing", "/api/nothing", "/static/page.js"])
def test_every_answer_tells_the_id_of_its_request(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers=HEADER).headers.getlist("X-Request-Id") == [ID]
    first, second = (client.get(path).headers["X-Request-Id"] for _ in range(2))
    assert _MADE.fullmatch(first)
    assert first != second


@pytest.mark.parametrize(
    "given", ["short", "a" * 43, "a b c d e f", "-leading-dash", "id\u00e9\u00e9\u00e9\u00e9\u00e9\u00e9"]
)
def test_an_id_of_another_form_is_replaced(client: FlaskClient, given: str) -> None:
    answer = client.get("/api/health", headers={"X-Request-Id": given})
    assert _MADE.fullmatch(answer.headers["X-Request-Id"])


def test_a_look_over_the_short_path_tells_it_too(site: Site, client: FlaskClient) -> None:
    built = site.task()
    answer = client.get(f"/api/tasks/{built.task_id}", headers={**built.bearer, **HEADER})
    assert (answer.status_code, answer.headers.getlist("X-Request-Id")) == (200, [ID])


def test_scripts_of_other_sites_may_send_and_read_it(client: FlaskClient) -> None:
    asked = client.options(
        "/api/tasks", headers={"Origin": "https://lab.example", "Access-Control-Request-Method": "POST"}
    )
    assert "X-Request-Id" in asked.headers["Access-Control-Allow-Headers"]
    assert "X-Request-Id" in asked.headers["Access-Control-Expose-Headers"]


def test_the_record_keeps_the_id_of_the_request_that_brought_it(
    site: Site, client: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    client.environ_base["HTTP_X_REQUEST_ID"] = ID
    with caplog.at_level(logging.INFO, "portal"):
        record = submit(client).json
    assert record is not None
    assert FileTaskStore(site.portal).get(record["task_id"]).request_id == ID
    assert f"task {record['task_id']}: accepted" in caplog.text
    assert record["token"] not in caplog.text


@pytest.mark.parametrize(("act", "kind"), [("cancel", WishKind.CANCEL), ("retry", WishKind.RETRY)])
def test_a_wish_keeps_it(site: Site, client: FlaskClient, act: str, kind: WishKind) -> None:
    built = site.task(TaskStatus.RUNNING if kind is WishKind.CANCEL else TaskStatus.FAILED)
    client.post(f"/api/tasks/{built.task_id}/{act}", headers={**built.bearer, **HEADER})
    [wish] = read_wishes(site.portal.task(built.task_id))
    assert (wish.kind, wish.request_id) == (kind, ID)


def test_an_act_of_an_operator_is_found_by_it(tmp_path: Path) -> None:
    site = make_site(tmp_path / "jobs", ADMIN_SECRET="not-the-secret-of-a-real-site")
    ours = {"Sec-Fetch-Site": "same-origin", **HEADER}
    answer = site.app.test_client().post("/admin/login", data={"secret": "wrong"}, headers=ours)
    assert answer.status_code == 403
    assert last_acts(site.portal, limit=1)[0][0]["request_id"] == ID


def test_a_page_of_a_fault_shows_the_number_for_the_operator(site: Site, client: FlaskClient) -> None:
    page = client.get("/nothing", headers=HEADER)
    assert (page.status_code, ID in page.text) == (404, False)
    built = site.task()
    site.portal.task(built.task_id).meta.write_bytes(b"{")
    page = client.get(f"/tasks/{built.task_id}", headers={**HEADER, **built.bearer})
    assert (page.status_code, ID in page.text) == (503, True)


# What a request may carry to make a line of its own, or to colour it.
_FORGED = "/x%0a2026-03-02T09:30:00.000Z%20web%20INFO%20forged%0d%1b[31m%e2%80%a8%c2%85%00%ff"


@pytest.mark.parametrize("kind", ["text", "json"])
def test_a_real_server_writes_one_line_for_each_request_in_the_format(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setenv("LOG_FORMAT", kind)
    with contextlib.closing(start_server(tmp_path)) as server:
        for path in ("/api/health/live", _FORGED):
            assert httpx.get(f"{server.url}{path}", headers=HEADER).headers["X-Request-Id"] == ID
        made = httpx.post(f"{server.url}/api/tasks", files={"file": ("a.fna", GENOME)}, headers=HEADER).json()
        lines = _lines_with(server.log, "POST /api/tasks")
    if kind == "json":
        _check_json([json.loads(line) for line in lines], made["task_id"])
    else:
        form = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z web (INFO|WARNING|ERROR) (\[[^]]+\] )?[ -~]+")
        assert [line for line in lines if not form.fullmatch(line)] == []
        [accepted] = [line for line in lines if "accepted" in line]
        assert f"[{ID}] task {made['task_id']}: accepted" in accepted
        [forged] = [line for line in lines if "forged" in line]
        assert "GET /x\\n2026" in forged
    assert made["token"] not in "".join(lines)


def _check_json(lines: list[dict[str, Any]], task_id: str) -> None:
    assert all({"time", "process", "level", "logger", "message"} <= line.keys() for line in lines)
    assert {line["process"] for line in lines} == {"web"}
    [accepted] = [line for line in lines if "accepted" in line["message"]]
    assert (accepted["request_id"], task_id in accepted["message"]) == (ID, True)
    [asked] = [line for line in lines if line["message"] == "POST /api/tasks 201"]
    assert asked["request_id"] == ID
    assert asked["client"] == "127.0.0.1"
    assert isinstance(asked["ms"], float)
    assert asked["bytes"] > 0
    assert len([line for line in lines if "forged" in line["message"]]) == 1


def _lines_with(log: Path, wanted: str) -> list[str]:
    until = time.monotonic() + PATIENCE_S
    while wanted not in log.read_text():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.05)
    return [line for line in log.read_text().split("\n") if line]
