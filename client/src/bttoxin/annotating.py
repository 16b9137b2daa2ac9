"""Write names, tags, notes and metadata of the genomes of a run."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from bttoxin.annotation_files import read_annotations, unguarded
from bttoxin.columns import TABLES
from bttoxin.effects import Answer, Program, Send
from bttoxin.errors import AlreadyWritten, RequestRefused
from bttoxin.frames import META
from bttoxin.journal import RunState, SubmissionState
from bttoxin.link import Link
from bttoxin.patience import ask, read_json
from bttoxin.progress import Progress
from bttoxin.submitting import SUBMISSIONS, bearer

WRITTEN = ("name", "tags", "note")
WHOSE = ("label", "task_id")
REVISION = "revision"  # of a row that the portal wrote: what it replaces
_BETWEEN_TAGS = re.compile("[,;\n\uff0c\uff1b\u3001]")
TRIES = 5
CHANGED = 412  # If-Match names an earlier state


def wanted_rows(source: Any) -> list[dict[str, str]]:
    """Return what to write, as text by column: rows of a frame (pandas, polars) or dictionaries.

    A path is a CSV file. Columns of the portal's tables that nobody writes are left out, `meta_site` is the metadata
    column `site`, and a missing value leaves what is there; empty text empties.

    Raises:
        ValueError: a row has neither label nor task_id, there is none, or the file cannot be read as a table.
    """
    rows = [wanted_row(row) for row in _dictionaries(source)]
    if not rows:
        raise ValueError("there are no rows to write")
    if not all(set(WHOSE) & set(row) for row in rows):
        raise ValueError("each row needs a label or a task_id")
    return rows


def _dictionaries(source: Any) -> Iterable[Mapping[str, Any]]:
    if isinstance(source, str | Path):
        return read_annotations(source)
    if hasattr(source, "to_dicts"):  # polars
        return source.to_dicts()  # type: ignore[no-any-return]
    if hasattr(source, "to_dict") and hasattr(source, "columns"):  # pandas
        return source.astype(object).to_dict("records")  # type: ignore[no-any-return]
    return source  # type: ignore[no-any-return]


def wanted_row(row: Mapping[str, Any]) -> dict[str, str]:
    """Return what one row writes, as text by column, in the form in which the portal keeps it."""
    found: dict[str, str] = {}
    for name, value in row.items():
        if _is_missing(value):
            continue
        if name in WHOSE:
            found[name] = str(value)
        elif name == REVISION:
            found[name] = f"{value:.0f}" if isinstance(value, float) else str(value).strip()
        elif name == "tags":
            line = "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            found[name] = "; ".join(tags_of(line))
        elif name in WRITTEN or name not in TABLES["tasks"]:
            found[name.removeprefix(META)] = _as_kept(str(value))
    return found


def tags_of(text: str) -> list[str]:
    """Return the tags in a line as the portal keeps them: of two that differ in case alone, the first."""
    found: dict[str, str] = {}
    for tag in map(_as_kept, _BETWEEN_TAGS.split(text)):
        if tag:
            found.setdefault(tag.casefold(), tag)
    return list(found.values())


def _as_kept(text: str) -> str:
    """Return text as the portal keeps it, so that the same text again is no other."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def _is_missing(value: Any) -> bool:
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, float) and value != value


def annotate(link: Link, progress: Progress, state: RunState, source: Any, *, replace: bool) -> Program[int]:
    """Write rows to the genomes that they are of; return how many genomes differ from before.

    Raises:
        ValueError: a row is of no genome of the run, or two are of the same.
        AlreadyWritten: without `replace`, a cell has other text already; nothing was written.
    """
    wanted = _by_task(state, wanted_rows(source))
    parts = []
    for submission in state.live:
        ids = {item.task_id for item in submission.items.values()}
        mine = {task_id: cells for task_id, cells in wanted.items() if task_id in ids}
        if mine:
            parts.append((submission, mine))
    if len(parts) > 1:  # what one of them refuses is found before anything is written to another
        for submission, mine in parts:
            answer = yield from _ask_present(link, progress, submission)
            _left(_present(answer.content), mine, replace=replace)
    changed = 0
    for submission, mine in parts:
        changed += yield from _write(link, progress, submission, mine, replace)
    return changed


