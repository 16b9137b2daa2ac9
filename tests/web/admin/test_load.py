"""What an operator sees and does about load: how many tasks at once, who caused it, why a job is not submitted."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from portal.domain.status import TaskStatus
from portal.files.audit import read_acts
from portal.files.switches import Control
from portal.files.usage import UsageLedger, UsageLine
from portal.services.admin import AdminService
from portal.storage.file import FileTaskStore
from tests.builders import Site, write_heartbeat


def test_the_portal_is_slowed_down_for_an_hour_and_goes_back(site: Site, client: FlaskClient) -> None:
    assert "/admin/slots" in client.get("/admin").text
    assert "The portal's setting is 4." in client.get("/admin/slots?lang=en").text
    answer = client.post("/admin/slots", data={"number": "1", "hours": "1"})
    assert answer.headers["Location"] == "/admin?done=slots"
    control = Control.read(site.portal)
    assert control.slots == 1
    assert control.slots_until is not None
    assert timedelta(minutes=59) < control.slots_until - datetime.now(UTC) < timedelta(minutes=61)
    assert (site.portal.inbox / "control").exists(), "the poller is told at once"
    text = client.get("/admin/slots?lang=en").text
    assert "Now 1 task may run or wait on the cluster at once." in text
    assert "Back to the setting (4)" in text
    client.post("/admin/slots", data={"usual": "1"})
    assert Control.read(site.portal).slots is None
    client.post("/admin/slots", data={"number": "0", "hours": ""})
    assert (Control.read(site.portal).slots, Control.read(site.portal).slots_until) == (0, None)
    told = [act["slots"] for act in read_acts(site.portal) if act["action"] == "slots"]
    assert told[0].startswith("1 until ")
    assert told[1:] == ["usual", "0"]
    assert told[0] in client.get("/admin/log").text


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"number": "-1", "hours": "1"},
        {"number": "x", "hours": "1"},
        {"number": "²", "hours": "1"},
        {"number": "10001", "hours": ""},
        {"number": "3", "hours": "999999999999"},
        {"number": "9" * 5000, "hours": "1"},
    ],
)
def test_a_number_that_is_none_changes_nothing(site: Site, client: FlaskClient, form: dict[str, str]) -> None:
    assert client.post("/admin/slots", data=form).status_code == 422
    assert Control.read(site.portal) == Control()


def test_usage_is_summed_by_submitter_the_largest_first(site: Site, client: FlaskClient) -> None:
    today = datetime.now(UTC).date()
    for number, (submitter, core_s) in enumerate([("small", 3600.0), ("<b>large", 7200.0), ("<b>large", 3600.0)]):
        UsageLedger(site.portal).write(
            UsageLine(
                f"aaaaaaaaaaa{'abc'[number]}", 1, today.isoformat(), "completed", None, submitter, ("1",), "sacct",
                10.0, 60.0, core_s, core_s, 10**9,
            )
        )  # fmt: skip
    text = client.get("/admin/usage?lang=en&days=1").text
    rows = re.findall(
        r'<tr><th scope="row">(.*?)</th><td data-label="Share of core hours" class="num">(.*?) %</td>', text
    )
    assert rows == [("&lt;b&gt;large", "75.0"), ("small", "25.0")]


def test_a_waiting_task_says_why_it_is_not_submitted(site: Site, client: FlaskClient) -> None:
    waiting = site.task(TaskStatus.QUEUED, pending_reason="AssocMaxSubmitJobLimit", attempts=())
    text = client.get(f"/admin/tasks/{waiting.task_id}?lang=en").text
    assert "AssocMaxSubmitJobLimit: " in text
    AdminService(site.portal, FileTaskStore(site.portal), by="x").drain()
    write_heartbeat(site.portal)
    other = site.task(TaskStatus.PENDING, attempts=())
    assert "The operator has paused new tasks." in client.get(f"/admin/tasks/{other.task_id}?lang=en").text


def test_the_output_of_each_job_is_shown_with_its_path(site: Site, client: FlaskClient) -> None:
    built = site.task(TaskStatus.FAILED)
    attempt = built.task.attempts[-1]
    folder = site.portal.task(built.task_id).attempt(attempt.number).job(attempt.jobs[0].stages[0]).path / "submitit"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{attempt.jobs[0].job_id}_0_log.err"
    path.write_text("module: command not found <b>\n")
    text = client.get(f"/admin/tasks/{built.task_id}?lang=en").text
    assert str(path) in text
    assert "module: command not found &lt;b&gt;" in text
