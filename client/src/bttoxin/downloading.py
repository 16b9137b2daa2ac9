"""Atomic downloads: resumed after an interruption, verified, then renamed into place."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

from bttoxin.effects import Answer, Program, Save, Send
from bttoxin.errors import DamagedDownload
from bttoxin.patience import Patience, ask, save
from bttoxin.progress import Progress

_DIGEST = re.compile(r'"([0-9a-f]{64})"')
_TRIES = 3


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def fetch(path: str, target: Path, headers: Mapping[str, str], patience: Patience, progress: Progress) -> Program[Path]:
    """Save the resource at an API path as `target`, unless the file is already there and correct.

    If the ETag is a SHA-256, the file is verified against it; a ZIP is also read through once.

    Raises:
        DamagedDownload: the file arrived damaged three times.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    head: Answer = yield from ask(Send("HEAD", path, headers={**headers, "Accept": "*/*"}), patience, progress)
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
