"""Every address of a portal, with hostile values."""

from __future__ import annotations

from collections.abc import Iterator

from werkzeug.routing import Rule

from portal.domain.status import TaskStatus
from tests.builders import Site
from tests.web.api.hostile import Hostile, headers_everywhere, path_of, queries_everywhere, requests_to

_SECRET = "a-secret-of-the-operators"

SETTINGS = {"ADMIN_SECRET": _SECRET, "WRONG_TOKENS_PER_MINUTE": "0", "CLIENT_UPLOADS_PER_MINUTE": "0"}


def everything(site: Site) -> Iterator[Hostile]:
    """Yield hostile requests to every address of a site, with what opens it."""
    client = site.app.test_client()
    built = site.task(TaskStatus.COMPLETED)
    items = [{"label": str(n), "size": 9, "sha256": str(n) * 64} for n in range(3)]
    announced = client.post("/api/submissions", json={"items": items}).json or {}
    ours = {"Sec-Fetch-Site": "same-origin"}
    client.post("/admin/login", data={"secret": _SECRET}, headers=ours)
    session = client.get_cookie("bttoxin_admin", path="/admin")
    assert session is not None
    known = {
        "task_id": built.task_id, "submission_id": announced["submission_id"], "n": "1", "name": "All_Toxins.txt",
        "filename": "page.js", "act": "cancel",
    }  # fmt: skip
    for rule in site.app.url_map.iter_rules():
        trusted = _key_to(rule, built.bearer, announced["token"], {**ours, "Cookie": f"bttoxin_admin={session.value}"})
        for hostile in requests_to(rule, known, trusted):
            # Not what would remove the task that all others ask about.
            if hostile.method != "DELETE" or hostile.path != path_of(rule, known):
                yield hostile
    for path in ("/", "/api/queue", f"/api/tasks/{built.task_id}/results/All_Toxins.txt"):
        yield from headers_everywhere(path, built.bearer)
    for path in ("/tasks", f"/api/tasks/{built.task_id}/log", "/compare"):
        yield from queries_everywhere(path, built.bearer)


def _key_to(rule: Rule, task: dict[str, str], submission: str, session: dict[str, str]) -> dict[str, str]:
    if rule.rule.startswith("/admin"):
        return session
    return {"Authorization": f"Bearer {submission}"} if "submission_id" in rule.arguments else task
