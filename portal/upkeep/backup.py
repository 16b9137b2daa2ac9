"""Back up a portal while it runs, and restore the backup.

The order alone makes it consistent without a pause: submissions first, then for each task its record before its other
files. A record that is behind its files is what a poller finds after any crash, and it continues from there; a record
that is ahead of its files never occurs. A task that is deleted meanwhile is left out completely.

A backup is a folder: the copied `jobs/`, `SHA256SUMS` (for `sha256sum -c`) and `backup.json`, which is written last: a
folder without it is no backup. A file that is unchanged since the previous backup is a hard link to the copy there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO, ClassVar

from msgspec import Meta

import portal
from portal.domain.errors import Conflict, CorruptRecord, StorageFull, Unreadable
from portal.domain.message import Message
from portal.files.atomic import fsync_folder, write_bytes
from portal.files.document import Moment, Size, read_document, write_document
from portal.files.safe_open import open_to_read
from portal.files.site import Installation, adopt
from portal.files.submissions import is_begun_mark
from portal.files.taskdir import PortalDir
from portal.results.names import CHECKSUMS

JOBS, SUMS, ABOUT = "jobs", CHECKSUMS, "backup.json"
_PREFIX, _UNFINISHED = "bttoxin-", ".unfinished"
_PIECE = 1 << 20
# Left out of `.portal`: what belongs to a running process, or can be regenerated.
_LEFT_OUT = frozenset(
    {
        "incoming",
        "inbox",
        "trash",
        "withdrawn",
        "compare",
        "sessions",
        "sign-ins",
        "lease.json",
        "poller.lock",
        "poller.json",
        "poller.prom",
        "consistency.json",
        "consistency.wish",
        "backup.last",
        "reserve",
    }
)
# Copied before the tasks, because it names them.
_FIRST = ("site.json", "secret", "submissions")


@dataclass(frozen=True)
class Backup:
    """A backup's description of itself; `linked` is how many files it shares with the previous backup."""

    FORMAT: ClassVar[int] = 1

    made_at: Moment
    version: Annotated[str, Meta(max_length=100)]
    site_id: Annotated[str, Meta(max_length=100)]
    tasks: Size
    files: Size
    linked: Size
    size: Size

    @classmethod
    def read(cls, folder: Path) -> Backup:
        """Return a backup's description.

        Raises:
            Conflict: the folder is not a backup, or an unfinished one.
            CorruptRecord, NewerFormat: the description cannot be read.
        """
        try:
            return read_document(folder / ABOUT, cls)
        except FileNotFoundError as error:
            raise Conflict(Message("backup.none", path=str(folder))) from error


class _Copy:
    """Copies files into a backup."""

    def __init__(self, source: Path, target: Path, before: Path | None) -> None:
        self._source = source
        self._target = target / JOBS
        self._before = before / JOBS if before is not None else None
        self._known = dict(_read_sums(before)) if before is not None else {}
        self.sums: dict[str, str] = {}
        self.linked = self.size = 0

    def take(self, path: Path) -> None:
        """Copy a file, or a folder with all its contents; skip what is not a regular file or has gone meanwhile.

        So is what says that an item is to come from an upload: uploads are left out.

        Raises:
            OSError, StorageFull: it cannot be read, or there is no room for it.
        """
        try:
            facts = path.lstat()
        except FileNotFoundError:
            return
        if stat.S_ISDIR(facts.st_mode):
            self._folder(path)
            with suppress(FileNotFoundError):
                for name in sorted(os.listdir(path)):  # noqa: PTH208 - names only
                    self.take(path / name)
        elif stat.S_ISREG(facts.st_mode) and not path.name.endswith(".tmp") and not is_begun_mark(path):
            with suppress(FileNotFoundError, CorruptRecord):
                self._file(path)

    def drop(self, path: Path) -> None:
        """Remove a copied folder from the backup."""
        name = str(path.relative_to(self._source))
        shutil.rmtree(self._target / name, ignore_errors=True)
        self.sums = {path: digest for path, digest in self.sums.items() if not path.startswith(f"{name}/")}

    def _folder(self, path: Path) -> Path:
        made = self._target / path.relative_to(self._source)
        made.mkdir(parents=True, exist_ok=True, mode=0o700)
        return made

    def _file(self, path: Path) -> None:
        name = str(path.relative_to(self._source))
        if name in self.sums:
            return  # a record that was copied first stays as it was then
        handle = open_to_read(path)
        with os.fdopen(handle, "rb") as stream:
            facts = os.fstat(handle)
            target = self._folder(path.parent) / path.name
            if (digest := self._link(name, target, facts)) is None:
                digest = self._copy(stream, target, facts)
        self.sums[name] = digest
        self.size += facts.st_size

    def _link(self, name: str, target: Path, facts: os.stat_result) -> str | None:
        """Share a file with the previous backup if it is the same; return its checksum."""
        digest = self._known.get(name)
        if self._before is None or digest is None:
            return None
        old = self._before / name
        try:
            there = old.lstat()
            same = (there.st_size, there.st_mtime_ns) == (facts.st_size, facts.st_mtime_ns)
            if not same or not stat.S_ISREG(there.st_mode):
                return None
            os.link(old, target, follow_symlinks=False)
        except OSError:
            return None
        self.linked += 1
        return digest

    @staticmethod
    def _copy(stream: BinaryIO, target: Path, facts: os.stat_result) -> str:
        digest = hashlib.sha256()
        with target.open("xb") as copy:
            while piece := stream.read(_PIECE):
                digest.update(piece)
                copy.write(piece)
        target.chmod(stat.S_IMODE(facts.st_mode) & 0o600)
        os.utime(target, ns=(facts.st_atime_ns, facts.st_mtime_ns))
        return digest.hexdigest()


