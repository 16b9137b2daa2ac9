"""A notification on its way: killed processes, mail servers that refuse or hang, copies of the folder, bugs."""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from portal.bootstrap import build_notifier, build_web
from portal.cli.admin import admin
from portal.config import read_settings
from portal.domain.errors import NotFound
from portal.files.heartbeat import HeartbeatReader
from portal.notifications import waits
from portal.notifications.mail import Mailer
from portal.notifications.notifier import Notifier
from portal.notifications.words import MailText
from portal.poller.loop import run_poller
from tests.mail_server import MailServer, running_mail_server
from tests.ports import free_port
from tests.unit.notifications.post import ALICE, SENDING, Post, make_post
from tests.waiting import wait_for

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
    root = Path(__file__).parents[3]
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
    process = subprocess.Popen(command, env=variables, cwd=Path(__file__).parents[3], stderr=subprocess.PIPE, text=True)
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
