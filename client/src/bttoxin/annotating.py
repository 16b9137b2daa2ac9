"""Write names, tags, notes and metadata of the genomes of a run."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from bttoxin.columns import TABLES
from bttoxin.effects import Answer, Program, Send
from bttoxin.errors import AlreadyWritten, RequestRefused
from bttoxin.frames import META
from bttoxin.journal import RunState, SubmissionState
from bttoxin.link import Link
from bttoxin.patience import ask, read_json
from bttoxin.progress import Progress
from bttoxin.submitting import SUBMISSIONS, bearer

_WRITTEN = ("name", "tags", "note")
_WHOSE = ("label", "task_id")
# What the portal puts before text that a spreadsheet would compute.
_GUARDED = re.compile("'+[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_BETWEEN_TAGS = re.compile("[,;\n\uff0c\uff1b\u3001]")
_TRIES = 5
_CHANGED = 412  # If-Match names an earlier state


def wanted_rows(source: Any) -> list[dict[str, str]]:
    """Return what to write, as text by column: rows of a frame (pandas, polars) or dictionaries.

    Columns of the portal's tables that nobody writes are left out, `meta_site` is the metadata column `site`, and a
    missing value leaves what is there; empty text empties.

    Raises:
        ValueError: a row has neither label nor task_id, or there is none.
    """
    rows = [_row(row) for row in _dictionaries(source)]
    if not rows:
        raise ValueError("there are no rows to write")
    if not all(set(_WHOSE) & set(row) for row in rows):
        raise ValueError("each row needs a label or a task_id")
    return rows


def _dictionaries(source: Any) -> Iterable[Mapping[str, Any]]:
    if hasattr(source, "to_dicts"):  # polars
        return source.to_dicts()  # type: ignore[no-any-return]
    if hasattr(source, "to_dict") and hasattr(source, "columns"):  # pandas
        return source.astype(object).to_dict("records")  # type: ignore[no-any-return]
    return source  # type: ignore[no-any-return]


def _row(row: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in row.items():
        if _is_missing(value):
            continue
        if name in _WHOSE:
            found[name] = str(value)
        elif name == "tags":
            line = "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
            found[name] = "; ".join(_tags(line))
        elif name in _WRITTEN or name not in TABLES["tasks"]:
            found[name.removeprefix(META)] = _as_kept(str(value))
    return found


def _tags(text: str) -> list[str]:
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
        AlreadyWritten: without `replace`, a cell has other text already; nothing of its submission was written.
    """
    newest = state.newest().values()
    by_label = {item.label: item.task_id for _, item in newest}
    places = {item.task_id: submission for submission, item in newest}
    wanted: dict[str, dict[str, str]] = {}
    for row in wanted_rows(source):
        label, task_id = row.get("label"), row.get("task_id")
        named = by_label.get(label, "") if label is not None else task_id or ""
        if named not in places or task_id not in (None, named):
            raise ValueError(f"no genome of this run is called {label or task_id}")
        if named in wanted:
            raise ValueError(f"two rows are of {label or task_id}")
        wanted[named] = {name: text for name, text in row.items() if name not in _WHOSE}
    changed = 0
    for submission in state.live:
        mine = {task_id: cells for task_id, cells in wanted.items() if places[task_id] is submission}
        if mine:
            changed += yield from _write(link, progress, submission, mine, replace)
    return changed


def _write(
    link: Link, progress: Progress, submission: SubmissionState, wanted: Mapping[str, Mapping[str, str]], replace: bool
) -> Program[int]:
    """Write to one submission on what is there now; again if somebody was faster, or an answer was lost."""
    path = f"{SUBMISSIONS}/{submission.submission_id}/annotations"
    headers = {**link.headers, **bearer(submission.token)}
    left: dict[str, dict[str, str]] = {}
    for more_tries in reversed(range(_TRIES)):
        answer: Answer = yield from ask(Send("GET", path, headers=headers), link.patience, progress)
        before = len(left)
        left = _left(_present(answer.content), wanted, replace=replace)
        if not left:  # on a second look: the answer to the first had been lost
            return before
        sent = Send(
            "PUT",
            path,
            headers={**headers, "If-Match": answer.headers["etag"]},
            json={"rows": [_as_json(task_id, cells) for task_id, cells in left.items()]},
        )
        try:
            done: Answer = yield from ask(sent, link.patience, progress)
            return int(read_json(done, path)["changed"])
        except RequestRefused as error:
            if error.code != _CHANGED or not more_tries:
                raise
    return 0


def _present(content: bytes) -> dict[str, dict[str, str]]:
    lines = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return {row["task_id"]: {_plain(name): _plain(text) for name, text in row.items()} for row in lines}


def _plain(text: str) -> str:
    return text[1:] if _GUARDED.match(text) else text


def _left(
    present: Mapping[str, Mapping[str, str]], wanted: Mapping[str, Mapping[str, str]], *, replace: bool
) -> dict[str, dict[str, str]]:
    """Return the cells that are not as wanted; raise AlreadyWritten where other text would be lost."""
    left: dict[str, dict[str, str]] = {}
    for task_id, cells in wanted.items():
        there = present.get(task_id, {})
        different = {name: text for name, text in cells.items() if there.get(name, "") != text}
        lost = [name for name in different if there.get(name)]
        if lost and not replace:
            label = there.get("label", task_id)
            raise AlreadyWritten(f"{label} has another {', '.join(lost)} already; replace=True writes over it.")
        if different:
            left[task_id] = different
    return left


def _as_json(task_id: str, cells: Mapping[str, str]) -> dict[str, Any]:
    row: dict[str, Any] = {name: cells[name] for name in ("name", "note") if name in cells}
    if "tags" in cells:
        row["tags"] = _tags(cells["tags"])
    metadata = {name: text for name, text in cells.items() if name not in _WRITTEN}
    return {"task_id": task_id, **row, **({"metadata": metadata} if metadata else {})}
