"""Submissions as their owner holds them, for the tests of the API."""

from __future__ import annotations

import hashlib
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.files.submissions import SubmissionFolders
from tests.builders import GENOME, Site


def item(label: str, data: bytes = GENOME) -> dict[str, Any]:
    return {"label": label, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


class AnnouncedSubmission:
    """A submission as its owner holds it."""

    def __init__(self, client: FlaskClient, answer: TestResponse) -> None:
        assert answer.status_code in (200, 201), answer.text
        self.client = client
        self.body = answer.get_json()
        self.url = f"/api/submissions/{self.body['submission_id']}"
        self.owner = {"Authorization": f"Bearer {self.body['token']}"}
        self.viewer = {"Authorization": f"Bearer {self.body['view_token']}"}

    def task_id(self, n: int) -> str:
        return str(self.body["items"][n - 1]["task_id"])

    def send(self, n: int, data: bytes = GENOME, **headers: str) -> TestResponse:
        return self.client.put(f"{self.url}/items/{n}", data=data, headers={**self.owner, **headers})

    def look(self, **more: Any) -> dict[str, Any]:
        answer = self.client.get(self.url, headers=self.viewer, **more)
        assert answer.status_code == 200, answer.text
        return answer.get_json()  # type: ignore[no-any-return]

    def states(self) -> list[str]:
        return [row[2] for row in self.look()["items"]]


def announce(client: FlaskClient, *items: dict[str, Any], key: str = "", **more: Any) -> TestResponse:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post("/api/submissions", json={"items": list(items), **more}, headers=headers)


def announced(client: FlaskClient, *items: dict[str, Any], **more: Any) -> AnnouncedSubmission:
    return AnnouncedSubmission(client, announce(client, *items, **more))


def completed(site: Site, submission: AnnouncedSubmission, n: int, **more: Any) -> None:
    """Put the finished task of an item into place, as the pipeline would have."""
    SubmissionFolders(site.portal).mark_received(submission.body["submission_id"], n)
    site.task(task_id=submission.task_id(n), submission=submission.body["submission_id"], **more)
