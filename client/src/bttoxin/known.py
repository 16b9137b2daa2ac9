"""The runs below a folder: which genomes they sent, and to which portal. Asks nobody."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bttoxin.errors import JournalError
from bttoxin.journal import JOURNAL_NAME, Journal


@dataclass(frozen=True)
class RunSummary:
    """What the journal of a run says, without its secrets; `tasks` are pairs of label and task id."""

    folder: Path
    url: str
    submissions: tuple[str, ...]
    tasks: tuple[tuple[str, str], ...]

    def holds(self, name: str) -> bool:
        """Tell whether an id is that of a submission or of a task of this run."""
        return name in self.submissions or any(name == task_id for _, task_id in self.tasks)


def read_run(folder: str | Path) -> RunSummary:
    """Return what the journal in a folder says.

    Raises:
        JournalError: there is none, or it cannot be read.
    """
    state = Journal(Path(folder).expanduser()).read()
    live = state.live
    tasks = tuple((item.label, item.task_id) for sub in live for item in sub.items.values())
    return RunSummary(Path(folder), state.url, tuple(sub.submission_id for sub in live), tasks)


def find_runs(root: str | Path) -> list[RunSummary]:
    """Return the runs whose folders lie in `root`, the one that was last written to first."""
    found = []
    for path in Path(root).expanduser().glob(f"*/{JOURNAL_NAME}"):
        try:
            found.append((path.stat().st_mtime_ns, read_run(path.parent)))
        except (JournalError, OSError):  # half a folder; it will be made anew
            continue
    return [summary for _, summary in sorted(found, key=lambda pair: -pair[0])]
