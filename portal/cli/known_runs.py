"""The journals of `btportal submit`, one folder per run, and how they are found again.

The folder's name derives from the request: the same command finds its own run, and other commands never share it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from bttoxin import RunSummary


class KnownRuns:
    """The runs of this account, in its configuration folder, which no other user may read."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root or Path(click.get_app_dir("bttoxin-portal")) / "runs"

    def folder(self, url: str, files: Sequence[Path], options: Mapping[str, Any], *, new: bool) -> Path:
        """Return the folder of a command's run: the previous one, or a new one if requested.

        Args:
            url: address of the portal.
            files: the files to send.
            options: language, parameters and anything else that makes it a different run.
            new: do not continue an earlier run.
        """
        asked = {"url": url, "files": sorted(os.path.realpath(path) for path in files), "options": dict(options)}
        name = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:12]
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        last = 1
        while (self._root / f"{name}-{last + 1}").exists():
            last += 1
        if new and (self._root / f"{name}-{last}").exists():
            last += 1
        return self._root / f"{name}-{last}"

    def all(self) -> list[RunSummary]:
        """Return all runs, latest first."""
        from bttoxin import find_runs

        return find_runs(self._root)

    def find(self, what: str) -> RunSummary | None:
        """Return the run in a folder, or the run of a submission or task."""
        from bttoxin import read_run
        from bttoxin.journal import JOURNAL_NAME

        if (Path(what) / JOURNAL_NAME).exists():
            return read_run(what)
        return next((run for run in self.all() if run.holds(what) or run.folder.name == what), None)
