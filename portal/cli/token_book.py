"""The tokens of the tasks submitted from this account, in a file that nobody else can read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from portal.files.atomic import write_json


class TokenBook:
    """Remembers address and token of each task; on the command line a token would be seen by everybody."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or Path(click.get_app_dir("bttoxin-portal")) / "tasks.json"

    def _read(self) -> dict[str, Any]:
        try:
            value = json.loads(self._path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return value if isinstance(value, dict) else {}

    def remember(self, task_id: str, *, url: str, token: str, filename: str) -> None:
        """Keep what is needed to see the task again."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_json(
            self._path, {**self._read(), task_id: {"url": url, "token": token, "filename": filename}}, mode=0o600
        )

    def find(self, task_id: str) -> tuple[str | None, str | None]:
        """Return address and token of a task; BTPORTAL_TOKEN in the environment comes first."""
        known = self._read().get(task_id, {})
        return known.get("url"), os.environ.get("BTPORTAL_TOKEN") or known.get("token")
