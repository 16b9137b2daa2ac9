"""`btportal admin`: every command speaks JSON too, and the three questions of a cluster admin take one command each."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import pytest

from portal.cli.admin import admin
from portal.domain.message import Message, verbatim
from portal.domain.status import FailureKind, PipelineStage, TaskStatus
from portal.domain.task import Attempt, JobRecord
from portal.files.audit import read_acts
from portal.files.clock_mark import ClockMark
from portal.files.heartbeat import GateState, SchedulerState
from portal.files.switches import Control
from portal.files.taskdir import PortalDir
from portal.files.usage import UsageLedger, UsageLine
from portal.poller.janitor import Janitor
from portal.storage.file import FileTaskStore
from tests.builders import make_task_on_disk, write_heartbeat
from tests.unit.cli.admin_runner import run, told

NOW = datetime.now(UTC)


def line(submitter: str, day: datetime, core_s: float, task_id: str) -> UsageLine:
    on = day.date().isoformat()
    return UsageLine(task_id, 1, on, "completed", None, submitter, ("7",), "sacct", 1.0, core_s, core_s, 1.0, 2**20)


def scheduler(complaint: str) -> SchedulerState:
    return SchedulerState("slurm", gate=GateState("SubmitLimit", verbatim(complaint), datetime(2026, 1, 2, tzinfo=UTC)))


def waiting_job(state: str, reason: str | None, **facts: Any) -> tuple[Attempt, ...]:
    job = JobRecord("bt-x", (PipelineStage.DIGGER,), NOW, job_id="4711", state=state, reason=reason, **facts)
    return (Attempt(1, "first", NOW - timedelta(hours=2), (job,)),)


def test_every_command_has_json() -> None:
    named = [
        (f"{name} {inner}", command)
        for name, group in admin.commands.items()
        for inner, command in (group.commands.items() if isinstance(group, click.Group) else [("", group)])
    ]
    assert len(named) > len(admin.commands)
    silent = [
        name
        for name, command in named
        if not any(isinstance(option, click.Option) and "--json" in option.opts for option in command.params)
    ]
    assert silent == []


def test_who_caused_the_load_yesterday(portal: PortalDir) -> None:
    ledger = UsageLedger(portal)
    yesterday = NOW - timedelta(days=1)
    for number, (submitter, day, core_s) in enumerate(
        [("heavy", yesterday, 3600 * 9), ("light", yesterday, 3600), ("heavy", yesterday, 0), ("today", NOW, 3600 * 50)]
    ):
        ledger.write(line(submitter, day, core_s, f"{'a' * 11}{'abcdefg'[number]}"))
    rows = run("usage", "--by", "submitter", "--day", "yesterday").output.splitlines()
    assert [row.split()[:2] for row in rows[1:]] == [["heavy", "90%"], ["light", "10%"]]
    value = told("usage", "--by", "submitter", "--day", "yesterday")
    assert [(row["submitter"], row["share"], row["attempts"]) for row in value["submitters"]] == [
        ("heavy", 0.9, 2),
        ("light", 0.1, 1),
    ]
    assert [row["day"] for row in told("usage", "--day", "today")["days"]] == [NOW.date().isoformat()]
    assert len(told("usage", "--days", "2")["days"]) == 2
    run("usage", "--day", "someday", code=2)


def test_what_is_stuck_and_why(portal: PortalDir) -> None:
    write_heartbeat(
        portal,
        alarms=(Message("alarm.node_left_out", node="n2", count=3, words="python: command not found"),),
        scheduler=scheduler("no more"),
    )
    now = datetime.now(UTC)
    held = make_task_on_disk(
        portal, TaskStatus.QUEUED, pending_reason="JobHeldAdmin",
        attempts=waiting_job("PENDING", "JobHeldAdmin", submit_time=now),
    )  # fmt: skip
    old = make_task_on_disk(
        portal, TaskStatus.QUEUED, pending_reason="Resources",
        attempts=waiting_job("PENDING", "Resources", submit_time=now - timedelta(hours=1)),
    )  # fmt: skip
    young = make_task_on_disk(
        portal, TaskStatus.QUEUED, pending_reason="Resources",
        attempts=waiting_job("PENDING", "Resources", submit_time=now),
    )  # fmt: skip
    unsent = make_task_on_disk(portal, TaskStatus.QUEUED, attempts=(), submission_time=now - timedelta(minutes=30))
    running = make_task_on_disk(portal, TaskStatus.RUNNING)
    value = told("stuck")
    assert [row["task_id"] for row in value["stuck"]] == [old.task_id, unsent.task_id, held.task_id]
    assert value["stuck"][2]["mend"] == "scontrol release 4711"
    assert value["stuck"][1]["reason"] == "SubmitLimit"
    assert value["gate"]["complaint"] == "no more"
    text = run("stuck").output
    assert text.startswith(
        "nothing is submitted since 2026-01-02T00:00:00+00:00 (SubmitLimit): no more\nalarm: Node n2"
    )
    assert "An administrator of the cluster holds the job." in text
    assert young.task_id not in text
    assert running.task_id not in text
    assert young.task_id in run("stuck", "--minutes", "0").output


@pytest.mark.parametrize("reason", ["JobHeldUser", "JobHeldAdmin", "DependencyNeverSatisfied"])
def test_a_second_job_that_will_not_start_is_stuck_while_the_first_one_runs(portal: PortalDir, reason: str) -> None:
    [attempt] = waiting_job("RUNNING", None, submit_time=datetime.now(UTC) - timedelta(minutes=5))
    chained = replace(attempt.jobs[0], name="bt-y", job_id="4712", state="PENDING", reason="Dependency")
    fine = make_task_on_disk(portal, TaskStatus.RUNNING, attempts=(replace(attempt, jobs=(*attempt.jobs, chained)),))
    held = make_task_on_disk(
        portal, TaskStatus.RUNNING,
        attempts=(replace(attempt, jobs=(*attempt.jobs, replace(chained, reason=reason))),),
    )  # fmt: skip
    [row] = told("stuck", "--minutes", "0")["stuck"]
    assert (row["task_id"], row["job"], row["reason"]) == (held.task_id, "4712", reason)
    assert "4712" in row["mend"]
    assert fine.task_id not in run("stuck", "--minutes", "0").output


def test_of_two_jobs_the_one_that_somebody_must_release_is_told(portal: PortalDir) -> None:
    [attempt] = waiting_job("PENDING", "Priority", submit_time=datetime.now(UTC))
    second = replace(attempt.jobs[0], name="bt-y", job_id="4712", reason="JobHeldAdmin")
    make_task_on_disk(
        portal, TaskStatus.QUEUED, pending_reason="Priority",
        attempts=(replace(attempt, jobs=(*attempt.jobs, second)),),
    )  # fmt: skip
    assert [(row["job"], row["mend"]) for row in told("stuck")["stuck"]] == [("4712", "scontrol release 4712")]


def test_slow_it_down_for_an_hour(portal: PortalDir) -> None:
    assert told("slots") == {"slots": 4, "usual": 4, "until": None}
    assert run("slots", "1", "--for", "1h").output.startswith("1 tasks at once until 20")
    control = Control.read(portal)
    assert control.slots_at(datetime.now(UTC), 4) == 1
    assert control.slots_at(datetime.now(UTC) + timedelta(minutes=61), 4) == 4
    assert "control" in {bell.name for bell in portal.inbox.iterdir()}
    assert control.slots_until is not None
    assert told("slots")["until"] == control.slots_until.isoformat()
    run("drain")
    run("resume")
    assert Control.read(portal).slots == 1, "a drain in between does not speed it up again"
    assert run("slots", "usual").output == "4 tasks at once\n"
    run("slots", "6")
    assert told("slots") == {"slots": 6, "usual": 4, "until": None}
    assert [act["action"] for act in read_acts(portal)] == ["slots", "drain", "resume", "slots", "slots"]
    for words in (("many",), ("-1",), ("3", "--for", "soon"), ("--for", "1h"), ("3", "--for", "99999d")):
        run("slots", *words, code=2)
    assert Control.read(portal).slots == 6
    run("reconcile", "--days", "inf", code=2)


@pytest.mark.parametrize("throttle", [{"slots": -1}, {"slots": "many"}, {"slots": 1, "slots_until": "tomorrow"}])
def test_a_damaged_throttle_counts_as_none(portal: PortalDir, throttle: dict[str, Any]) -> None:
    portal.control.write_text(json.dumps(throttle))
    assert Control.read(portal).slots_at(NOW, 4) == 4


def test_show_tells_where_the_jobs_own_output_is_and_why_one_was_not_submitted(portal: PortalDir) -> None:
    failed = waiting_job("FAILED", "NonZeroExitCode", exit_code=127, node="n2")
    attempt = replace(
        failed[0], jobs=(*failed[0].jobs, replace(failed[0].jobs[0], name="bt-y", job_id=None, state=None))
    )
    task = make_task_on_disk(portal, TaskStatus.QUEUED, attempts=(attempt,), pending_reason="SubmitLimit")
    folder = portal.task(task.task_id).attempt(1).job(PipelineStage.DIGGER).path / "submitit"
    folder.mkdir(parents=True)
    (folder / "4711_0_log.err").write_text("bash: line 9: python: command not found\n")
    text = run("show", task.task_id).output
    assert f"output  {folder}/4711_0_log.err" in text
    assert "| bash: line 9: python: command not found" in text
    assert "not submitted: SubmitLimit" in text
    assert "exit 127" in text
    value = told("show", task.task_id)
    assert value["outputs"][0]["tail"] == "bash: line 9: python: command not found"
    assert "token_hash" not in value


def test_limits_and_peaks_stand_beside_an_end_that_they_explain(portal: PortalDir) -> None:
    over = waiting_job("TIMEOUT", None, elapsed_s=61, cpus=2, time_limit_s=60, memory_gb=4.0, max_rss_bytes=3 * 2**30)
    task = make_task_on_disk(portal, TaskStatus.FAILED, attempts=over, failure_kind=FailureKind.TIMEOUT)
    text = run("show", task.task_id).output
    assert "limit 60 s" in text
    assert "peak 3072 MB of 4 GB" in text
    assert "exit" not in text


def test_the_list_tells_what_keeps_tasks_from_being_submitted(portal: PortalDir) -> None:
    write_heartbeat(
        portal,
        scheduler=scheduler("no"),
    )
    task = make_task_on_disk(portal, TaskStatus.QUEUED, attempts=(), pending_reason=None)
    assert "SubmitLimit" in run("list").output
    value = told("list")
    assert [(row["task_id"], row["why"]) for row in value["tasks"]] == [(task.task_id, "SubmitLimit")]
    assert value["gate"]["reason"] == "SubmitLimit"
    assert told("list", "--submitter", "nobody")["tasks"] == []


def test_cancel_and_retry_speak_json_too(portal: PortalDir) -> None:
    running = make_task_on_disk(portal, TaskStatus.RUNNING)
    ended = make_task_on_disk(portal, TaskStatus.FAILED)
    assert told("cancel", running.task_id) == {"asked": "cancel", "task_ids": [running.task_id]}
    assert told("retry", ended.task_id) == {"asked": "retry", "task_ids": [ended.task_id]}
    assert told("drain") == {"draining": True, "notice": ""}
    assert told("resume") == {"draining": False}


def test_a_user_who_does_not_own_the_folder_is_refused(portal: PortalDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of another owner would stop poller, web and log-in."""
    monkeypatch.setattr(os, "geteuid", lambda: portal.jobs.stat().st_uid + 1)
    for words in (["list"], ["drain"], ["usage"], ["stuck"], ["slots", "1"]):
        result = run(*words, code=1)
        assert "belongs to" in result.output
    assert not portal.control.exists()
    assert not portal.audit.exists()


