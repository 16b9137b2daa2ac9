"""Links that only show a run, with an end: made, listed and taken back."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import quote

from bttoxin.effects import Answer, Program, Send
from bttoxin.errors import NotFound
from bttoxin.journal import SubmissionState
from bttoxin.link import Link
from bttoxin.patience import ask, read_json
from bttoxin.progress import Progress
from bttoxin.submitting import SUBMISSIONS, bearer

_USUAL = timedelta(days=30)  # of a snapshot without an end


@dataclass(frozen=True)
class SharedLink:
    """A link that was made for a run: it opens through the day `ends` (UTC) unless it was taken back.

    `n` is its number in the submission. A snapshot shows the `done` genomes of `total` that were completed when it was
    made; both are None for a link that shows what there is. The link itself is known only to who made it.
    """

    submission_id: str
    n: int
    label: str
    created_at: datetime
    ends: date
    last_used: date | None
    revoked_at: datetime | None
    is_open: bool
    done: int | None = None
    total: int | None = None


def share_link(url: str, submission: SubmissionState, token: str) -> str:
    """Return the address of a submission's page, with a read-only token as its fragment."""
    return f"{url}/submissions/{submission.submission_id}#token={quote(token)}"


def share_body(ends: date | str | None, label: str, snapshot: bool) -> dict[str, Any]:
    """Return the request for a link; `snapshot` is left out where it is not wanted, for earlier portals."""
    if ends is None:
        ends = datetime.now(timezone.utc).date() + _USUAL  # noqa: UP017 - Python 3.10
    body: dict[str, Any] = {"ends": ends if isinstance(ends, str) else f"{ends:%Y-%m-%d}", "label": label}
    return {**body, "snapshot": True} if snapshot else body


def make_links(
    link: Link, progress: Progress, submissions: Sequence[SubmissionState], body: dict[str, Any]
) -> Program[list[str]]:
    """Make a link to the page of each submission, and return the addresses."""
    links = []
    for submission in submissions:
        path = _path(submission)
        # With a key, a request that is sent again after a lost answer makes no second link.
        headers = {**_headers(link, submission), "Idempotency-Key": secrets.token_hex(16)}
        answer: Answer = yield from ask(Send("POST", path, headers=headers, json=body), link.patience, progress)
        links.append(share_link(link.url, submission, read_json(answer, path)["token"]))
    return links


def read_shares(link: Link, progress: Progress, submissions: Sequence[SubmissionState]) -> Program[list[SharedLink]]:
    """Return the links of all submissions, the newest first."""
    found = []
    for submission in submissions:
        path = _path(submission)
        answer: Answer = yield from ask(Send("GET", path, headers=_headers(link, submission)), link.patience, progress)
        found += [_shared(submission, row) for row in read_json(answer, path)["shares"]]
    return sorted(found, key=lambda shared: shared.created_at, reverse=True)


def revoke_share(
    link: Link, progress: Progress, submissions: Sequence[SubmissionState], shared: SharedLink | int
) -> Program[None]:
    """Take a link back.

    Raises:
        NotFound: there is no such link.
        ValueError: it is a number, and the run is of several submissions, each with numbers of its own.
    """
    if isinstance(shared, SharedLink):
        of_link, n = [each for each in submissions if each.submission_id == shared.submission_id], shared.n
    else:
        of_link, n = list(submissions), shared
    if len(of_link) > 1:
        raise ValueError("The run is of several submissions: give one of run.shares() instead of a number.")
    if not of_link:
        raise NotFound("The link is not one of this run.", code=404)
    path = f"{_path(of_link[0])}/{n}"
    yield from ask(Send("DELETE", path, headers=_headers(link, of_link[0])), link.patience, progress)


def _path(submission: SubmissionState) -> str:
    return f"{SUBMISSIONS}/{submission.submission_id}/shares"


def _headers(link: Link, submission: SubmissionState) -> dict[str, str]:
    return {**link.headers, **bearer(submission.token)}


def _shared(submission: SubmissionState, row: dict[str, Any]) -> SharedLink:
    snapshot = row.get("snapshot") or {}
    return SharedLink(
        submission.submission_id,
        int(row["n"]),
        str(row["label"]),
        _moment(row["created_at"]),
        date.fromisoformat(row["ends"]),
        date.fromisoformat(row["last_used"]) if row["last_used"] else None,
        _moment(row["revoked_at"]) if row["revoked_at"] else None,
        bool(row["is_open"]),
        snapshot.get("done"),
        snapshot.get("total"),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))  # Python 3.10 knows no Z
