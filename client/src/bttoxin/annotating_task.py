"""Write name, tags, note and metadata of one task by its id and token."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bttoxin.annotating import CHANGED, REVISION, TRIES, WHOSE, cells_left, json_of, wanted_row
from bttoxin.effects import Answer, Program, Send
from bttoxin.errors import RequestRefused
from bttoxin.genomes import label_of
from bttoxin.link import Link
from bttoxin.patience import ask, read_json
from bttoxin.progress import Progress
from bttoxin.submitting import bearer


def annotate_task(
    link: Link, progress: Progress, task_id: str, token: str, row: Mapping[str, Any], *, replace: bool
) -> Program[bool]:
    """Write a row to a task; return whether it differs from before.

    Raises:
        ValueError: the row is of another task.
        AlreadyWritten: without `replace`, a cell has other text already; nothing was written.
    """
    cells = wanted_row(row)
    whose = {name: cells.pop(name) for name in WHOSE if name in cells}
    path = f"/api/tasks/{task_id}/annotations"
    headers = {**link.headers, **bearer(token)}
    was_sent = False
    for more_tries in reversed(range(TRIES)):
        answer: Answer = yield from ask(Send("GET", path, headers=headers), link.patience, progress)
        present: dict[str, Any] = read_json(answer, path)
        _require_same(whose, task_id, present["label"])
        left = cells_left(_as_cells(present), cells, replace=replace, whose=task_id)
        if not left:  # on a second look: the answer to the first had been lost
            return was_sent
        was_sent = True
        sent = Send("PATCH", path, headers={**headers, "If-Match": answer.headers["etag"]}, json=json_of(left))
        try:
            yield from ask(sent, link.patience, progress)
            return True
        except RequestRefused as error:
            if error.code != CHANGED or not more_tries:
                raise
    return was_sent


def _require_same(whose: Mapping[str, str], task_id: str, label: str) -> None:
    if whose.get("task_id", task_id) != task_id:
        raise ValueError(f"the row is of {whose['task_id']}, not of {task_id}")
    if whose.get("label", label) not in (label, label_of(Path(label))):
        raise ValueError(f"the row is of {whose['label']}, not of {label}")


def _as_cells(present: Mapping[str, Any]) -> dict[str, str]:
    cells = {"label": present["label"], REVISION: str(present["revision"]), "name": present["name"]}
    return {**present["metadata"], **cells, "tags": "; ".join(present["tags"]), "note": present["note"] or ""}