def test_a_deleted_task_is_wished_away_and_an_unknown_one_removes_nothing(portal: PortalDir) -> None:
    one, other = (make_task_on_disk(portal).task_id for _ in range(2))
    run("delete", one, "aaaaaaaaaaaa", code=1)
    assert not portal.task(one).wish("delete").exists()
    assert told("delete", one, other) == {"asked": "delete", "task_ids": [one, other]}
    assert all(portal.task(task_id).wish("delete").exists() for task_id in (one, other))
    assert [(act["action"], act["task_id"]) for act in read_acts(portal)] == [("delete", one), ("delete", other)]


def test_a_kept_task_stays_until_that_ends(portal: PortalDir) -> None:
    ended = NOW - timedelta(days=100)
    old, kept = (
        make_task_on_disk(portal, completion_time=ended, expires_at=ended + timedelta(days=30)).task_id
        for _ in range(2)
    )
    assert told("keep", kept) == {"kept": True, "task_ids": [kept], "changed": [kept]}
    assert told("keep", kept)["changed"] == []
    assert told("show", kept)["kept"] is True
    assert [row["task_id"] for row in told("expire", "--dry-run")["tasks"]] == [old]
    janitor = Janitor(portal, FileTaskStore(portal))
    janitor.sweep(portal.task_ids(), (), NOW, lambda task_id: None)
    assert portal.task_ids() == [kept]
    run("keep", kept, "--end")
    janitor.sweep(portal.task_ids(), (), NOW, lambda task_id: None)
    assert portal.task_ids() == []
    assert [act["action"] for act in read_acts(portal)] == ["keep", "end keeping"]


