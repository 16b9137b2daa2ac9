"""The ways in which a file is damaged; each leaves something under the name, or nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

VICTIM = b"what a symlink leads to, and nobody is to see or to change\n"
HUGE_BYTES = 3 * 10**9  # a hole: it takes no room, and whoever reads it to its end takes minutes


def _fifo(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _symlink(path: Path) -> None:
    victim = _victim(path)
    victim.write_bytes(VICTIM)
    path.unlink()
    path.symlink_to(victim)


def _victim(path: Path) -> Path:
    jobs = next(folder for folder in path.parents if folder.name == "jobs")
    return jobs.with_name("victim")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inside").touch()


def _other(path: Path) -> None:
    path.write_bytes(b'{"jobs": ["of another program"], "format": 1}\n')


def _cut(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def _zeros(path: Path) -> None:
    path.write_bytes(b"\0" * max(1, path.stat().st_size))


def _deep(path: Path) -> None:
    path.write_bytes(b'{"format": 1, "extra": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")


def _huge(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.truncate(HUGE_BYTES)


def _types(path: Path) -> None:
    try:
        value = json.loads(path.read_bytes())
    except ValueError:
        path.write_bytes(b'{"task_id": 7, "attempt": "x"}\n')
        return
    path.write_text(json.dumps(_wrong(value)))


def _wrong(value: Any) -> Any:
    return {
        name: item if name == "format" else [name] if not isinstance(item, list) else 7 for name, item in value.items()
    }


def _unreadable(path: Path) -> None:
    path.chmod(0)


def _newer(path: Path) -> None:
    try:
        value = json.loads(path.read_bytes())
    except ValueError:
        value = {}
    path.write_text(json.dumps({**value, "format": 99, "folder_format": 99}))


DAMAGES: dict[str, Callable[[Path], None]] = {
    "FIFO": _fifo,
    "symlink": _symlink,
    "folder": _folder,
    "other content": _other,
    "cut": _cut,
    "zeros": _zeros,
    "deep": _deep,
    "huge": _huge,
    "wrong types": _types,
    "other owner": _unreadable,
    "missing": Path.unlink,
    "newer": _newer,
}
