"""The index of tasks, and what a search of one's own finds by it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask.testing import FlaskClient

from portal.domain.task import TaskMeta
from portal.files.task_index import TaskIndex
from tests.builders import Site


def index(site: Site, tasks: Iterable[TaskMeta]) -> None:
    """Write the index as the poller does."""
    made = TaskIndex(site.portal)
    for task in tasks:
        made.note(task)
    made.rebuild()


def found(client: FlaskClient, text: str) -> list[str]:
    """Return the ids that a search finds, in its order."""
    answer = client.get("/tasks", query_string={"find": text})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    return re.findall(r'<li class="task-row.*?<a href="/tasks/([a-z2-7]{12})"', answer.text)