def test_older_results_may_be_removed_before_their_time(portal: PortalDir) -> None:
    days = {make_task_on_disk(portal, completion_time=NOW - timedelta(days=n)).task_id: n for n in range(1, 26)}
    running = make_task_on_disk(portal, TaskStatus.RUNNING).task_id
    old = {task_id for task_id, n in days.items() if n > 2}
    asked = told("expire", "--older-than", "60h", "--dry-run")
    assert {row["task_id"] for row in asked["tasks"]} == old
    janitor = Janitor(portal, FileTaskStore(portal))
    janitor.sweep(portal.task_ids(), (running,), NOW, lambda task_id: None)
    assert len(portal.task_ids()) == 26
    run("expire", "--older-than", "60h")
    janitor.sweep(portal.task_ids(), (running,), NOW, lambda task_id: None)
    assert set(portal.task_ids()) == {*days, running} - old
    assert janitor.concerns == ()
    run("expire", "--older-than", "soon", code=2)


def test_announcements_are_added_listed_and_removed(portal: PortalDir) -> None:
    made = told("notice", "add", "Back  at noon", "--zh", "中午恢复", "--from", "2026-01-02T08:00+08:00", "--for", "2d")
    assert (made["english"], made["chinese"]) == ("Back at noon", "中午恢复")
    assert (made["begins"], made["ends"]) == ("2026-01-02T00:00:00+00:00", "2026-01-04T00:00:00+00:00")
    assert [each["id"] for each in told("notice", "list")["notices"]] == [made["id"]]
    assert "over" in run("notice", "list").output
    assert told("notice", "remove", made["id"]) == {"removed": made["id"]}
    assert told("notice", "list") == {"notices": []}
    run("notice", "remove", made["id"], code=1)
    run("notice", "remove", "../../site", code=1)
    centuries = (["--until", "9999-12-31"], ["--from", "0001-01-01T00:00+10:00"], ["--for", "999999d"])
    for wrong in (["--until", "noon"], ["--until", "2020-01-01"], ["--for", "soon"], *centuries):
        run("notice", "add", "text", *wrong, code=2)
    run("notice", "add", "x" * 501, code=2)
    assert [act["action"] for act in read_acts(portal)] == ["announce", "end announcement"]


