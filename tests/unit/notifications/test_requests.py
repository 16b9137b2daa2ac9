"""Which requests for a notification are taken, and which settings allow them."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.bootstrap import build_notifier, build_web, templates_dir
from portal.cli.config import config
from portal.config import read_settings
from portal.domain.errors import InvalidRequest
from portal.web.app import create_app
from tests.mail_server import MailServer
from tests.unit.notifications.post import ALICE, PUBLIC, SENDING, Post, announce, make_post
from tests.unit.poller.poller_rig import GENOME, Rig

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
