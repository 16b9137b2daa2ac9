"""Two genomes of one submission under names, with the reports and bundles that the pipeline makes."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.domain.status import Lang
from portal.files.submissions import SubmissionFolders
from portal.files.task_index import TaskIndex
from portal.files.taskdir import PortalDir
from portal.pipeline.bundle.make import StageFolders, make_bundle
from portal.pipeline.bundle.origin import InputFile, Origin
from tests.builders import GENOME, BuiltTask, Site, make_site, rewrite_result, run_again, write_heartbeat

FILES = ("aardvark", "badger")  # what the genomes were sent as

NAMES = ("Zebra 7", "苏云金 “七”")

SETTINGS = {"ADMIN_SECRET": "a-secret-of-the-operators", "IDENTITY": "header", "TRUSTED_PROXIES": "127.0.0.0/8"}


@dataclasses.dataclass(frozen=True)
class World:
    """A submission of two genomes that have run twice, with real reports and bundles, opened by its owner."""

    site: Site
    client: FlaskClient
    body: dict[str, Any]
    built: tuple[BuiltTask, ...]

    @property
    def submission_id(self) -> str:
        return str(self.body["submission_id"])

    def name(self, *names: str) -> None:
        """Give the strains names, by a table as owners send it."""
        lines = [
            "label,name",
            *(f'{label},"{name.replace(chr(34), 2 * chr(34))}"' for label, name in zip(FILES, names, strict=True)),
        ]
        answer = self.client.put(
            f"/api/submissions/{self.submission_id}/annotations",
            data="\n".join(lines).encode(),
            headers={"Content-Type": "text/csv", "If-Match": "*", "Authorization": f"Bearer {self.body['token']}"},
        )
        assert answer.status_code == 200, answer.text

    def get(self, address: str, **headers: str) -> TestResponse:
        return self.client.get(address, headers=headers)


def _with_real_bundle(portal: PortalDir, built: BuiltTask) -> None:
    """Let the last run of a task have the report and the bundle that the pipeline makes of its results."""
    assert built.task.attempt is not None
    attempt = portal.task(built.task_id).attempt(built.task.attempt.number)
    folders = [next(iter(attempt.path.glob(f"{stage}/out"))) for stage in ("digger", "shoter", "plots")]
    out = next(iter(attempt.path.glob("bundle/out")))
    origin = Origin(
        built.task_id, built.task.strain, built.task.submission_time.isoformat(), Lang.EN,
        genome=InputFile(built.task.filename, len(GENOME), "ab" * 32),
    )  # fmt: skip
    made = out.parent / "again"
    made.mkdir()
    for name in make_bundle(StageFolders(*folders), made, origin=origin, display_name=built.task.filename):
        target = out / name
        if target.exists():
            rewrite_result(target, (made / name).read_bytes())
    shutil.rmtree(made)


def make_world(folder: Path) -> World:
    site = make_site(folder / "jobs", **dict[str, Any](SETTINGS))
    write_heartbeat(site.portal, age_s=-3600)
    client = site.app.test_client()
    client.environ_base |= {
        "HTTP_SEC_FETCH_SITE": "same-origin",
        "HTTP_X_REMOTE_USER": "alice",
        "REMOTE_ADDR": "127.0.0.1",
    }
    items = [{"label": label, "size": len(GENOME), "sha256": str(n) * 64} for n, label in enumerate(FILES)]
    body = client.post("/api/submissions", json={"label": "May", "items": items}).get_json()
    owner = SubmissionFolders(site.portal).read(body["submission_id"]).owner
    built, index = [], TaskIndex(site.portal)
    for item, label in zip(body["items"], FILES, strict=True):
        SubmissionFolders(site.portal).mark_received(body["submission_id"], item["n"])
        task = site.task(task_id=item["task_id"], submission=body["submission_id"], filename=label, hits=3, owner=owner)
        task = run_again(site.portal, task, hits=7)
        _with_real_bundle(site.portal, task)
        built.append(task)
        index.note(task.task)
    alone = site.task(filename="capuchin.fna", owner=owner)
    index.note(alone.task)
    index.rebuild()
    address = f"/api/tasks/{alone.task_id}/annotations"
    answer = client.put(address, json={"name": NAMES[0]}, headers={**alone.bearer, "If-Match": "*"})
    assert answer.status_code == 200, answer.text
    client.post("/admin/login", data={"secret": SETTINGS["ADMIN_SECRET"]})
    client.post(f"/submissions/{body['submission_id']}/unlock", data={"token": body["token"]})
    found = World(site, client, body, tuple(built))
    found.name(*NAMES)
    return found


def stored_bundle(world: World) -> Path:
    """Return the bundle of the first strain as its run has made it."""
    attempt = world.site.portal.task(world.built[0].task_id).attempt(2)
    return next(iter(attempt.path.glob("bundle/out/bundle.zip")))
