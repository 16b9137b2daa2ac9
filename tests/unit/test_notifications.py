"""Mails about tasks and submissions, from the request to a real mail server: told once, and by nobody's words."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.bootstrap import build_notifier, build_web, templates_dir
from portal.cli.admin import admin
from portal.cli.config import config
from portal.config import read_settings
from portal.domain.errors import InvalidRequest, NotFound
from portal.domain.notification import NotificationChannel, NotificationEvent, SubjectKind
from portal.files.heartbeat import HeartbeatReader
from portal.files.notification_request import NotificationRequest, NotifyFolder
from portal.files.outbox import Notification, Outbox
from portal.notifications import waits
from portal.notifications.mail import Mailer
from portal.notifications.notifier import Notifier
from portal.notifications.words import MailText
from portal.poller.loop import run_poller
from portal.storage.file import FileTaskStore
from portal.web.app import create_app
from tests.builders import make_task_on_disk
from tests.mail_server import MailServer, running_mail_server
from tests.ports import free_port
from tests.unit.poller_rig import GENOME, Rig
from tests.waiting import wait_for

ALICE = "alice.telltale@example.org"
PUBLIC = "https://bt.example.org/toxins"
SENDING = {"MAIL_FROM": "BtToxin <bt@example.org>", "PUBLIC_URL": PUBLIC}


@dataclass
class Post:
    """A portal that sends mail: its poller, what notifies, and a browser's hands."""

    rig: Rig
    notifier: Notifier
    client: FlaskClient
    counted: list[tuple[str, str]]

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.rig.portal)

    def send(self, *, name: str = "Telltale-strain.fna", **fields: str) -> TestResponse:
        data = {"file": (io.BytesIO(GENOME), name), **fields}
        return self.client.post("/api/tasks", data=data, content_type="multipart/form-data")

    def submitted(self, **fields: str) -> str:
        answer = self.send(**fields)
        assert answer.status_code == 201, answer.text
        assert answer.json is not None
        return str(answer.json["task_id"])

    def finish(self, *task_ids: str) -> None:
        self.rig.poller.tick()
        for task_id in task_ids:
            self.rig.finish(task_id)
        self.rig.poller.cycle()
        assert {self.rig.record(task_id).status for task_id in task_ids} == {"completed"}

    def notify(self, turns: int = 3) -> None:
        """Let the notifier work; a turn finds folders, the next one what is to be told."""
        for _ in range(turns):
            assert self.notifier.take_turn()


def make_post(folder: Path, **settings: str) -> Post:
    rig = Rig(folder, None, **settings)
    counted: list[tuple[str, str]] = []
    notifier = build_notifier(rig.settings, lambda channel, outcome: counted.append((channel, outcome)))
    assert notifier is not None
    client = create_app(rig.settings, build_web(rig.settings), templates=templates_dir()).test_client()
    return Post(rig, notifier, client, counted)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    with running_mail_server(tmp_path_factory.mktemp("mails")) as running:
        yield running


@pytest.fixture
def mails(server: MailServer) -> MailServer:
    """The server without earlier mails."""
    for path in server.folder.iterdir():
        path.unlink()
    return server


@pytest.fixture
def post(tmp_path: Path, mails: MailServer) -> Post:
    return make_post(tmp_path, SMTP_URL=f"smtp+plain://127.0.0.1:{mails.port}", **SENDING)


def announce(post: Post, **fields: Any) -> tuple[dict[str, Any], int]:
    digest = hashlib.sha256(GENOME).hexdigest()
    items = [{"label": f"telltale {n}", "size": len(GENOME), "sha256": digest} for n in (1, 2)]
    answer = post.client.post("/api/submissions", json={"label": "Telltale", "items": items, **fields})
    return answer.json or {}, answer.status_code


