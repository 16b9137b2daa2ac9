"""What an operator sees and does: list, one task, acts with their questions, notice, comparison, disk, usage, log."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient

from portal.bootstrap import build_web
from portal.config import read_settings
from portal.domain.status import FailureKind, TaskStatus
from portal.files.audit import read_acts
from portal.files.consistency import ConsistencyReport, JobFinding
from portal.files.switches import Control
from portal.files.task_index import TaskIndex
from portal.files.usage import UsageLedger, UsageLine
from portal.files.wishes import WishKind, read_wishes
from portal.services.admin import AdminService
from portal.storage.file import FileTaskStore
from portal.web.admin import words as admin_words
from portal.web.texts.wording import wording
from tests.builders import BuiltTask, Site

HOSTILE = "<img src=x onerror=alert(1)>\"'.fna"


def write_index(site: Site, *tasks: BuiltTask) -> None:
    """Write what the poller writes of these tasks."""
    index = TaskIndex(site.portal)
    for built in tasks:
        index.note(built.task)
    index.rebuild()


def listed(client: FlaskClient, query: str = "") -> list[str]:
    return re.findall(
        r'<tr><th scope="row"><a href="/admin/tasks/([a-z2-7]{12})">', client.get(f"/admin/tasks{query}").text
    )


def acts(site: Site) -> list[tuple[str, str, str]]:
    """Return the acts after the log-in: what, on which task, from where."""
    return [(act["action"], act.get("task_id", ""), act["address"]) for act in read_acts(site.portal)][1:]


def test_the_list_filters_searches_and_counts(site: Site, client: FlaskClient) -> None:
    running = site.task(TaskStatus.RUNNING, filename="Berliner 1915.fna")
    memory = site.task(TaskStatus.FAILED)
    cancelled = site.task(TaskStatus.FAILED, failure_kind=FailureKind.CANCELLED)
    done = site.task(filename=HOSTILE)
    everything = [running, memory, cancelled, done]
    write_index(site, *everything)
    assert set(listed(client)) == {built.task_id for built in everything}
    assert set(listed(client, "?status=failed")) == {memory.task_id, cancelled.task_id}
    assert listed(client, "?kind=cancelled") == [cancelled.task_id]
    assert listed(client, "?text=BERLINER") == [running.task_id]
    assert listed(client, f"?text={done.task_id[2:9]}") == [done.task_id]
    assert listed(client, "?status=failed&text=berliner") == []
    assert len(listed(client, "?status=nonsense&kind=nonsense&page=nonsense")) == 4
    text = client.get("/admin").text
    for name, number in (("Running", 1), ("Completed", 1), ("Failed", 2), ("out of memory", 1)):
        assert re.search(rf'{name} <b class="num">{number}</b>', text)


def test_the_list_has_pages_newest_first(site: Site, client: FlaskClient) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    tasks = [site.task(TaskStatus.PENDING, submission_time=start + timedelta(minutes=n)) for n in range(53)]
    write_index(site, *tasks)
    newest_first = [built.task_id for built in reversed(tasks)]
    assert listed(client) == newest_first[:50]
    assert listed(client, "?page=2") == newest_first[50:]
    assert listed(client, "?page=99") == newest_first[50:]
    text = client.get("/admin/tasks?status=pending&text=HD").text
    assert "53 tasks · page 1 of 2" in text
    assert 'rel="next" href="/admin/tasks?status=pending&amp;text=HD&amp;page=2"' in text


def test_a_task_without_a_readable_record_stays_in_the_list(site: Site, client: FlaskClient) -> None:
    broken, gone = site.task(), site.task()
    write_index(site, broken, gone)
    site.portal.task(broken.task_id).meta.write_bytes(b"\0")
    site.portal.task(gone.task_id).meta.unlink()
    assert set(listed(client)) == {broken.task_id, gone.task_id}
    assert "The record cannot be read" in client.get(f"/admin/tasks/{broken.task_id}").text
    assert client.get(f"/admin/tasks/{gone.task_id}").status_code == 404
    assert client.get("/admin/tasks/..%2f..%2fetc").status_code == 404


def test_a_task_is_shown_with_jobs_log_and_acts(site: Site, client: FlaskClient) -> None:
    built = site.task(TaskStatus.RUNNING, filename=HOSTILE)
    AdminService(site.portal, FileTaskStore(site.portal), by="<b>alice</b>").cancel(built.task_id)
    text = client.get(f"/admin/tasks/{built.task_id}").text
    for expected in (html.escape(HOSTILE, quote=False), f"bt-{built.task_id}-digger-a1", "4711", "&lt;b&gt;alice"):
        assert expected in text.replace("&#34;", '"').replace("&#39;", "'")
    assert "<img" not in text
    assert "cancelled a task" in text
    assert built.token not in text


@pytest.mark.parametrize(
    ("act", "status", "kind"),
    [
        ("cancel", TaskStatus.RUNNING, WishKind.CANCEL),
        ("retry", TaskStatus.FAILED, WishKind.RETRY),
        ("delete", TaskStatus.COMPLETED, WishKind.DELETE),
        ("delete", TaskStatus.RUNNING, WishKind.DELETE),
    ],
)
def test_an_act_asks_is_done_and_is_written_down(
    site: Site, client: FlaskClient, act: str, status: TaskStatus, kind: WishKind
) -> None:
    built = site.task(status, filename=HOSTILE)
    address = f"/admin/tasks/{built.task_id}/{act}"
    question = client.get(address).text
    assert f'<form method="post" action="{address}">' in question
    assert "<img" not in question
    assert read_wishes(site.portal.task(built.task_id)) == ()
    assert acts(site) == []
    answer = client.post(address, follow_redirects=True)
    assert answer.status_code == 200
    assert 'role="status"' in answer.text
    (wish,) = read_wishes(site.portal.task(built.task_id))
    assert (wish.kind, wish.by, wish.attempt) == (kind, "admin", 1)
    assert acts(site) == [(act, built.task_id, "192.0.2.7")]
    assert built.task_id in client.get("/admin/log").text


def test_acts_that_make_no_sense_are_refused_and_not_written_down(site: Site, client: FlaskClient) -> None:
    done, running = site.task(), site.task(TaskStatus.RUNNING)
    assert client.post(f"/admin/tasks/{done.task_id}/cancel").status_code == 409
    assert client.post(f"/admin/tasks/{running.task_id}/retry").status_code == 409
    assert client.post("/admin/tasks/abcdefghijkl/delete").status_code == 404
    assert client.get("/admin/tasks/abcdefghijkl/delete").status_code == 404
    assert client.get(f"/admin/tasks/{done.task_id}/explode").status_code == 404
    chinese = client.post(f"/admin/tasks/{done.task_id}/cancel?lang=zh")
    assert "任务已经结束" in chinese.text
    assert acts(site) == []


def test_new_tasks_are_paused_and_started_again(site: Site, client: FlaskClient) -> None:
    client.get("/admin/drain")
    assert Control.read(site.portal) == Control()
    client.post("/admin/drain")
    assert Control.read(site.portal).draining
    assert "New tasks are paused." in client.get("/admin/usage").text
    client.post("/admin/notice", data={"english": "Back soon", "chinese": "", "sure": "1"})
    assert Control.read(site.portal) == Control(True, "Back soon")
    client.post("/admin/resume", data={"keep_notice": "1"})
    assert Control.read(site.portal) == Control(False, "Back soon")
    client.post("/admin/resume")
    assert Control.read(site.portal) == Control()
    assert [act for act, _, _ in acts(site)] == ["drain", "notice", "resume", "resume"]
    assert (site.portal.inbox / "control").exists(), "the poller is told at once"


def test_a_notice_is_looked_at_first_and_stands_in_both_languages(site: Site, client: FlaskClient) -> None:
    form = {"english": "Down <b>tonight</b>\r\nfrom 8", "chinese": "今晚<b>维护</b>"}
    preview = client.post("/admin/notice", data=form).text
    assert "Show this notice on every page?" in preview
    assert preview.count("Down &lt;b&gt;tonight&lt;/b&gt; from 8") == 2, "shown, and in the form that says yes"
    assert Control.read(site.portal) == Control()
    client.post("/admin/notice", data={**form, "sure": "1"})
    assert "Down &lt;b&gt;tonight&lt;/b&gt; from 8" in client.get("/?lang=en").text
    assert "今晚&lt;b&gt;维护&lt;/b&gt;" in client.get("/?lang=zh").text
    client.post("/admin/notice", data={"english": "Only English", "chinese": " ", "sure": "1"})
    assert "Only English" in client.get("/?lang=zh").text
    empty = {"english": "", "chinese": ""}
    assert "Remove the notice?" in client.post("/admin/notice?lang=en", data=empty).text
    client.post("/admin/notice", data={**empty, "sure": "1"})
    assert 'class="notice"' not in client.get("/").text
    assert [act for act, _, _ in acts(site)] == ["notice", "notice", "clear notice"]


def test_the_comparison_is_the_pollers_and_shown_with_its_age(site: Site, client: FlaskClient) -> None:
    assert "Not compared yet." in client.get("/admin/cluster").text
    client.post("/admin/cluster")
    assert site.portal.consistency_wish.exists()
    assert (site.portal.inbox / "consistency").exists()
    assert "the answer comes within a minute" in client.get("/admin/cluster").text
    at = datetime.now(UTC) - timedelta(minutes=9)
    findings = (JobFinding("orphan", "bt-aaaaaaaaaaaa-digger-a1", "4711", "RUNNING, wanted by <nobody>"),)
    ConsistencyReport(at, findings).write(site.portal)
    site.portal.consistency_wish.unlink()
    text = client.get("/admin/cluster").text
    assert "1 disagreement" in text
    assert "bt-aaaaaaaaaaaa-digger-a1" in text
    assert "wanted by &lt;nobody&gt;" in text
    assert f'datetime="{at.isoformat()}" data-relative' in text
    assert "1 disagreement" in client.get("/admin").text
    ConsistencyReport(at, error="squeue: timed out").write(site.portal)
    assert "squeue: timed out" in client.get("/admin/cluster").text


def test_the_preview_of_retention_names_what_goes_next(site: Site, client: FlaskClient) -> None:
    now = datetime.now(UTC)
    soon = site.task(expires_at=now + timedelta(hours=2), filename=HOSTILE)
    later = site.task(expires_at=now + timedelta(days=5))
    write_index(site, soon, later, site.task(TaskStatus.RUNNING))
    day, week = client.get("/admin/storage?days=1").text, client.get("/admin/storage").text
    assert "1 task goes within this time." in day
    assert soon.task_id in day
    assert later.task_id not in day
    assert "2 tasks go within this time." in week
    assert week.index(soon.task_id) < week.index(later.task_id)
    assert re.search(r"\d+(\.\d)? kB</td>", week), "with the size of their folders"
    assert "<img" not in week


def test_usage_is_summed_by_day(site: Site, client: FlaskClient) -> None:
    today = datetime.now(UTC).date()
    line = UsageLine("aaaaaaaaaaaa", 1, "", "completed", None, "x", ("1",), "sacct", 10.0, 60.0, 7200.0, 3600.0, 10**9)

    def use(task_id: str, day: date, **changes: object) -> None:
        UsageLedger(site.portal).write(replace(line, task_id=task_id, day=day.isoformat(), **changes))  # type: ignore[arg-type]

    use("aaaaaaaaaaaa", today)
    use("bbbbbbbbbbbb", today - timedelta(days=20))
    text = client.get("/admin/usage").text
    assert re.search(rf'{today}.*?Attempts" class="num">1</td>.*?2\.00', text, re.DOTALL)
    assert re.search(r"<tfoot>.*?4\.00", text, re.DOTALL)
    assert (today - timedelta(days=20)).isoformat() not in client.get("/admin/usage?days=7").text
    use("cccccccccccc", today, status="failed", core_s=3600.0)
    text = client.get("/admin/usage?days=7").text
    assert re.search(
        rf'{today}.*?Attempts" class="num">2</td>.*?Completed" class="num">1</td>.*?Core hours" class="num">3\.00',
        text,
        re.DOTALL,
    )


def test_the_log_of_acts_has_pages_and_says_all_as_text(site: Site, client: FlaskClient) -> None:
    service = AdminService(site.portal, FileTaskStore(site.portal), by="<script>", address="192.0.2.9")
    for number in range(60):
        service.set_notice(f"notice {number}", "")
    first, second = client.get("/admin/log").text, client.get("/admin/log?skip=50").text
    assert "notice 59<" in first
    assert "notice 9<" in second
    assert "notice 9<" not in first
    assert "&lt;script&gt;" in first
    with site.portal.audit.open("ab") as stream:
        stream.write(b'{"cut\n[1, 2]\n\xff\xfe\n')
    assert client.get("/admin/log").status_code == 200


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_page_is_in_one_language(site: Site, client: FlaskClient, lang: str) -> None:
    built = site.task(TaskStatus.FAILED, filename="a.fna")
    write_index(site, built)
    ConsistencyReport(datetime.now(UTC), (JobFinding("lost", "bt-x", "1", "unknown to the cluster"),)).write(
        site.portal
    )
    pages = ["", "/tasks", f"/tasks/{built.task_id}", f"/tasks/{built.task_id}/delete", "/drain", "/resume", "/notice"]
    pages += ["/slots", "/cluster", "/storage", "/usage", "/log"]
    for page in pages:
        text = client.get(f"/admin{page}?lang={lang}").text
        assert text.count("<h1") == 1, page
        body = re.sub(r'<a class="language".*?</a>|<script.*?</script>', "", text)
        assert bool(re.search(r"[\u4e00-\u9fff]", body)) == (lang == "zh"), page
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids)), page


def test_every_act_and_failure_has_words() -> None:
    assert set(admin_words.FAILURE_SHORT) == set(FailureKind)
    assert set(admin_words.TASK_ACT) == {kind.value for kind in WishKind}
    assert {*admin_words.TASK_ACT, *admin_words.SWITCH} <= set(admin_words.ACTION)


def test_what_the_parts_say_of_themselves_is_said_in_chinese_too(site: Site) -> None:
    settings = read_settings({"JOBS_DIR": str(site.portal.jobs), "REDIS_URL": "", "MIN_FREE_DISK_GB": "0"})
    with site.app.test_request_context("/admin?lang=zh"):
        for part in build_web(settings).health.report().parts:
            assert re.search(r"[\u4e00-\u9fff]", wording(part.message)), part.message
