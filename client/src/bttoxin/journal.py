"""`run.jsonl`: the requests of a run and their results, so that a notebook cell can be rerun at any time.

One JSON object per line, appended and fsynced; the intent is written before each request. Unknown events of newer
versions are skipped; a last line that was cut by a crash is ignored.

    {"event": "run", "url": ..., "secret": ...}                      once; all keys derive from the secret
    {"event": "intent", "key": ..., "request": {...}}                a submission is about to be sent
    {"event": "submission", "key": ..., "id", "token", "view_token", "items": [[n, label, sha256, task_id], ...]}
    {"event": "sent", "id": ..., "n": ...}                           a genome arrived
    {"event": "refused", "id": ..., "n": ..., "path", "message", "line", "field", "request_id"}
    {"event": "unsent", "files": [{"path", "label", "message", ...}]}  what the last call could not send
    {"event": "deleted", "id": ...}
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from bttoxin._lock import locked
from bttoxin.errors import JournalError, RefusedFile

JOURNAL_NAME = "run.jsonl"
_LOCK_NAME = "run.lock"


@dataclass
class Item:
    """One genome of a submission, `n` counted from 1."""

    n: int
    label: str
    sha256: str
    task_id: str
    sent: bool = False
    refused: RefusedFile | None = None


@dataclass(repr=False)  # tokens
class SubmissionState:
    """One submission as recorded in the journal."""

    submission_id: str
    token: str
    view_token: str
    items: dict[int, Item] = field(default_factory=dict)
    deleted: bool = False


@dataclass(repr=False)  # the secret
class RunState:
    """The state that the lines of a journal add up to."""

    url: str
    secret: str
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)  # those without a submission yet
    submissions: dict[str, SubmissionState] = field(default_factory=dict)
    unsent: list[RefusedFile] = field(default_factory=list)  # files that the last call could not send

    def key(self, request: dict[str, Any]) -> str:
        """Return the Idempotency-Key of a request, unique to this request of this run."""
        text = json.dumps(request, sort_keys=True, separators=(",", ":")).encode()
        return hmac.new(bytes.fromhex(self.secret), text, hashlib.sha256).hexdigest()

    @property
    def live(self) -> list[SubmissionState]:
        """The submissions that still exist."""
        return [submission for submission in self.submissions.values() if not submission.deleted]

    def newest(self) -> dict[str, tuple[SubmissionState, Item]]:
        """Return the latest item for each label, since a genome may be corrected and sent again."""
        return {item.label: (sub, item) for sub in self.live for item in sub.items.values()}

    @property
    def refused(self) -> dict[str, RefusedFile]:
        """The files that are not on the portal as they are now, by label: unsent ones, and those that it refused."""
        found = {label: item.refused for label, (_, item) in self.newest().items() if item.refused is not None}
        return found | {file.label: file for file in self.unsent}

    def refusal(self, item: Item) -> RefusedFile | None:
        """Return why an item has no task; None if it has one, or may still get one."""
        return item.refused or (None if item.sent else self.refused.get(item.label))


class Journal:
    """The journal in a folder, which is created if missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / JOURNAL_NAME

    def is_own(self, path: Path) -> bool:
        """Return whether a file is the journal or one of its locks."""
        own = path.name == JOURNAL_NAME or path.name.startswith(_LOCK_NAME)
        return own and path.parent.resolve() == self.folder.resolve()

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Prevent other kernels from sending the same genomes at the same time."""
        with locked(self.folder / _LOCK_NAME):
            yield

    def begin(self, url: str) -> RunState:
        """Return the state of the run; start one if there is none.

        Raises:
            JournalError: the journal cannot be read, or belongs to another portal.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.exclusive():
            if not self.path.exists():
                ignore = self.folder / ".gitignore"
                if not ignore.exists():
                    ignore.write_text(f"{JOURNAL_NAME}\n{_LOCK_NAME}*\n", encoding="utf-8")
                self.append({"event": "run", "url": url, "secret": secrets.token_hex(32)})
        state = self.read()
        if state.url != url:
            raise JournalError(f"{self.path} belongs to the portal {state.url}; take another folder for {url}.")
        return state

    def note_unsent(self, state: RunState, files: list[RefusedFile]) -> None:
        """Record which files the present call cannot send, if that is news."""
        if files != state.unsent:
            self.append({"event": "unsent", "files": [asdict(file) for file in files]})
            state.unsent = list(files)

    def append(self, event: dict[str, Any]) -> None:
        """Append one line and fsync it."""
        line = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(handle).st_size
            if size and _last_byte(handle, size) != b"\n":
                line = b"\n" + line  # start a new line after one that a crash cut
            os.write(handle, line)
            os.fsync(handle)
        finally:
            os.close(handle)

    def read(self) -> RunState:
        """Return the state that all lines add up to.

        Raises:
            JournalError: there is no journal, or its first line does not begin a run.
        """
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise JournalError(f"{self.path} cannot be read: {error.strerror}.") from None
        state: RunState | None = None
        for line in text.split("\n"):
            try:
                event = json.loads(line)
                if event.get("event") == "run" and state is None:
                    state = RunState(str(event["url"]), str(event["secret"]))
                elif state is not None:
                    _replay(state, event)
            except (ValueError, KeyError, TypeError, AttributeError):
                continue
        if state is None:
            raise JournalError(f"{self.path} is not the journal of a run.")
        return state


def _last_byte(handle: int, size: int) -> bytes:
    os.lseek(handle, size - 1, os.SEEK_SET)
    return os.read(handle, 1)


def _replay(state: RunState, event: dict[str, Any]) -> None:
    """Apply one line to the state; ignore unknown events."""
    kind = event.get("event")
    if kind == "intent":
        state.intents[event["key"]] = event["request"]
    elif kind == "submission":
        state.intents.pop(event["key"], None)
        items = {int(n): Item(int(n), label, sha256, task_id) for n, label, sha256, task_id in event["items"]}
        state.submissions[event["id"]] = SubmissionState(event["id"], event["token"], event["view_token"], items)
    elif kind == "given_up":
        state.intents.pop(event["key"], None)
    elif kind == "sent":
        item = state.submissions[event["id"]].items[event["n"]]
        item.sent, item.refused = True, None
    elif kind == "refused":
        item = state.submissions[event["id"]].items[event["n"]]
        item.refused = RefusedFile(
            event["path"], item.label, event["message"], event.get("line"), event.get("field"), event.get("request_id")
        )
    elif kind == "unsent":
        state.unsent = [RefusedFile(**_refused_fields(file)) for file in event["files"]]
    elif kind == "deleted":
        state.submissions[event["id"]].deleted = True


def _refused_fields(file: dict[str, Any]) -> dict[str, Any]:
    return {one.name: file[one.name] for one in fields(RefusedFile) if one.name in file}