def _by_task(state: RunState, rows: Iterable[Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """Return the cells of each row by task; raise ValueError where a row is of no genome, or two are of the same."""
    newest = state.newest().values()
    by_label = {item.label: item.task_id for _, item in newest}
    known = set(by_label.values())
    wanted: dict[str, dict[str, str]] = {}
    for row in rows:
        label, task_id = row.get("label"), row.get("task_id")
        named = task_id or ""
        if label is not None:
            named = by_label.get(label) or by_label.get(unicodedata.normalize("NFC", label), "")
        if named not in known or task_id not in (None, named):
            raise ValueError(f"no genome of this run is called {label or task_id}")
        if named in wanted:
            raise ValueError(f"two rows are of {label or task_id}")
        wanted[named] = {name: text for name, text in row.items() if name not in WHOSE}
    return wanted


def _ask_present(link: Link, progress: Progress, submission: SubmissionState) -> Program[Answer]:
    headers = {**link.headers, **bearer(submission.token)}
    path = _path(submission)
    return (yield from ask(Send("GET", path, headers=headers), link.patience, progress))


def _path(submission: SubmissionState) -> str:
    return f"{SUBMISSIONS}/{submission.submission_id}/annotations"


def _write(
    link: Link, progress: Progress, submission: SubmissionState, wanted: Mapping[str, Mapping[str, str]], replace: bool
) -> Program[int]:
    """Write to one submission on what is there now; again if somebody was faster, or an answer was lost."""
    path = _path(submission)
    headers = {**link.headers, **bearer(submission.token)}
    left: dict[str, dict[str, str]] = {}
    for more_tries in reversed(range(TRIES)):
        answer: Answer = yield from _ask_present(link, progress, submission)
        before = len(left)
        left = _left(_present(answer.content), wanted, replace=replace)
        if not left:  # on a second look: the answer to the first had been lost
            return before
        sent = Send(
            "PUT",
            path,
            headers={**headers, "If-Match": answer.headers["etag"]},
            json={"rows": [{"task_id": task_id, **json_of(cells)} for task_id, cells in left.items()]},
        )
        try:
            done: Answer = yield from ask(sent, link.patience, progress)
            return int(read_json(done, path)["changed"])
        except RequestRefused as error:
            if error.code != CHANGED or not more_tries:
                raise
    return 0


def _present(content: bytes) -> dict[str, dict[str, str]]:
    lines = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return {row["task_id"]: {unguarded(name): unguarded(text) for name, text in row.items()} for row in lines}


def _left(
    present: Mapping[str, Mapping[str, str]], wanted: Mapping[str, Mapping[str, str]], *, replace: bool
) -> dict[str, dict[str, str]]:
    found = {
        task_id: cells_left(present.get(task_id, {}), cells, replace=replace, whose=task_id)
        for task_id, cells in wanted.items()
    }
    return {task_id: cells for task_id, cells in found.items() if cells}


def cells_left(there: Mapping[str, str], wanted: Mapping[str, str], *, replace: bool, whose: str) -> dict[str, str]:
    """Return the cells of one genome that are not as wanted.

    A row that names the present revision was read from what is there, so it may write over it.

    Raises:
        AlreadyWritten: other text would be lost.
    """
    different = {name: text for name, text in wanted.items() if name != REVISION and there.get(name, "") != text}
    lost = tuple(name for name in different if there.get(name))
    revision = wanted.get(REVISION)
    if lost and not replace and (not revision or revision != there.get(REVISION)):
        raise AlreadyWritten(there.get("label", whose), lost, is_outdated=bool(revision))
    return different


def json_of(cells: Mapping[str, str]) -> dict[str, Any]:
    """Return cells as the portal's API takes them."""
    row: dict[str, Any] = {name: cells[name] for name in ("name", "note") if name in cells}
    if "tags" in cells:
        row["tags"] = tags_of(cells["tags"])
    metadata = {name: text for name, text in cells.items() if name not in WRITTEN}
    return {**row, **({"metadata": metadata} if metadata else {})}
