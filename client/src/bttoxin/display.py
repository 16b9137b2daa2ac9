"""Display a run in a notebook as a small table without tokens."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

from bttoxin.watching import TaskState

_MOST_ROWS = 12


def run_text(url: str, folder: str, counts: Mapping[str, int]) -> str:
    """Return the text representation of a run: its folder, portal and progress."""
    states = ", ".join(f"{count} {status}" for status, count in counts.items()) or "nothing sent yet"
    return f"<Run of {sum(counts.values())} genomes at {url} ({states}); journal in {folder}>"


def run_html(
    url: str, folder: str, counts: Mapping[str, int], tasks: Sequence[TaskState], names: Mapping[str, str]
) -> str:
    """Return the HTML representation, with the genomes that need attention first.

    `names` are those given to strains, by task id, as far as they have been read.
    """
    order = {"refused": 0, "failed": 1, "lapsed": 2, "running": 3, "queued": 4, "pending": 5, "sent": 6, "awaited": 7}
    rows = sorted(tasks, key=lambda task: order.get(task.status, 9))[:_MOST_ROWS]
    cells = "".join(
        f"<tr><td>{html.escape(names.get(task.task_id) or task.label)}</td><td>{html.escape(task.status)}</td>"
        f"<td>{html.escape(task.stage or '')}</td><td>{task.progress} %</td></tr>"
        for task in rows
    )
    states = ", ".join(f"{count} {html.escape(status)}" for status, count in counts.items()) or "nothing sent yet"
    more = f"<div>and {len(tasks) - len(rows)} more</div>" if len(tasks) > len(rows) else ""
    return (
        f"<div><b>{sum(counts.values())} genomes</b> at {html.escape(url)}: {states}</div>"
        "<table><thead><tr><th>genome</th><th>status</th><th>stage</th><th>progress</th></tr></thead>"
        f"<tbody>{cells}</tbody></table>{more}<div><small>journal in {html.escape(folder)}</small></div>"
    )
