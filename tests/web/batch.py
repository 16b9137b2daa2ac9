"""A submission whose genomes are put on the disk by the test."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from portal.domain.status import PipelineStage, TaskStatus
from portal.files.submissions import SubmissionFolders
from tests.builders import GENOME, Site


class Batch:
    """A submission of genomes by their label; what of it is on the disk is put there by the test."""

    def __init__(self, site: Site, *labels: str, data: bytes = GENOME, name: str = "May") -> None:
        self.site = site
        item = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        body = {"label": name, "items": [{"label": label, **item} for label in labels]}
        self.body: dict[str, Any] = site.app.test_client().post("/api/submissions", json=body).get_json()
        self.id, self.token, self.view_token = (self.body[key] for key in ("submission_id", "token", "view_token"))
        self.page, self.api = f"/submissions/{self.id}", f"/api/submissions/{self.id}"

    def task_id(self, n: int) -> str:
        return str(self.body["items"][n - 1]["task_id"])

    def put(self, n: int, status: TaskStatus = TaskStatus.COMPLETED, **more: Any) -> None:
        SubmissionFolders(self.site.portal).mark_received(self.id, n)
        self.site.task(status, task_id=self.task_id(n), submission=self.id, **more)

    def open(self, client: FlaskClient, token: str = "") -> None:
        answer = client.post(f"{self.page}/unlock", data={"token": token or self.token})
        assert answer.status_code == 303, answer.text


def out_of(batch: Batch, stage: PipelineStage) -> Path:
    return batch.site.portal.task(batch.task_id(1)).attempt(1).stage(stage).out
