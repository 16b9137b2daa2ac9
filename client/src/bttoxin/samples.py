"""The samples of a portal as a run: finished results of synthetic genomes that can be read without a token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bttoxin.effects import Answer, Program, Send
from bttoxin.errors import NoSamples
from bttoxin.journal import Item, Journal, RunState, SubmissionState
from bttoxin.link import Link
from bttoxin.operations import Operations
from bttoxin.patience import ask, read_json
from bttoxin.progress import Progress

_PATH = "/api/samples"
# Where files are saved if no place is given; no journal is written, since there is nothing to resume.
_FOLDER = "bttoxin-samples"


def open_samples(link: Link, progress: Progress) -> Program[Operations]:
    """Return the operations on the samples, which allow reading only.

    Raises:
        NoSamples: the portal has none, or is still making them.
    """
    answer: Answer = yield from ask(Send("GET", _PATH, headers=link.headers), link.patience, progress)
    body: dict[str, Any] = read_json(answer, _PATH)
    if body["state"] != "ready":
        made = "is still making its samples" if body["state"] == "coming" else "has no samples"
        raise NoSamples(f"The portal at {link.url} {made}.")
    items = {
        n: Item(n, each["strain"], "", each["task_id"], sent=True) for n, each in enumerate(body["samples"], start=1)
    }
    submission = SubmissionState(body["submission_id"], "", "", items)
    state = RunState(link.url, "", submissions={submission.submission_id: submission})
    return Operations(link, Journal(Path(_FOLDER)), progress, state)
