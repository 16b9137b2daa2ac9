"""Atomic downloads: resumed after an interruption, verified, then renamed into place."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bttoxin.effects import Answer, Program, Save, Send
from bttoxin.errors import DamagedDownload
from bttoxin.patience import Patience, ask, save
from bttoxin.progress import Progress

_DIGEST = re.compile(r'"([0-9a-f]{64})"')
# Only names that are the same on every system, and that no folder can hide in.
_GIVEN = re.compile(r"""^attachment *; *filename="?([A-Za-z0-9][A-Za-z0-9._-]{0,199})"? *$""")
_TRIES = 3


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


@dataclass(frozen=True)
class BundleName:
    """Where a bundle is saved: in a folder, under the name that the portal gives it, which has the strain's name.

    A name that could lead anywhere else, or that other tasks could have too, is not taken; `label` then stands for it.
    """

    folder: Path
    task_id: str
    label: str = "genome"

    def of(self, headers: Mapping[str, str]) -> Path:
        """Return the path for an answer with these headers."""
        ending = f"_{self.task_id}.zip"
        found = _GIVEN.search(headers.get("content-disposition") or "")
        if found and found.group(1).endswith(ending):
            return self.folder / found.group(1)
        return self.folder / f"{_file_name(self.label)}{ending}"


def _file_name(label: str) -> str:
    return "".join(char if char.isalnum() or char in "._-" else "_" for char in label).lstrip(".") or "genome"


def fetch(
    path: str, where: Path | BundleName, headers: Mapping[str, str], patience: Patience, progress: Progress
) -> Program[Path]:
    """Save the resource at an API path, unless the file is already there and correct; return where it is.

    If the ETag is a SHA-256, the file is verified against it; a ZIP is also read through once.

    Raises:
        DamagedDownload: the file arrived damaged three times.
    """
    head: Answer = yield from ask(Send("HEAD", path, headers={**headers, "Accept": "*/*"}), patience, progress)
    target = where if isinstance(where, Path) else where.of(head.headers)
    target.parent.mkdir(parents=True, exist_ok=True)
    etag = head.headers.get("etag")
    if target.exists() and (yield from _is_right(target, etag)):
        return target
    part = target.with_name(f".{target.name}.part")
    known = target.with_name(f".{target.name}.etag")
    if etag is None or not known.exists() or known.read_text(encoding="utf-8") != etag:
        part.unlink(missing_ok=True)  # the partial file belongs to another version
    known.write_text(etag or "", encoding="utf-8")
    for _ in range(_TRIES):
        progress.show(f"downloading {target.name}")
        yield from save(Save(path, part, headers, etag), patience, progress)
        if (yield from _is_right(part, etag)):
            part.replace(target)
            known.unlink(missing_ok=True)
            return target
        part.unlink(missing_ok=True)
    known.unlink(missing_ok=True)
    raise DamagedDownload(f"{target.name} arrived damaged {_TRIES} times; is something changing it on the way?")


def _is_right(path: Path, etag: str | None) -> Program[bool]:
    """Return whether a file matches its ETag and, if a ZIP, is intact."""
    yield from ()
    match = _DIGEST.fullmatch(etag or "")
    if match:
        return file_digest(path) == match.group(1)
    if not etag or (path.suffixes[:1] != [".zip"] and ".zip" not in path.name):
        return etag is not None
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except (zipfile.BadZipFile, OSError):
        return False