def make_backup(jobs: PortalDir, folder: Path, now: datetime, *, references: bool = True) -> tuple[Path, Backup]:
    """Back up JOBS_DIR into a new folder below `folder`; return that folder and its description.

    Raises:
        Conflict: `folder` is inside JOBS_DIR.
        OSError, StorageFull: nothing is left behind that looks like a backup.
    """
    if folder.resolve().is_relative_to(jobs.jobs.resolve()):
        raise Conflict(Message("backup.within", path=str(folder)))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    before = newest_backup(folder)
    made = folder / f"{_PREFIX}{now:%Y%m%dT%H%M%SZ}"
    half = made.with_name(made.name + _UNFINISHED)
    half.mkdir(mode=0o700)
    try:
        copy = _Copy(jobs.jobs, half, before)
        site = Installation.read(jobs).site_id
        tasks = _take_all(jobs, copy, references=references)
        lines = "".join(f"{digest}  {JOBS}/{name}\n" for name, digest in sorted(copy.sums.items()))
        (half / SUMS).write_text(lines, encoding="utf-8")
        about = Backup(now, portal.__version__, site, tasks, len(copy.sums), copy.linked, copy.size)
        write_document(half / ABOUT, about)
        os.sync()
        half.rename(made)
        fsync_folder(folder)
        _note(jobs)
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise
    return made, about


def _note(jobs: PortalDir) -> None:
    """Record the time for the metrics. The backup is complete without it."""
    with suppress(OSError, StorageFull):
        write_bytes(jobs.backed_up, b"", durable=False)


def _take_all(jobs: PortalDir, copy: _Copy, *, references: bool) -> int:
    for name in _FIRST:
        copy.take(jobs.own / name)
    tasks = 0
    for task_id in sorted(jobs.task_ids()):
        task = jobs.task(task_id)
        copy.take(task.meta)
        copy.take(task.request)
        copy.take(task.path)
        if task.meta.exists():
            tasks += 1
        else:
            copy.drop(task.path)  # deleted while it was copied
    left_out = _LEFT_OUT | set(_FIRST) | (set() if references else {"references"})
    for path in sorted(jobs.own.iterdir()):
        if path.name not in left_out:
            copy.take(path)
    return tasks


def newest_backup(folder: Path) -> Path | None:
    """Return the newest finished backup below a folder."""
    made = [path for path in folder.glob(f"{_PREFIX}*Z") if (path / ABOUT).is_file()]
    return max(made, default=None)


def _read_sums(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the names below `jobs/` of a backup, with their checksums."""
    with (folder / SUMS).open(encoding="utf-8") as lines:
        for line in lines:
            digest, _, name = line.rstrip("\n").partition(f"  {JOBS}/")
            parts = Path(name).parts
            if len(digest) != hashlib.sha256().digest_size * 2 or not parts or ".." in parts or name.startswith("/"):
                raise CorruptRecord(Message("record.form", name=SUMS, reason=line[:100]))
            yield name, digest


def verify_backup(folder: Path, *, each: Callable[[str], None] = lambda _: None) -> list[Message]:
    """Return what is wrong with a backup: files that are missing, changed or not listed.

    Raises:
        Conflict, CorruptRecord, NewerFormat: it is not a backup, or its description cannot be read.
    """
    about = Backup.read(folder)
    problems, seen = [], set()
    for name, digest in _read_sums(folder):
        seen.add(name)
        each(name)
        try:
            with os.fdopen(open_to_read(folder / JOBS / name), "rb") as stream:
                if hashlib.file_digest(stream, "sha256").hexdigest() != digest:
                    problems.append(Message("backup.changed", name=name))
        except (OSError, Unreadable):
            problems.append(Message("backup.missing", name=name))
    if len(seen) != about.files:
        problems.append(Message("backup.count", found=len(seen), expected=about.files))
    root = folder / JOBS
    there = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_symlink() or not path.is_dir()}
    problems += [Message("backup.unnamed", name=name) for name in sorted(there - seen)]
    return problems


def restore(folder: Path, jobs_dir: Path) -> tuple[Backup, Installation]:
    """Restore a backup into an empty JOBS_DIR and give it a new identity; return the backup and the identity.

    Raises:
        Conflict: the folder is not a backup, or JOBS_DIR is not empty.
        CorruptRecord: a file of the backup has changed; nothing is left behind.
        OSError, StorageFull: nothing is left behind.
    """
    about = Backup.read(folder)
    problems = verify_backup(folder)
    if problems:
        raise CorruptRecord(Message("backup.damaged", path=str(folder), reason=problems[0]))
    if jobs_dir.exists() and any(jobs_dir.iterdir()):
        raise Conflict(Message("backup.not_empty", path=str(jobs_dir)))
    jobs_dir.mkdir(parents=True, exist_ok=True)
    try:
        for path in sorted((folder / JOBS).iterdir()):
            shutil.copytree(path, jobs_dir / path.name, symlinks=True)
        _open_for_the_group(jobs_dir)
        portal_dir = PortalDir(jobs_dir)
        portal_dir.prepare()
        return about, adopt(portal_dir)
    except BaseException:
        for path in jobs_dir.iterdir():
            shutil.rmtree(path, ignore_errors=True)
        raise


def _open_for_the_group(jobs_dir: Path) -> None:
    """Give the tasks' folders and files the modes that the portal creates them with; the secret stays owner-only."""
    for root, folders, files in os.walk(jobs_dir):
        for name in folders:
            (Path(root) / name).chmod(0o750)
        for name in files:
            path = Path(root) / name
            if path != PortalDir(jobs_dir).secret:
                path.chmod(0o640)
