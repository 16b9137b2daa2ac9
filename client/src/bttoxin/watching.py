"""Watch a run, with one request for all genomes of a submission."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bttoxin.effects import Answer, Program, Send, Sleep
from bttoxin.errors import WaitTimeout
from bttoxin.journal import RunState, SubmissionState
from bttoxin.patience import Patience, ask, read_json
from bttoxin.progress import Progress
from bttoxin.submitting import SUBMISSIONS, bearer

FINAL = frozenset({"completed", "failed", "lapsed", "deleted", "refused"})
_SHOWN = ("running", "queued", "pending", "sent", "awaited", "failed", "refused", "lapsed", "deleted")


@dataclass(frozen=True)
class TaskState:
    """The state of one genome.

    `status` may also be `awaited` (not sent yet), `sent` (it arrived, and the portal was not asked since), `lapsed`
    (never sent) or `refused`; `task_id` is empty for a file that could not be announced.
    """

    label: str
    task_id: str
    status: str
    stage: str | None
    progress: int
    failure_kind: str | None


@dataclass
class Watched:
    """The known state of one submission, and what to request next."""

    submission: SubmissionState
    cursor: str | None = None
    etag: str | None = None
    estimated_end: str | None = None
    rows: dict[int, list[Any]] = field(default_factory=dict)
    pause_s: float = 5.0


@dataclass
class Watch:
    """All submissions of a run, as last seen."""

    state: RunState
    watched: dict[str, Watched] = field(default_factory=dict)

    def tasks(self) -> list[TaskState]:
        """Return the state of each current genome, in order of submission."""
        found = []
        for label, (submission, item) in self.state.newest().items():
            row = self.watched[submission.submission_id].rows.get(item.n) if self._saw(submission) else None
            status = str(row[2]) if row else "sent" if item.sent else "awaited"
            if self.state.refusal(item) is not None:
                status = "refused"
            found.append(
                TaskState(
                    label,
                    item.task_id,
                    status,
                    row[3] if row else None,
                    int(row[4]) if row else 0,
                    row[6] if row else None,
                )
            )
        labels = {state.label for state in found}
        unsent = [file for file in self.state.unsent if file.label not in labels]
        return found + [TaskState(file.label, "", "refused", None, 0, None) for file in unsent]

    def _saw(self, submission: SubmissionState) -> bool:
        return submission.submission_id in self.watched

    def counts(self) -> Mapping[str, int]:
        """Return how many genomes are in each state."""
        return Counter(task.status for task in self.tasks())

    @property
    def is_final(self) -> bool:
        """Return whether all states are final."""
        return all(task.status in FINAL for task in self.tasks())

    def line(self) -> str:
        """Return the state of the run in one line."""
        counts = self.counts()
        total = sum(counts.values())
        ended = sum(counts.get(status, 0) for status in FINAL)
        parts = [f"{counts[status]} {status}" for status in _SHOWN if counts.get(status)]
        ends = [seen.estimated_end for seen in self.watched.values() if seen.estimated_end]
        tail = f", done about {max(ends)[11:16]} UTC" if ends and ended < total else ""
        return f"{ended} of {total} done" + (f" ({', '.join(parts)})" if parts else "") + tail


def look(watch: Watch, headers: Mapping[str, str], patience: Patience, progress: Progress) -> Program[float]:
    """Ask once for changes; return the seconds to wait before asking again."""
    pause = 30.0
    for submission in watch.state.live:
        seen = watch.watched.setdefault(submission.submission_id, Watched(submission))
        path = f"{SUBMISSIONS}/{submission.submission_id}"
        known = {"If-None-Match": seen.etag} if seen.etag else {}
        params = {"since": seen.cursor} if seen.cursor else {}
        send = Send("GET", path, headers={**headers, **bearer(submission.token), **known}, params=params)
        answer: Answer = yield from ask(send, patience, progress)
        seen.pause_s = _seconds(answer.headers.get("retry-after"), seen.pause_s)
        pause = min(pause, seen.pause_s)
        if answer.status == 304:
            continue
        body = read_json(answer, path)
        seen.etag = answer.headers.get("etag")
        seen.cursor = body.get("cursor")
        seen.estimated_end = body.get("estimated_end")
        for row in body["items"]:
            seen.rows[int(row[0])] = row
    return pause


def _seconds(text: str | None, otherwise: float) -> float:
    return float(text) if text and text.isdigit() else otherwise


def wait(
    watch: Watch,
    headers: Mapping[str, str],
    patience: Patience,
    progress: Progress,
    timeout_s: float | None,
) -> Program[Watch]:
    """Wait until every genome has ended.

    Raises:
        WaitTimeout: `timeout_s` has passed; nothing is lost.
    """
    until = None if timeout_s is None else time.monotonic() + timeout_s
    while True:
        pause = yield from look(watch, headers, patience, progress)
        if watch.is_final:
            progress.done(watch.line())
            return watch
        progress.show(watch.line())
        if until is not None and time.monotonic() + pause > until:
            progress.done(watch.line())
            raise WaitTimeout(
                f"{watch.line()} after {timeout_s:g} s of waiting. "
                "The portal goes on; call wait() again, or open the run later."
            )
        yield Sleep(pause)
