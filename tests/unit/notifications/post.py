"""A portal that sends mail, in one process: poller, notifier, and a browser's hands."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.bootstrap import build_notifier, build_web, templates_dir
from portal.files.outbox import Outbox
from portal.notifications.notifier import Notifier
from portal.web.app import create_app
from tests.unit.poller.poller_rig import GENOME, Rig

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


def announce(post: Post, **fields: Any) -> tuple[dict[str, Any], int]:
    digest = hashlib.sha256(GENOME).hexdigest()
    items = [{"label": f"telltale {n}", "size": len(GENOME), "sha256": digest} for n in (1, 2)]
    answer = post.client.post("/api/submissions", json={"label": "Telltale", "items": items, **fields})
    return answer.json or {}, answer.status_code
