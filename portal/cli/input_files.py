"""Input files of commands: regular files, and pipes such as `<(zcat genome.fna.gz)` or /dev/stdin."""

from __future__ import annotations

import shutil
import stat
import tempfile
from pathlib import Path
from typing import Any

import click


class InputPath(click.Path):
    """A file that can be read repeatedly; the content of a pipe is kept until the command ends."""

    def __init__(self) -> None:
        super().__init__(exists=True, dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the path, or that of a copy with the same name."""
        path = super().convert(value, param, ctx)
        if ctx is None or not isinstance(path, Path) or stat.S_ISREG(path.stat().st_mode):
            return path
        return ctx.with_resource(_Copy(path))


class _Copy:
    """A regular file with the content of a pipe, in its own folder."""

    def __init__(self, pipe: Path) -> None:
        self._pipe = pipe
        self._folder = tempfile.TemporaryDirectory(prefix="btportal-")

    def __enter__(self) -> Path:
        try:
            # /dev/fd/63 says nothing about its content.
            name = f"pipe_{self._pipe.name}" if self._pipe.name.isdigit() else self._pipe.name
            target = Path(self._folder.name) / name
            with self._pipe.open("rb") as source, target.open("wb") as sink:
                shutil.copyfileobj(source, sink)
        except BaseException:
            self._folder.cleanup()
            raise
        return target

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()
