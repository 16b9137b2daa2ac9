"""Find the runs below a folder, with their genomes and portals, without network access."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bttoxin.errors import JournalError
from bttoxin.journal import JOURNAL_NAME, Journal


@dataclass(frozen=True)
class RunSummary:
    """Summary of a run's journal, without its secrets; `tasks` are pairs of label and task id."""

    folder: Path
    url: str
    submissions: tuple[str, ...]
    tasks: tuple[tuple[str, str], ...]

    def holds(self, name: str) -> bool:
        """Return whether an id is that of a submission or task of this run."""
        return name in self.submissions or any(name == task_id for _, task_id in self.tasks)


def read_run(folder: str | Path) -> RunSummary:
    """Return the summary of the journal in a folder.

    Raises:
        JournalError: there is no journal, or it cannot be read.
    """
    state = Journal(Path(folder).expanduser()).read()
    live = state.live
    tasks = tuple((item.label, item.task_id) for sub in live for item in sub.items.values())
    return RunSummary(Path(folder), state.url, tuple(sub.submission_id for sub in live), tasks)


def find_runs(root: str | Path) -> list[RunSummary]:
    """Return the runs whose folders are in `root`, most recently written first."""
    found = []
    for path in Path(root).expanduser().glob(f"*/{JOURNAL_NAME}"):
        try:
            found.append((path.stat().st_mtime_ns, read_run(path.parent)))
        except (JournalError, OSError):  # an incomplete folder; it will be recreated
            continue
    return [summary for _, summary in sorted(found, key=lambda pair: -pair[0])]
