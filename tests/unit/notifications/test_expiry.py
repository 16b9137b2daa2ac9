"""What is told before results are removed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from portal.bootstrap import build_notifier
from portal.domain.notification import NotificationChannel, NotificationEvent, SubjectKind
from portal.files.notification_request import NotificationRequest, NotifyFolder
from portal.files.outbox import Notification
from portal.storage.file import FileTaskStore
from tests.builders import make_task_on_disk
from tests.mail_server import MailServer
from tests.unit.notifications.post import ALICE, PUBLIC, SENDING, Post, announce, make_post
from tests.unit.poller.poller_rig import GENOME


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
