"""The tables of a run as files, written by the portal: Excel workbooks and other formats."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bttoxin.columns import TABLES
from bttoxin.effects import Answer, Program, Send
from bttoxin.journal import SubmissionState
from bttoxin.link import Link
from bttoxin.patience import ask
from bttoxin.progress import Progress
from bttoxin.submitting import SUBMISSIONS, bearer

FORMATS = ("xlsx", "csv", "json", "ndjson", "parquet")


def save_tables(
    link: Link, submissions: Sequence[SubmissionState], into: Path, wanted: str, progress: Progress
) -> Program[list[Path]]:
    """Save each table of each submission as `<table>.<format>` in a folder; further submissions get a number.

    Raises:
        ValueError: there is no such format.
        RequestRefused: the portal cannot write the format.
    """
    if wanted not in FORMATS:
        raise ValueError(f"there is no format {wanted!r}, but {', '.join(FORMATS)}")
    into.mkdir(parents=True, exist_ok=True)
    saved = []
    for number, submission in enumerate(submissions, 1):
        for table in TABLES:
            path = f"{SUBMISSIONS}/{submission.submission_id}/{table}"
            headers = {**link.headers, **bearer(submission.token), "Accept": "*/*"}
            progress.show(f"table {table}")
            answer: Answer = yield from ask(
                Send("GET", path, headers=headers, params={"format": wanted}, timeout_s=300.0), link.patience, progress
            )
            name = into / f"{table}{'' if number == 1 else f'_{number}'}.{wanted}"
            part = name.with_name(f".{name.name}.part")
            part.write_bytes(answer.content)
            part.replace(name)
            saved.append(name)
    progress.done(f"{len(saved)} tables in {into}")
    return saved
