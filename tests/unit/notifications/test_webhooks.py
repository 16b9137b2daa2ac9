"""Webhooks, against a real receiver with TLS: signed, only where the operator allows, never into the own network."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from portal.bootstrap import build_notifier, build_web, templates_dir
from portal.cli.admin import admin
from portal.domain.errors import InvalidRequest, InvalidValue, StorageFull
from portal.domain.message import Message
from portal.domain.webhook_rules import WebhookRules, WebhookTarget
from portal.files.outbox import Notification, Outbox
from portal.notifications import waits
from portal.notifications.delivery import NotDelivered
from portal.notifications.webhook import WebhookCaller
from portal.web.app import create_app
from tests.certificates import Certificate, make_certificate
from tests.ports import free_port
from tests.unit.poller.poller_rig import GENOME, Rig
from tests.webhook_receiver import Receiver, running_receiver

PUBLIC = "https://bt.example.org/toxins"
OWN = "127.0.0.0/8, ::1/128"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"), "DNS:localhost")


@pytest.fixture
def receiver(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.authority))
    with running_receiver(certificate) as running:
        yield running


def caller(rules: WebhookRules, **more: float) -> WebhookCaller:
    return WebhookCaller(rules, key=lambda host: f"key of {host}", **more)  # type: ignore[arg-type]


def call(url: str, allow: str, **more: float) -> None:
    rules = WebhookRules.parse(allow)
    caller(rules, **more).send("0" * 32, rules.read(url), {"event": "task.ended"})


def refused(url: str, allow: str, **more: float) -> NotDelivered:
    with pytest.raises(NotDelivered) as caught:
        call(url, allow, **more)
    return caught.value


def rig_of(folder: Path, allow: str) -> Rig:
    return Rig(folder, None, WEBHOOK_ALLOW=allow, PUBLIC_URL=PUBLIC)


def announced(rig: Rig, url: str) -> tuple[int, dict[str, Any]]:
    client = create_app(rig.settings, build_web(rig.settings), templates=templates_dir()).test_client()
    item = {"label": "telltale", "size": len(GENOME), "sha256": hashlib.sha256(GENOME).hexdigest()}
    answer = client.post("/api/submissions", json={"items": [item], "notify": {"webhook": url}})
    made = answer.json or {}
    if answer.status_code == 201:
        owner = {"Authorization": f"Bearer {made['token']}"}
        client.put(f"/api/submissions/{made['submission_id']}/items/1", data=GENOME, headers=owner)
    return answer.status_code, made


def test_a_receiver_is_called_once_and_can_check_who_calls(tmp_path: Path, receiver: Receiver) -> None:
    rig = rig_of(tmp_path, f"localhost:{receiver.port}, {OWN}")
    counted: list[tuple[str, str]] = []
    notifier = build_notifier(rig.settings, lambda *told: counted.append(told))
    assert notifier is not None
    status, made = announced(rig, f"https://localhost:{receiver.port}/bt?from=portal")
    assert status == 201
    rig.poller.tick()
    rig.finish(made["items"][0]["task_id"])
    rig.poller.cycle()
    for _ in range(6):
        assert notifier.take_turn()
    ((path, headers, body),) = receiver.calls
    assert path == "/bt?from=portal"
    told = json.loads(body)
    assert (told["event"], told["portal"], told["delivery"]) == (
        "submission.ended",
        PUBLIC,
        headers["Bttoxin-Delivery"],
    )
    assert told["submission"]["counts"] == {"completed": 1}
    assert told["submission"]["url"] == f"{PUBLIC}/submissions/{made['submission_id']}"
    assert b"telltale" not in body
    assert made["token"].encode() not in body
    secret = CliRunner().invoke(
        admin,
        ["webhook-secret", "LOCALHOST"],
        env={
            "JOBS_DIR": str(rig.portal.jobs),
            "WEBHOOK_ALLOW": rig.settings.WEBHOOK_ALLOW,
            "PUBLIC_URL": PUBLIC,
        },
    )
    assert secret.exit_code == 0, secret.output
    at, mark = (part.partition("=")[2] for part in headers["Bttoxin-Signature"].split(","))
    wanted = hmac.digest(secret.output.strip().encode(), at.encode() + b"." + body, "sha256").hex()
    assert mark == wanted
    assert counted == [("webhook", "sent")]


def test_a_secret_is_shown_of_allowed_hosts_only(tmp_path: Path) -> None:
    rig = rig_of(tmp_path, "hooks.example.org")
    environment = {"JOBS_DIR": str(rig.portal.jobs), "WEBHOOK_ALLOW": "hooks.example.org", "PUBLIC_URL": PUBLIC}
    found = CliRunner().invoke(admin, ["webhook-secret", "other.example.org"], env=environment)
    assert isinstance(found.exception, InvalidRequest)


def test_a_secret_is_found_by_the_address_of_a_webhook_too(tmp_path: Path) -> None:
    rig = rig_of(tmp_path, "hooks.example.org")
    environment = {"JOBS_DIR": str(rig.portal.jobs), "WEBHOOK_ALLOW": "hooks.example.org", "PUBLIC_URL": PUBLIC}

    def ask(host: str) -> Any:
        return CliRunner().invoke(admin, ["webhook-secret", host], env=environment)

    by_host = ask("hooks.example.org")
    assert by_host.exit_code == 0, by_host.output
    for address in ("https://hooks.example.org/bt?from=portal", "https://HOOKS.example.org:443/"):
        assert ask(address).output == by_host.output, address
    for address in ("http://hooks.example.org/", "https://hooks.example.org:8443/", "https://other.example.org/"):
        assert isinstance(ask(address).exception, InvalidRequest), address
    assert isinstance(ask("ftp://hooks.example.org/").exception, InvalidRequest)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 410, 500, 503])
def test_every_other_answer_is_a_failure_and_no_redirect_is_followed(receiver: Receiver, status: int) -> None:
    receiver.status = status
    receiver.headers = {"Location": f"https://localhost:{receiver.port}/elsewhere"}
    found = refused(f"https://localhost:{receiver.port}/", f"localhost:{receiver.port}, {OWN}")
    assert (found.reason.code, found.reason.params["code"], found.is_down) == ("notify.answered", status, False)
    assert [path for path, _, _ in receiver.calls] == ["/"]


def ended(tmp_path: Path, receiver: Receiver) -> Rig:
    """Return a portal in which a submission has ended whose sender wants the receiver to be called."""
    rig = rig_of(tmp_path, f"localhost:{receiver.port}, {OWN}")
    _, made = announced(rig, f"https://localhost:{receiver.port}/")
    rig.poller.tick()
    rig.finish(made["items"][0]["task_id"])
    rig.poller.cycle()
    return rig


def test_five_tries(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waits, "FIRST_S", 0.0)
    receiver.status = 500
    rig = rig_of(tmp_path, f"localhost:{receiver.port}, {OWN}")
    counted: list[tuple[str, str]] = []
    _, made = announced(rig, f"https://localhost:{receiver.port}/")
    rig.poller.tick()
    rig.finish(made["items"][0]["task_id"])
    rig.poller.cycle()
    for _ in range(8):
        notifier = build_notifier(rig.settings, lambda *told: counted.append(told))
        assert notifier is not None
        for _ in range(3):
            assert notifier.take_turn()
    assert counted == [("webhook", "retried")] * 4 + [("webhook", "failed")]
    assert len({headers["Bttoxin-Delivery"] for _, headers, _ in receiver.calls}) == 1
    assert len(receiver.calls) == 5


def test_restarts_do_not_use_the_tries_up(tmp_path: Path, receiver: Receiver) -> None:
    receiver.status = 500
    rig = ended(tmp_path, receiver)
    for _ in range(8):
        notifier = build_notifier(rig.settings, lambda *_: None)
        assert notifier is not None
        for _ in range(3):
            assert notifier.take_turn()
    assert len(receiver.calls) == 1


def test_a_later_process_waits_for_the_rest_of_the_pause() -> None:
    kept = waits.Waits(lambda: 0.0, first_s=300.0)
    assert kept.is_due("a", 0)
    assert [kept.is_due("a", tries, since) for tries, since in ((1, 299.0), (1, 301.0), (3, 1199.0), (3, 1201.0))] == [
        False, True, False, True,
    ]  # fmt: skip
    assert kept.is_due("a", 4, -5.0), "the clock was set back"
    assert kept.is_due("a", 4, 3700.0), "no pause is longer than an hour"


def test_between_two_tries_there_is_a_pause(tmp_path: Path, receiver: Receiver) -> None:
    receiver.status = 500
    rig = ended(tmp_path, receiver)
    notifier = build_notifier(rig.settings, lambda *_: None)
    assert notifier is not None
    for _ in range(20):
        assert notifier.take_turn()
    assert len(receiver.calls) == 1


def test_there_is_one_too_when_no_try_can_be_written_down(
    tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Outbox, name: str, notification: Notification) -> None:
        raise StorageFull(Message("disk.full"))

    receiver.status = 500
    rig = ended(tmp_path, receiver)
    notifier = build_notifier(rig.settings, lambda *_: None)
    assert notifier is not None
    monkeypatch.setattr(Outbox, "replace", full)
    for _ in range(20):
        assert notifier.take_turn()
    assert len(receiver.calls) == 1


def test_a_missing_secret_is_no_failure_of_the_receiver(tmp_path: Path, receiver: Receiver) -> None:
    rig = rig_of(tmp_path, f"localhost:{receiver.port}, {OWN}")
    client = create_app(rig.settings, build_web(rig.settings), templates=templates_dir()).test_client()
    form = {"file": (io.BytesIO(GENOME), "a.fna"), "notify_webhook": f"https://localhost:{receiver.port}/"}
    task_id = (client.post("/api/tasks", data=form, content_type="multipart/form-data").json or {})["task_id"]
    rig.poller.tick()
    rig.finish(task_id)
    rig.poller.cycle()
    away = rig.portal.secret.rename(tmp_path / "secret")
    counted: list[tuple[str, str]] = []
    for _ in range(6):
        notifier = build_notifier(rig.settings, lambda *told: counted.append(told))
        assert notifier is not None
        for _ in range(3):
            assert notifier.take_turn()
    assert (counted, receiver.calls) == ([], [])
    away.rename(rig.portal.secret)
    notifier = build_notifier(rig.settings, lambda *told: counted.append(told))
    assert notifier is not None
    assert notifier.take_turn()
    assert counted == [("webhook", "sent")]


def test_a_name_that_leads_into_the_own_network_is_not_called(receiver: Receiver) -> None:
    found = refused(f"https://localhost:{receiver.port}/", f"localhost:{receiver.port}")
    assert found.reason.code == "notify.private"
    assert receiver.calls == []


def test_the_name_is_resolved_once(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second question could be answered with another address than the one that was checked."""
    real, asked = socket.getaddrinfo, []

    def resolve(host: Any, *args: Any, **more: Any) -> Any:
        asked.append(host)
        return real(host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    call(f"https://localhost:{receiver.port}/", f"localhost:{receiver.port}, {OWN}")
    assert len(receiver.calls) == 1
    assert asked.count("localhost") == 1


def test_a_proxy_of_the_environment_is_not_asked(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    call(f"https://localhost:{receiver.port}/", f"localhost:{receiver.port}, {OWN}")
    assert len(receiver.calls) == 1


def test_another_hosts_certificate_is_not_taken(receiver: Receiver) -> None:
    """The certificate is localhost's; the receiver's address is allowed as a host of its own."""
    found = refused(f"https://127.0.0.1:{receiver.port}/", f"127.0.0.1:{receiver.port}")
    assert (found.reason.code, receiver.calls) == ("notify.certificate", [])


def test_without_tls_on_this_machine_only() -> None:
    with running_receiver(None) as receiver:
        call(f"http://127.0.0.1:{receiver.port}/", f"http://127.0.0.1:{receiver.port}")
        assert len(receiver.calls) == 1
        found = refused(f"https://127.0.0.1:{receiver.port}/", f"127.0.0.1:{receiver.port}, {OWN}")
        assert found.reason.code == "notify.connection"


def test_nobody_there_and_nobody_who_answers() -> None:
    port = free_port()
    assert refused(f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{port}").is_down
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        found = refused(f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{port}", timeout_s=0.3)
        assert (found.reason.code, found.is_down) == ("notify.connection", True)
        found = refused(f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{port}", whole_s=0.3)
        assert (found.reason.code, found.is_down) == ("notify.connection", True)


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.org/",
        "ftp://hooks.example.org/",
        "https://hooks.example.org:8443/",
        "https://other.example.org/",
        "https://hooks.example.org.evil.example/",
        "https://me:secret@hooks.example.org/",
        "https://hooks.example.org@evil.example/",
        "https://hooks.example.org\\@evil.example/",
        "https://hooks.example.org/#part",
        "https://hooks.example.org/a b",
        "https://hooks.example.org/\r\nX: y",
        "https://hooks.example.org/é",
        f"https://hooks.example.org/{'a' * 1000}",
        "https://hooks.example.org:0/",
        "https:///path",
        "https://[::1]/",
        "//hooks.example.org/",
    ],
)
def test_what_is_not_allowed_is_refused(url: str) -> None:
    with pytest.raises(InvalidValue):
        WebhookRules.parse("hooks.example.org, 10.0.0.0/8").read(url)


def test_it_is_refused_at_the_request_too(tmp_path: Path) -> None:
    status, answer = announced(rig_of(tmp_path, "hooks.example.org"), "https://169.254.169.254/latest")
    assert (status, list(answer["errors"])) == (422, ["notify.webhook"])


def test_what_is_allowed_is_taken_apart() -> None:
    rules = WebhookRules.parse("Hooks.example.org, ci.example.org:8443, http://127.0.0.1:9000")
    assert rules.read("https://HOOKS.example.org") == WebhookTarget("https", "hooks.example.org", 443, "/")
    assert rules.read("https://ci.example.org:8443/a?b=c").path == "/a?b=c"
    assert rules.read("https://ci.example.org:8443/a").origin == "ci.example.org:8443"
    assert rules.read("http://127.0.0.1:9000/x").scheme == "http"


@pytest.mark.parametrize(
    ("address", "may"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("10.1.2.3", False),
        ("192.168.0.1", False),
        ("172.16.0.1", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - nothing listens there
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.215.14", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("::127.0.0.1", False),
        ("::ffff:0:7f00:1", False),
        ("fec0::1", False),
        ("5f00::1", False),
        ("192.0.0.8", False),
        ("192.88.99.1", False),
        ("10.9.0.1", True),  # in a network of the list
        ("::ffff:10.9.0.1", True),
    ],
)
def test_addresses_that_a_name_may_have(address: str, may: bool) -> None:
    rules = WebhookRules.parse("hooks.example.org, 10.9.0.0/16")
    assert rules.may_connect(rules.read("https://hooks.example.org/"), address) is may