def test_the_end_of_a_task_is_told_once(post: Post, mails: MailServer) -> None:
    task_id = post.submitted(notify_mail=f" {ALICE} ")
    post.notify()
    assert mails.mails == [], "it has not ended"
    post.finish(task_id)
    post.notify(6)
    assert [(mail.sender, mail.to) for mail in mails.mails] == [("bt@example.org", [ALICE])]
    message = mails.mails[0].message
    assert (message["To"], message["From"]) == (ALICE, "BtToxin <bt@example.org>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].endswith("@bt.example.org>")
    assert message.get_content_type() == "text/plain"
    body = mails.mails[0].body
    assert f"{PUBLIC}/tasks/{task_id}\n" in body
    assert "has ended: completed." in body
    assert "elltale" not in f"{message['Subject']}{body}", "nothing in it was chosen by the sender"
    assert post.counted == [("mail", "sent")]
    assert post.outbox.names() == []


def test_a_notifier_that_starts_later_tells_it_and_another_one_does_not_again(post: Post, mails: MailServer) -> None:
    post.finish(post.submitted(notify_mail=ALICE))
    for _ in range(2):
        post.notifier = build_notifier(post.rig.settings, lambda *_: None)  # type: ignore[assignment]
        post.notify()
    assert len(mails.mails) == 1


def test_the_mail_speaks_the_language_of_the_task(post: Post, mails: MailServer) -> None:
    post.finish(post.submitted(notify_mail=ALICE, lang="zh"))
    post.notify()
    message = mails.mails[0].message
    assert message["Subject"] == "您的基因组分析已结束"
    assert message["Content-Language"] == "zh-CN"
    assert "已结束：已完成。" in mails.mails[0].body


def test_a_submission_is_told_when_all_of_it_has_ended(post: Post, mails: MailServer) -> None:
    made, status = announce(post, notify={"mail": ALICE})
    assert status == 201, made
    owner = {"Authorization": f"Bearer {made['token']}"}
    ids = [item["task_id"] for item in made["items"]]
    for n in (1, 2):
        address = f"/api/submissions/{made['submission_id']}/items/{n}"
        assert post.client.put(address, data=GENOME, headers=owner).status_code == 201
    post.finish(ids[0])
    post.notify()
    assert mails.mails == []
    post.finish(ids[1])
    post.notifier = build_notifier(post.rig.settings, lambda *_: None)  # type: ignore[assignment]
    post.notify()
    assert [mail.to for mail in mails.mails] == [[ALICE]]
    body = mails.mails[0].body
    assert f"{PUBLIC}/submissions/{made['submission_id']}\n" in body
    assert "All 2 genomes" in body
    assert "2 completed, 0 failed" in body


def test_whoever_cancels_a_task_is_not_told_that_it_ended(post: Post, mails: MailServer) -> None:
    answer = post.send(notify_mail=ALICE)
    assert answer.json is not None
    task_id, bearer = answer.json["task_id"], {"Authorization": f"Bearer {answer.json['token']}"}
    assert post.client.post(f"/api/tasks/{task_id}/cancel", headers=bearer).status_code == 202
    post.rig.poller.tick()
    assert post.rig.record(task_id).status == "failed"
    post.notify(6)
    assert mails.mails == []


def test_whoever_cancels_all_of_a_submission_is_not_told_that_it_ended(post: Post, mails: MailServer) -> None:
    made, _ = announce(post, notify={"mail": ALICE})
    owner, address = {"Authorization": f"Bearer {made['token']}"}, f"/api/submissions/{made['submission_id']}"
    for n in (1, 2):
        assert post.client.put(f"{address}/items/{n}", data=GENOME, headers=owner).status_code == 201
    assert post.client.post(f"{address}/cancel", json={"only": "all"}, headers=owner).is_json
    post.rig.poller.tick()
    assert {post.rig.record(item["task_id"]).failure_kind for item in made["items"]} == {"cancelled"}
    post.notify(6)
    assert mails.mails == []
    assert post.outbox.names() == []


NO_ADDRESSES = (
    "alice",
    "alice@localhost",
    "a@b.org, c@d.org",
    "a@b.org\r\nBcc: c@d.org",
    "a@b.org\nBcc: c@d.org",
    "Alice <a@b.org>",
    '"a b"@c.org',
    "a..b@c.org",
    "a@-c.org",
    "a@c.org>",
    "a@[127.0.0.1]",
    "é@c.org",
    "a@b.org%0aBcc:c@d.org" + "x" * 250,
    f"{'a' * 65}@c.org",
)


def test_what_is_no_plain_address_is_refused(post: Post) -> None:
    for address in NO_ADDRESSES:
        answer = post.send(notify_mail=address)
        assert (answer.status_code, list((answer.json or {})["errors"])) == (422, ["notify_mail"]), address
        answered, status = announce(post, notify={"mail": address})
        assert (status, list(answered["errors"])) == (422, ["notify.mail"]), address
    assert post.rig.portal.task_ids() == []
    assert list(post.rig.portal.incoming.iterdir()) == []


@pytest.mark.parametrize(("lang", "said"), [("en", "this portal sends no mail"), ("zh-CN", "本平台不发送邮件")])
def test_without_a_mail_server_the_fields_are_refused(tmp_path: Path, lang: str, said: str) -> None:
    rig = Rig(tmp_path)
    assert build_notifier(rig.settings, lambda *_: None) is None
    client = create_app(rig.settings, build_web(rig.settings), templates=templates_dir()).test_client()
    data = {"file": (io.BytesIO(GENOME), "s.fna"), "notify_mail": ALICE, "notify_webhook": "https://x.example.org/"}
    answer = client.post("/api/tasks", data=data, content_type="multipart/form-data", headers={"Accept-Language": lang})
    assert answer.status_code == 422
    assert answer.json is not None
    assert answer.json["errors"]["notify_mail"] == [said]
    assert list(answer.json["errors"]) == ["notify_mail", "notify_webhook"]
    assert rig.portal.task_ids() == []


def test_a_client_or_an_address_has_so_many_in_an_hour(tmp_path: Path, mails: MailServer) -> None:
    post = make_post(tmp_path, SMTP_URL=f"smtp+plain://127.0.0.1:{mails.port}", NOTIFY_PER_HOUR="2", **SENDING)
    for _ in range(2):
        post.submitted(notify_mail=ALICE)
    answer = post.send(notify_mail="bob@example.org")
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert announce(post, notify={"mail": ALICE})[1] == 429
    assert len(post.rig.portal.task_ids()) == 2
    post.submitted()  # without a notification it is taken


def test_a_repeat_is_the_same_request_with_the_same_address_only(post: Post, mails: MailServer) -> None:
    answers = [
        post.client.post(
            "/api/tasks",
            data={"file": (io.BytesIO(GENOME), "s.fna"), "notify_mail": address},
            content_type="multipart/form-data",
            headers={"Idempotency-Key": "k1"},
        )
        for address in (ALICE, ALICE, "bob@example.org")
    ]
    assert [answer.status_code for answer in answers] == [201, 200, 422]


# Where a process is killed: before and after each step of an event's way.
_KILLED = """
import os, signal, sys
from portal.bootstrap import build_notifier
from portal.config import read_settings
from portal.files.notification_request import NotifyFolder
from portal.files.outbox import Outbox
from portal.notifications.mail import Mailer

kinds = {"Outbox": Outbox, "NotifyFolder": NotifyFolder, "Mailer": Mailer}
when, name, method = sys.argv[1:]
real = getattr(kinds[name], method)

def killed(*args, **more):
    if when == "after":
        real(*args, **more)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(kinds[name], method, killed)
notifier = build_notifier(read_settings(), lambda *_: None)
for _ in range(4):
    notifier.take_turn()
"""


@pytest.mark.parametrize(
    ("when", "name", "method", "mails_sent"),
    [
        ("before", "Outbox", "add", 1),
        ("after", "Outbox", "add", 1),
        ("after", "NotifyFolder", "told", 1),
        ("before", "Mailer", "send", 1),
        # SMTP knows no exactly once: the mail was taken, and nobody wrote that down.
        ("after", "Mailer", "send", 2),
        ("after", "Outbox", "remove", 1),
    ],
)
def test_killed_at_any_point_it_is_told_at_least_once(
    post: Post, mails: MailServer, when: str, name: str, method: str, mails_sent: int
) -> None:
    post.finish(post.submitted(notify_mail=ALICE))
    variables = {
        "PATH": "/usr/bin:/bin",
        "JOBS_DIR": str(post.rig.portal.jobs),
        "REDIS_URL": "",
        "SMTP_URL": f"smtp+plain://127.0.0.1:{mails.port}",
        **SENDING,
    }
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", _KILLED, when, name, method]
    done = subprocess.run(command, env=variables, cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    post.notify(6)
    found = mails.mails
    assert len(found) == mails_sent
    assert len({mail.message["Message-ID"] for mail in found}) == 1, "a mailbox can tell that it is the same"
    assert post.outbox.names() == []


def test_five_tries_and_it_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waits, "FIRST_S", 0.0)
    folder = tmp_path / "refusing"
    with running_mail_server(folder, "--refuse") as refusing:
        post = make_post(tmp_path, SMTP_URL=f"smtp+plain://127.0.0.1:{refusing.port}", **SENDING)
        task_id = post.submitted(notify_mail=ALICE)
        post.finish(task_id)
        for _ in range(8):  # a new process does not wait for the rest of a server that is down
            post.notifier = build_notifier(post.rig.settings, lambda *told: post.counted.append(told))  # type: ignore[assignment]
            post.notify()
    assert post.counted == [("mail", "retried")] * 4 + [("mail", "failed")]
    (kept,) = post.outbox.all().values()
    assert (kept.has_failed, kept.tries, kept.subject) == (True, 5, task_id)
    assert kept.problem is not None
    assert "550" in str(kept.problem)
    (written,) = post.rig.portal.own.glob("outbox/*.json")
    assert ALICE not in written.read_text(), "not even in what the server answered"


def test_a_mail_server_that_hangs_does_not_slow_the_poller(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        port = silent.getsockname()[1]
        post = make_post(tmp_path, SMTP_URL=f"smtp+plain://127.0.0.1:{port}", **SENDING)
        post.finish(post.submitted(notify_mail=ALICE))
        post.rig.poller.lease.release()
        stop, rounds = threading.Event(), itertools.count()
        thread = threading.Thread(
            target=run_poller,
            args=(post.rig.poller, stop, lambda: done.append(next(rounds))),
            kwargs={"beside": post.notifier},
        )
        done: list[int] = []
        thread.start()
        try:
            connection, _ = silent.accept()
            with connection:  # it greets nobody
                before = len(done)
                wait_for(lambda: len(done) > before + 4, what="the poller works on")
                stop.set()
                thread.join(60)
                assert not thread.is_alive()
        finally:
            stop.set()
            thread.join()
        assert len(post.outbox.names()) == 1


def test_a_copy_of_the_folder_tells_nobody(post: Post, mails: MailServer) -> None:
    """The notifier begins with the poller's work, and a poller in a copied folder never begins."""
    post.finish(post.submitted(notify_mail=ALICE))
    post.rig.poller.lease.release()
    copy = post.rig.portal.jobs.with_name("copy")
    subprocess.run(["cp", "-a", str(post.rig.portal.jobs), str(copy)], check=True)
    other = make_post(copy.parent / "other", SMTP_URL=f"smtp+plain://127.0.0.1:{mails.port}", **SENDING)
    other.rig.poller.lease.release()
    other.rig.portal.jobs.rename(copy.with_name("emptied"))
    copy.rename(other.rig.portal.jobs)
    stop, seen = threading.Event(), threading.Event()
    entered: list[bool] = []

    class Watched(Notifier):
        def __enter__(self) -> None:
            entered.append(True)

    thread = threading.Thread(
        target=run_poller, args=(other.rig.poller, stop, seen.set), kwargs={"beside": Watched(())}
    )
    thread.start()
    try:
        assert seen.wait(60)
        wait_for(lambda: (beat := HeartbeatReader(other.rig.portal).read()) and beat.stands_still, timeout_s=60)
    finally:
        stop.set()
        thread.join()
    assert entered == []
    assert mails.mails == []


def test_operators_see_what_failed_and_try_it_again(
    tmp_path: Path, mails: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waits, "FIRST_S", 0.0)
    post = make_post(tmp_path, SMTP_URL=f"smtp+plain://127.0.0.1:{free_port()}", **SENDING)
    task_id = post.submitted(notify_mail=ALICE)
    post.finish(task_id)
    for _ in range(6):
        post.notifier = build_notifier(post.rig.settings, lambda *_: None)  # type: ignore[assignment]
        post.notify()
    environment = {
        "JOBS_DIR": str(post.rig.portal.jobs),
        "SMTP_URL": f"smtp+plain://127.0.0.1:{mails.port}",
        **SENDING,
    }
    (part,) = [part for part in build_web(post.rig.settings).health.report().parts if part.name == "notifications"]
    assert (part.state, part.details) == ("degraded", {"waiting": 0, "failed": 1})

    def run(*words: str) -> Any:
        done = CliRunner().invoke(admin, ["notifications", *words, "--json"], env=environment)
        assert done.exit_code == 0, done.output
        return json.loads(done.output)

    (shown,) = run()["notifications"]
    assert (shown["failed"], shown["tries"], shown["subject"], shown["channel"]) == (True, 5, task_id, "mail")
    assert shown["problem"].startswith("no answer")
    assert run("--retry", shown["id"])["retried"] == [shown["id"]]
    assert run("--retry-failed")["retried"] == []
    post.notifier = build_notifier(read_settings({**environment, "REDIS_URL": ""}), lambda *_: None)  # type: ignore[assignment]
    post.notify()
    assert [mail.to for mail in mails.mails] == [[ALICE]]
    assert run()["notifications"] == []
    done = CliRunner().invoke(admin, ["notifications", "--retry", "0" * 32], env=environment)
    assert isinstance(done.exception, NotFound)


def test_settings_that_lack_something_are_refused() -> None:
    for given, lacks in (
        ({"SMTP_URL": "smtp://mail.example.org", "PUBLIC_URL": PUBLIC}, ["MAIL_FROM"]),
        ({"SMTP_URL": "smtp://mail.example.org"}, ["MAIL_FROM", "PUBLIC_URL"]),
        ({"WEBHOOK_ALLOW": "hooks.example.org"}, ["PUBLIC_URL"]),
        ({"OPERATOR_MAIL": "root@example.org"}, ["SMTP_URL"]),
        ({"SMTP_URL": "http://mail.example.org"}, ["SMTP_URL"]),
        ({"SMTP_URL": "smtp+plain://me:secret@mail.example.org"}, ["SMTP_URL"]),
        ({"MAIL_FROM": "a@b.org, c@d.org"}, ["MAIL_FROM"]),
        ({"OPERATOR_MAIL": "root"}, ["OPERATOR_MAIL"]),
        ({"WEBHOOK_ALLOW": "https://hooks.example.org"}, ["WEBHOOK_ALLOW"]),
        ({"WEBHOOK_ALLOW": "http://10.0.0.1:80"}, ["WEBHOOK_ALLOW"]),
    ):
        with pytest.raises(InvalidRequest) as caught:
            read_settings(given)
        assert sorted(caught.value.errors) == lacks


def test_the_password_of_the_mail_server_is_a_secret() -> None:
    settings = read_settings({"SMTP_URL": "smtps://bt:p%40ss@mail.example.org", **SENDING})
    assert "p@ss" in settings.secrets
    assert settings.smtp_server is not None
    assert (settings.smtp_server.port, settings.smtp_server.password) == (465, "p@ss")
    assert "p@ss" not in repr(settings.smtp_server)
    shown = CliRunner().invoke(config, ["show"], env={"SMTP_URL": settings.SMTP_URL, **SENDING})
    assert "SMTP_URL=(set)" in shown.output


def ended_task(post: Post, *, days_ago: float) -> str:
    """Put a task on disk that ended so long ago, and whose sender wants to be told."""
    ended = datetime.now(UTC) - timedelta(days=days_ago)
    built = make_task_on_disk(post.rig.portal, keyring=post.rig.keyring, completion_time=ended)
    folder = NotifyFolder(post.rig.portal.task(built.task_id).path)
    folder.create(NotificationRequest(ALICE))
    folder.told(NotificationEvent.ENDED)
    return built.task_id


def test_before_results_go_it_is_told_once(post: Post, mails: MailServer) -> None:
    due, early = ended_task(post, days_ago=28), ended_task(post, days_ago=20)
    kept = ended_task(post, days_ago=28)
    post.rig.portal.task(kept).kept.touch()
    post.notify(6)
    (mail,) = mails.mails
    assert mail.message["Subject"] == "Your analysis results will be removed soon"
    assert f"{PUBLIC}/tasks/{due}\n" in mail.body
    assert f"{datetime.now(UTC) + timedelta(days=2):%Y-%m-%d}" in mail.body
    assert [event for event in NotificationEvent if NotifyFolder(post.rig.portal.task(early).path).awaits(event)] == [
        NotificationEvent.EXPIRES
    ]


@pytest.mark.parametrize(
    ("retention", "before", "days_ago", "told"),
    [
        ("30", "0", 29, 0),  # nobody wants it
        ("2", "3", 0.5, 0),  # the mail about the end has just told the date
        ("2", "3", 1.5, 1),
        ("30", "40", 10, 0),
        ("30", "40", 16, 1),
    ],
)
def test_how_early_it_is_told(
    tmp_path: Path, mails: MailServer, retention: str, before: str, days_ago: float, told: int
) -> None:
    post = make_post(
        tmp_path,
        SMTP_URL=f"smtp+plain://127.0.0.1:{mails.port}",
        RESULT_RETENTION_DAYS=retention,
        NOTIFY_BEFORE_DAYS=before,
        **SENDING,
    )
    ended_task(post, days_ago=days_ago)
    post.notify(4)
    assert len(mails.mails) == told


def test_a_submission_is_told_before_the_first_of_its_results_goes(post: Post, mails: MailServer) -> None:
    made, _ = announce(post, notify={"mail": ALICE}, lang="zh")
    owner = {"Authorization": f"Bearer {made['token']}"}
    for n in (1, 2):
        post.client.put(f"/api/submissions/{made['submission_id']}/items/{n}", data=GENOME, headers=owner)
    ids = [item["task_id"] for item in made["items"]]
    post.finish(*ids)
    post.notify()
    assert len(mails.mails) == 1
    store = FileTaskStore(post.rig.portal)
    record = store.get(ids[1])
    long_ago = datetime.now(UTC) - timedelta(days=29)
    store.save(replace(record, revision=record.revision + 1, completion_time=long_ago, expires_at=None))
    post.notifier = build_notifier(post.rig.settings, lambda *_: None)  # type: ignore[assignment]
    post.notify()
    assert len(mails.mails) == 2
    assert mails.mails[1].message["Subject"] == "您的分析结果即将删除"


def test_what_is_deleted_before_it_is_sent_is_dropped(post: Post, mails: MailServer) -> None:
    task_id = ended_task(post, days_ago=28)
    name = "0" * 32
    folder = NotifyFolder(post.rig.portal.task(task_id).path)
    folder.told(NotificationEvent.EXPIRES)
    notification = Notification(
        NotificationEvent.EXPIRES, SubjectKind.TASK, task_id, NotificationChannel.MAIL, datetime.now(UTC)
    )
    post.outbox.add(name, notification)
    shutil.rmtree(folder.owner)
    post.notify()
    assert (mails.mails, post.outbox.names(), post.counted) == ([], [], [("mail", "dropped")])


def test_a_full_outbox_loses_nothing(post: Post, mails: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    post.finish(post.submitted(notify_mail=ALICE))
    monkeypatch.setattr("portal.files.outbox.MOST_NOTIFICATIONS", 0)
    turns = [post.notifier.take_turn() for _ in range(3)]
    assert not all(turns)
    monkeypatch.undo()
    post.notify()
    assert len(mails.mails) == 1


def test_the_poller_itself_sends_and_counts(post: Post, mails: MailServer) -> None:
    """`btportal poller` as it is started everywhere."""
    task_id = post.submitted(notify_mail=ALICE)
    post.finish(task_id)
    post.rig.poller.lease.release()
    variables = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(post.rig.portal.jobs.parent),
        "JOBS_DIR": str(post.rig.portal.jobs),
        "REDIS_URL": "",
        "EXECUTOR": "local",
        "MIN_FREE_DISK_GB": "0",
        "SMTP_URL": f"smtp+plain://127.0.0.1:{mails.port}",
        **SENDING,
    }
    command = [sys.executable, "-m", "portal.cli", "poller"]
    process = subprocess.Popen(command, env=variables, cwd=Path(__file__).parents[2], stderr=subprocess.PIPE, text=True)
    try:
        wait_for(lambda: mails.mails, what="a mail")
        sent = 'bttoxin_notifications_total{channel="mail",outcome="sent"} 1.0'
        wait_for(lambda: sent in post.rig.portal.metrics.read_text(), what="its figure")
    finally:
        process.terminate()
        _, log = process.communicate(timeout=60)
    assert process.returncode == 0, log
    assert (len(mails.mails), ALICE in log) == (1, False)


def test_a_bug_with_one_keeps_no_other(post: Post, mails: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, sound = post.submitted(notify_mail=ALICE), post.submitted(notify_mail="bob@example.org")
    post.finish(broken, sound)
    real = Mailer.send

    def send(mailer: Mailer, name: str, text: MailText, to: Any, **more: Any) -> None:
        if broken in text.body:
            raise ValueError(broken)
        real(mailer, name, text, to, **more)

    monkeypatch.setattr(Mailer, "send", send)
    post.notify(4)
    assert [mail.to for mail in mails.mails] == [["bob@example.org"]]
    (left,) = post.outbox.all().values()
    assert (left.subject, left.tries) == (broken, 1)