def test_the_portal_is_closed_and_opened(portal: PortalDir) -> None:
    assert told("maintenance") == {"maintenance": False, "until": None}
    assert told("maintenance", "on", "--until", "2030-01-02T03:04", "--text", "New disks") == {
        "maintenance": True,
        "until": "2030-01-02T03:04:00+00:00",
    }
    assert run("maintenance").output.endswith("until 2030-01-02 03:04 UTC\n")
    run("maintenance", "off")
    assert run("maintenance", "off").output == "the portal is open\n"
    assert [act["action"] for act in read_acts(portal)] == ["maintenance on", "maintenance off"]


def test_a_clock_in_doubt_decides_about_no_age(portal: PortalDir) -> None:
    kept = [make_task_on_disk(portal, completion_time=NOW - timedelta(days=n)).task_id for n in range(1, 4)]
    ClockMark.at(NOW + timedelta(days=40)).write(portal)
    assert "accept-time" in run("expire", "--older-than", "12h", code=1).output
    assert Control.read(portal) == Control()
    Control(expire_until=NOW, expire_ended_before=NOW + timedelta(days=30)).write(portal)
    Janitor(portal, FileTaskStore(portal)).sweep(portal.task_ids(), (), NOW, lambda task_id: None)
    assert portal.task_ids() == sorted(kept)
