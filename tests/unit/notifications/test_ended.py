"""What is told when a task or a submission has ended: once, in its language, and by nobody's words."""

from __future__ import annotations

from portal.bootstrap import build_notifier
from tests.mail_server import MailServer
from tests.unit.notifications.post import ALICE, PUBLIC, Post, announce
from tests.unit.poller.poller_rig import GENOME


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
