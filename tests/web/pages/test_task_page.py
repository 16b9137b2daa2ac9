"""A task's page in each of its states, and what can be done from it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from portal.domain.status import FailureKind, TaskStatus
from portal.files.heartbeat import SchedulerState
from portal.files.wishes import WishKind, read_wishes
from portal.web.texts.words import STAGE_WORK
from tests.builders import BuiltTask, Site, make_site, write_heartbeat
from tests.web.pages.conftest import Open

_WORDS = {
    TaskStatus.PENDING: ("Accepted", "已接收"),
    TaskStatus.QUEUED: ("Waiting", "等待中"),
    TaskStatus.RUNNING: ("Running", "运行中"),
    TaskStatus.FAILED: ("Failed", "失败"),
}


@pytest.mark.parametrize("status", _WORDS)
def test_the_state_is_told_in_a_word(site: Site, client: FlaskClient, open_task: Open, status: TaskStatus) -> None:
    address = open_task(site.task(status))
    for lang, word in zip(("en", "zh"), _WORDS[status], strict=True):
        page = client.get(f"{address}?lang={lang}")
        assert page.status_code == 200
        assert f'<span class="badge">{word}</span>' in page.text


def test_stages_show_their_state_time_and_job(site: Site, client: FlaskClient, open_task: Open) -> None:
    text = client.get(open_task(site.task(TaskStatus.RUNNING))).text
    steps = re.findall(r'<li class="step (\w+)"', text)
    assert steps == ["done", "running", "waiting", "waiting"]
    assert "48 s" in text
    assert "4711" in text
    assert '<progress max="100" value="62"' in text


def test_a_waiting_task_tells_its_place_and_why_it_waits(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task(TaskStatus.PENDING)
    waiting = ("aaaaaaaaaaaa", built.task_id)
    write_heartbeat(site.portal, waiting=waiting, active=("b", "c", "d", "e"), mean_duration_s=200.0)
    text = client.get(open_task(built)).text
    assert '<b class="num position">2</b>' in text
    assert "All 4 slots for running tasks are in use." in text
    assert "Estimated start, not a promise" in text


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("Resources", "waits for free cores or memory"),
        ("QOSMaxJobsPerUserLimit", "A limit for this kind of job"),
        ("ReqNodeNotAvail, UnavailableNodes:n[1-3]", "under maintenance"),
        ("SomethingNew", "The cluster gives the reason SomethingNew"),
    ],
)
def test_the_schedulers_reason_is_explained(
    site: Site, client: FlaskClient, open_task: Open, reason: str, words: str
) -> None:
    assert words in client.get(open_task(site.task(TaskStatus.QUEUED, pending_reason=reason))).text


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("slurm", "The cluster has not answered since; your task is not affected"),
        ("local", "Nothing newer is known; your task is not affected"),
    ],
)
def test_silence_of_the_scheduler_is_told(
    site: Site, client: FlaskClient, open_task: Open, kind: str, told: str
) -> None:
    write_heartbeat(site.portal, scheduler=SchedulerState(kind))
    now = datetime.now(UTC)
    fresh = site.task(TaskStatus.RUNNING, last_synced=now)
    old = site.task(TaskStatus.RUNNING, last_synced=now - timedelta(minutes=10))
    assert told not in client.get(open_task(fresh)).text
    assert told in client.get(open_task(old)).text


@pytest.mark.parametrize("kind", FailureKind)
def test_a_failure_tells_what_happened_and_what_to_do(
    site: Site, client: FlaskClient, open_task: Open, kind: FailureKind
) -> None:
    address = open_task(site.task(TaskStatus.FAILED, failure_kind=kind))
    text = client.get(address).text
    assert "What to do:" in text
    if kind is not FailureKind.CANCELLED:
        assert f"<dd><code>{kind.value}</code></dd>" in text
    assert "ERROR out of memory" in text, "the last lines of the log"
    assert f'href="{address}/again"' in text
    assert "处理方法" in client.get(f"{address}?lang=zh").text


def test_a_cancel_is_no_failure_of_a_stage(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task(TaskStatus.FAILED, failure_kind=FailureKind.CANCELLED)
    assert {record.state for record in built.task.stages} == {"done", "failed", "waiting"}
    text = client.get(open_task(built)).text
    assert "stopped" in text
    assert "not run" in text
    for word in ("step failed", "step waiting", "Exit code", ">FAILED<", "· FAILED"):
        assert word not in text, word
    failed = client.get(open_task(site.task(TaskStatus.FAILED, failure_kind=FailureKind.TOOL_ERROR))).text
    assert "step failed" in failed
    assert "step unreached" in failed
    assert "Exit code" in failed


def test_what_a_running_task_does_is_said(site: Site, client: FlaskClient, open_task: Open) -> None:
    running = site.task(TaskStatus.RUNNING)
    assert running.task.current_stage is not None
    assert str(STAGE_WORK[running.task.current_stage]) in client.get(open_task(running)).text
    stages = tuple(replace(record, state="done") for record in running.task.stages)
    done = site.task(TaskStatus.RUNNING, stages=stages)
    assert "All stages are done; the results are being checked." in client.get(open_task(done)).text


def test_the_answer_in_one_line_is_for_who_holds_the_token(site: Site, client: FlaskClient, open_task: Open) -> None:
    address = open_task(site.task())
    answer = client.get(f"{address}/verdict")
    assert answer.mimetype == "text/plain"
    assert answer.text == "Likely acts on Lepidoptera"
    assert client.get(f"{address}/verdict?lang=zh").text == "很可能作用于鳞翅目"
    assert client.get(f"{address}/verdict", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get(f"{open_task(site.task(hits=0))}/verdict").text == "No toxin gene was found in this genome"
    failed = open_task(site.task(TaskStatus.FAILED, failure_kind=FailureKind.TIMEOUT))
    assert client.get(f"{failed}/verdict").text == "The task reached its time limit."
    assert client.get(f"{open_task(site.task(TaskStatus.RUNNING))}/verdict").status_code == 404
    assert client.get(f"/tasks/{site.task().task_id}/verdict").status_code == 401


def test_an_end_that_is_near_is_warned_of(site: Site, client: FlaskClient, open_task: Open) -> None:
    now = datetime.now(UTC)
    soon = open_task(site.task(expires_at=now + timedelta(days=2)))
    late = open_task(site.task(expires_at=now + timedelta(days=20)))
    assert "Download what you want to keep." in client.get(soon).text
    text = client.get(late).text
    assert "Download what you want to keep." not in text
    assert "Kept until" in text


def test_the_date_is_what_the_setting_says_now(tmp_path: Path) -> None:
    """The record names the date by the setting of its end."""
    ended = datetime.now(UTC) - timedelta(days=3)
    for days in (5, 90):
        site = make_site(tmp_path / "jobs", RESULT_RETENTION_DAYS=str(days))
        task = site.task(completion_time=ended, expires_at=ended + timedelta(days=30))
        record = site.app.test_client().get(f"/api/tasks/{task.task_id}", headers=task.bearer).json or {}
        assert datetime.fromisoformat(record["expires_at"]).date() == (ended + timedelta(days=days)).date()


def test_an_open_page_is_told_how_often_to_look(site: Site, client: FlaskClient, open_task: Open) -> None:
    waiting, running = site.task(TaskStatus.QUEUED), site.task(TaskStatus.RUNNING)
    others = tuple(f"aaaaaaaaaa{first}{second}" for first in "abcdefgh" for second in "abcdefghijklmnopqrst")

    def pause(built: BuiltTask) -> int:
        found = re.search(r'data-pause="(\d+)"', client.get(open_task(built)).text)
        assert found is not None
        return int(found[1])

    write_heartbeat(site.portal, waiting=(*others[:5], waiting.task_id), active=(running.task_id,))
    assert (pause(running), pause(waiting)) == (2, 8)
    write_heartbeat(site.portal, waiting=(*others, waiting.task_id), active=(running.task_id,))
    assert (pause(running), pause(waiting)) == (2, 30), "far back in the queue little changes"
    write_heartbeat(site.portal, slots=200, active=(*others, running.task_id))
    assert pause(running) == 16, "each of many running tasks gets its share of the server"


def test_the_panel_takes_any_reason_of_a_scheduler(site: Site, client: FlaskClient, open_task: Open) -> None:
    address = open_task(site.task(TaskStatus.QUEUED, pending_reason='(ReqNodeNotAvail, "node1"\u202e 节点)'))
    answer = client.get(f"{address}/panel")
    assert answer.status_code == 200
    assert client.get(f"{address}/panel", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_the_panel_answers_304_until_something_changes(site: Site, client: FlaskClient, open_task: Open) -> None:
    address = open_task(site.task(TaskStatus.RUNNING, last_synced=datetime.now(UTC)))
    first = client.get(f"{address}/panel")
    assert first.status_code == 200
    assert "<html" not in first.text
    known = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"{address}/panel", headers=known).status_code == 304
    client.post(f"{address}/cancel")
    changed = client.get(f"{address}/panel", headers=known)
    assert changed.status_code == 200
    assert "Cancelling" in changed.text
    assert 'data-cancel=""' in changed.text


def test_cancel_leaves_the_wish_and_delete_makes_the_task_unknown(
    site: Site, client: FlaskClient, open_task: Open
) -> None:
    built = site.task(TaskStatus.RUNNING)
    address = open_task(built)
    assert f'action="{address}/cancel"' in client.get(address).text
    assert client.post(f"{address}/cancel").status_code == 303
    assert [wish.kind for wish in read_wishes(site.portal.task(built.task_id))] == [WishKind.CANCEL]
    gone = client.post(f"{address}/delete")
    assert gone.status_code == 303
    assert "Undo" in client.get(gone.headers["Location"]).text
    assert client.get(address).status_code == 403, "the cookie went with it"


def test_what_ran_out_is_offered_in_double(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task(TaskStatus.FAILED, failure_kind=FailureKind.OUT_OF_MEMORY)
    write_heartbeat(site.portal, scheduler=SchedulerState("slurm"))
    address = open_task(built)
    assert "Run again with more memory" in client.get(address).text
    form = client.get(f"{address}/again").text
    assert re.search(r'name="memory_gb" min="4" max="16"[^>]* value="8"', form)
    assert re.search(r'name="time_limit_hours" min="6" max="24"[^>]* value="6"', form)
    wrong = client.post(f"{address}/again", data={"memory_gb": "99"})
    assert wrong.status_code == 422
    assert re.search(r'id="memory_gb-error"><li>must be a number from 4 to 16', wrong.text)
    assert client.post(f"{address}/again", data={"memory_gb": "8", "time_limit_hours": "6"}).status_code == 303
    (wish,) = read_wishes(site.portal.task(built.task_id))
    assert wish.limits == {"memory_gb": 8}


def test_no_more_is_promised_where_the_last_run_had_all_there_is(
    site: Site, client: FlaskClient, open_task: Open
) -> None:
    built = site.task(TaskStatus.FAILED, failure_kind=FailureKind.OUT_OF_MEMORY, limits={"memory_gb": 16.0})
    write_heartbeat(site.portal, scheduler=SchedulerState("slurm"))
    address = open_task(built)
    assert "Run again with other settings" in client.get(address).text
    form = client.get(f"{address}/again").text
    assert re.search(r'name="memory_gb"[^>]* value="16"', form)
    assert "more is proposed" not in form


def test_no_more_memory_is_offered_where_nothing_bounds_it(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task(TaskStatus.FAILED, failure_kind=FailureKind.OUT_OF_MEMORY)
    write_heartbeat(site.portal)
    address = open_task(built)
    assert "Run again with other settings" in client.get(address).text
    assert "memory_gb" not in client.get(f"{address}/again").text


def test_running_again_is_prefilled_and_checked(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task(TaskStatus.FAILED, parameters={"min_identity": 0.65, "allow_unknown_families": False})
    address = open_task(built)
    form = client.get(f"{address}/again").text
    assert 'value="0.65"' in form
    assert not re.search(r'type="checkbox" id="allow_unknown_families"[^>]* checked', form)
    wrong = client.post(f"{address}/again", data={"min_identity": "2", "lang": "en"})
    assert wrong.status_code == 422
    assert re.search(r'id="min_identity-error"><li>must be a number from 0 to 1', wrong.text)
    assert 'value="2"' in wrong.text
    # A checked box comes after its hidden `false`; an unchecked one sends `false` alone.
    values = {"min_identity": "0.7", "allow_unknown_families": ["false", "true"], "require_index_hit": "false"}
    assert client.post(f"{address}/again", data={**values, "lang": "zh"}).status_code == 303
    (wish,) = read_wishes(site.portal.task(built.task_id))
    assert wish.kind is WishKind.RETRY
    assert wish.parameters["min_identity"] == 0.7
    assert wish.parameters["allow_unknown_families"] is True
    assert wish.lang == "zh"
    assert "Another run was asked for" in client.get(address).text


def test_a_log_is_shown_as_text(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task(TaskStatus.RUNNING)
    log = site.portal.task(built.task_id).path / "attempts" / "1" / "digger" / "log.txt"
    log.write_text("<script>alert(1)</script>\n", encoding="utf-8")
    address = open_task(built)
    text = client.get(f"{address}/log?stage=digger").text
    assert "&lt;script&gt;alert(1)" in text
    tail = client.get(f"{address}/log?stage=digger&tail=1")
    assert tail.mimetype == "text/plain"
    assert tail.text == "<script>alert(1)</script>\n"
    assert tail.headers["X-Content-Type-Options"] == "nosniff"


# -- who may see it


def test_without_a_token_every_task_looks_the_same(site: Site, client: FlaskClient) -> None:
    built = site.task()
    known = client.get(f"/tasks/{built.task_id}")
    unknown = client.get("/tasks/abcdefghijkl")
    assert known.status_code == unknown.status_code == 403
    assert known.text.replace(built.task_id, "abcdefghijkl") == unknown.text
    assert client.get("/tasks/NOT-AN-ID").status_code == 404


@pytest.mark.parametrize("shape", ["{token}", "http://localhost/tasks/{task_id}#token={token}", "  {token}\n"])
def test_a_token_or_a_link_opens_a_task(site: Site, client: FlaskClient, shape: str) -> None:
    built = site.task()
    pasted = shape.format(token=built.token, task_id=built.task_id)
    answer = client.post(f"/tasks/{built.task_id}/unlock", data={"token": pasted})
    assert answer.status_code == 303
    assert built.token not in answer.headers["Location"]
    assert client.get(f"/tasks/{built.task_id}").status_code == 200


@pytest.mark.parametrize("token", ["", "x" * 43, "'; --", "é"])
def test_a_wrong_token_is_refused_as_an_unknown_task_is(site: Site, client: FlaskClient, token: str) -> None:
    built = site.task()
    known = client.post(f"/tasks/{built.task_id}/unlock", data={"token": token})
    unknown = client.post("/tasks/abcdefghijkl/unlock", data={"token": token})
    assert known.status_code == unknown.status_code == 404
    assert known.text.replace(built.task_id, "abcdefghijkl") == unknown.text
    assert "Set-Cookie" not in known.headers


@pytest.mark.parametrize("act", ["cancel", "delete", "again"])
def test_another_site_cannot_act(site: Site, client: FlaskClient, open_task: Open, act: str) -> None:
    built = site.task(TaskStatus.FAILED)
    address = open_task(built)
    answer = client.post(f"{address}/{act}", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert read_wishes(site.portal.task(built.task_id)) == ()


def test_the_share_link_carries_the_token_behind_the_hash(site: Site, client: FlaskClient, open_task: Open) -> None:
    built = site.task()
    text = client.get(open_task(built)).text
    assert f'value="http://localhost/tasks/{built.task_id}#token={built.token}"' in text
    assert f"?token={built.token}" not in text


@pytest.mark.parametrize("hits", [0, 7])
def test_acts_and_ways_into_the_page_stand_before_the_results(
    site: Site, client: FlaskClient, open_task: Open, hits: int
) -> None:
    text = client.get(open_task(site.task(hits=hits))).text
    assert text.index('id="share"') < text.index('id="verdict-title"')
    nav = re.search(r'<nav class="sections".*?</nav>', text, re.DOTALL)
    assert nav
    anchors = re.findall(r'href="#([\w-]+)"', nav.group())
    assert len(anchors) >= 3
    for anchor in anchors:
        assert text.count(f'id="{anchor}"') == 1, anchor


def test_a_task_that_was_not_handed_over_waits_for_a_slot_and_not_for_the_cluster(
    site: Site, client: FlaskClient, open_task: Open
) -> None:
    write_heartbeat(site.portal, scheduler=SchedulerState("slurm"))
    own = client.get(open_task(site.task(TaskStatus.QUEUED, attempts=()))).text
    assert "Waiting for a free slot" in own
    assert "Waiting for the cluster" in client.get(open_task(site.task(TaskStatus.QUEUED))).text


def test_a_portal_on_one_machine_speaks_of_it_and_of_no_cluster(
    site: Site, client: FlaskClient, open_task: Open
) -> None:
    write_heartbeat(site.portal)
    assert "Waiting for this machine to start it" in client.get(open_task(site.task(TaskStatus.QUEUED))).text
    queue = client.get("/queue").text
    assert "Jobs on this machine" in queue
    assert "Cluster" not in queue
