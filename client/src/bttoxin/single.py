"""One task by its id and token: a genome of a run, or one submitted on the web page."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bttoxin.annotating_task import annotate_task
from bttoxin.downloading import BundleName, fetch
from bttoxin.effects import Answer, Program, Send, Sleep
from bttoxin.errors import WaitTimeout
from bttoxin.link import Link
from bttoxin.patience import ask, read_json
from bttoxin.progress import Progress
from bttoxin.submitting import bearer

_FINAL = frozenset({"completed", "failed"})


@dataclass(repr=False)  # the token
class TaskOperations:
    """The operations of one task, as programs for a driver."""

    link: Link
    task_id: str
    token: str
    progress: Progress

    @property
    def _path(self) -> str:
        return f"/api/tasks/{self.task_id}"

    @property
    def _headers(self) -> Mapping[str, str]:
        return {**self.link.headers, **bearer(self.token)}

    def record(self) -> Program[dict[str, Any]]:
        """Return the current record."""
        answer: Answer = yield from ask(
            Send("GET", self._path, headers=self._headers), self.link.patience, self.progress
        )
        return dict(read_json(answer, self._path))

    def wait(self, timeout_s: float | None) -> Program[dict[str, Any]]:
        """Wait until the task has ended, and return its record.

        Raises:
            WaitTimeout: `timeout_s` has passed; nothing is lost.
        """
        until = None if timeout_s is None else time.monotonic() + timeout_s
        record: dict[str, Any] = {}
        etag: str | None = None
        while True:
            known = {"If-None-Match": etag} if etag else {}
            send = Send("GET", self._path, headers={**self._headers, **known})
            answer: Answer = yield from ask(send, self.link.patience, self.progress)
            if answer.status != 304:
                record, etag = read_json(answer, self._path), answer.headers.get("etag")
            if record["status"] in _FINAL:
                self.progress.done(f"{record['filename']}: {record['status']}")
                return record
            self.progress.show(f"{record['filename']}: {record['status']}, {record['progress']} %")
            asked_for = answer.headers.get("retry-after", "")
            pause = float(asked_for) if asked_for.isdigit() else 2.0
            if until is not None and time.monotonic() + pause > until:
                raise WaitTimeout(f"task {self.task_id} is {record['status']} after {timeout_s:g} s of waiting.")
            yield Sleep(pause)

    def log(self, stage: str | None) -> Program[str]:
        """Return the end of a stage's log."""
        path = f"{self._path}/log"
        params = {"stage": stage} if stage else {}
        send = Send("GET", path, headers={**self._headers, "Accept": "text/plain"}, params=params)
        answer: Answer = yield from ask(send, self.link.patience, self.progress)
        return answer.content.decode("utf-8", "replace")

    def runs(self) -> Program[list[dict[str, Any]]]:
        """Return the runs of the task, the oldest first."""
        path = f"{self._path}/runs"
        answer: Answer = yield from ask(Send("GET", path, headers=self._headers), self.link.patience, self.progress)
        return list(read_json(answer, path)["runs"])

    def changes(self, run: int, to: int | None) -> Program[dict[str, Any]]:
        """Return what changed from one completed run to another."""
        path = f"{self._path}/runs/{run}/changes"
        params = {} if to is None else {"to": str(to)}
        send = Send("GET", path, headers=self._headers, params=params)
        answer: Answer = yield from ask(send, self.link.patience, self.progress)
        return dict(read_json(answer, path))

    def annotations(self) -> Program[dict[str, Any]]:
        """Return name, tags, note and metadata as they are now."""
        path = f"{self._path}/annotations"
        send = Send("GET", path, headers=self._headers)
        answer: Answer = yield from ask(send, self.link.patience, self.progress)
        return dict(read_json(answer, path))

    def annotate(self, row: Mapping[str, Any], replace: bool) -> Program[bool]:
        """Write name, tags, note and metadata; return whether they differ from before."""
        return (yield from annotate_task(self.link, self.progress, self.task_id, self.token, row, replace=replace))

    def bundle(self, target: Path) -> Program[Path]:
        """Save the ZIP with all results as this file, or in this folder, named as the portal names it."""
        where = BundleName(target, self.task_id) if target.is_dir() else target
        return (yield from fetch(f"{self._path}/bundle", where, self._headers, self.link.patience, self.progress))
