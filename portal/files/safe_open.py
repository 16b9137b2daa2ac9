"""Open files on the shared disk without trusting them: no symlink, no FIFO, no device, a limited size.

Anyone who can write into JOBS_DIR, including each job, may leave anything under a name that the portal uses. A symlink
would expose another file, a FIFO would block the reader for ever. Below JOBS_DIR no part of a path may be a symlink;
the paths of JOBS_DIR and of its references are set by the operator.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from functools import lru_cache
from pathlib import Path

from portal.domain.errors import CorruptRecord
from portal.domain.message import Message
from portal.domain.task_id import is_task_id

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_APPEND = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Errors of open(2) for a symlink, for a symlink in place of a folder, for a socket and for a folder.
_NOT_WHAT_IT_SEEMS = frozenset({errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.EISDIR})


@lru_cache(maxsize=4096)  # of the paths that are asked for again and again
def below_jobs_dir(path: Path) -> tuple[str, tuple[str, ...]]:
    """Split a path into JOBS_DIR (or its own folder if it is not in a JOBS_DIR) and the parts below."""
    parts = path.parts
    for place in range(len(parts) - 2, 0, -1):
        if (parts[place] == ".portal" and parts[place + 1] != "references") or is_task_id(parts[place]):
            return os.path.join(*parts[:place]), parts[place:]  # noqa: PTH118 - a Path here costs more than the open
    return str(path.parent), (path.name,)


def _open_folder_of(path: Path) -> tuple[int | None, str]:
    """Return a handle of the folder that holds the file (None: name it by its path) and the name to open in it."""
    root, parts = below_jobs_dir(path)
    if len(parts) == 1:
        return None, str(path)
    handle = os.open(f"{root}/{parts[0]}", _FOLDER)
    for part in parts[1:-1]:
        try:
            inner = os.open(part, _FOLDER, dir_fd=handle)
        finally:
            os.close(handle)
        handle = inner
    return handle, parts[-1]


def _open(path: Path, flags: int, mode: int) -> int:
    folder = None
    try:
        folder, name = _open_folder_of(path)
        handle = os.open(name, flags, mode, dir_fd=folder)
    except OSError as error:
        if error.errno == errno.ENOTDIR and not os.path.lexists(path):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path)) from error
        if error.errno in _NOT_WHAT_IT_SEEMS:
            raise CorruptRecord(Message("record.no_file", name=path.name)) from error
        raise
    finally:
        if folder is not None:
            os.close(folder)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise CorruptRecord(Message("record.no_file", name=path.name))
    return handle


def open_to_read(path: Path) -> int:
    """Return a handle of a regular file, opened for reading.

    Raises:
        FileNotFoundError: it does not exist.
        CorruptRecord: it or a folder above it is replaced by a symlink, a FIFO, a device or the like.
        OSError: it cannot be reached at the moment, or this user may not read it.
    """
    return _open(path, _READ, 0)


def open_to_write(path: Path) -> int:
    """Return a handle of an existing regular file, to change it in place; see `open_to_read` for errors."""
    return _open(path, _WRITE, 0)


def open_to_append(path: Path, *, mode: int = 0o644) -> int:
    """Return a handle of a regular file, created if necessary, opened for reading and appending.

    Raises:
        CorruptRecord, OSError: see `open_to_read`.
    """
    return _open(path, _APPEND, mode)


def leave_mark(path: Path) -> None:
    """Make sure that a regular file has this name, an empty one if there is none; what else has it is removed.

    Raises:
        OSError: it cannot be made, also where a folder above it is replaced by a symlink.
    """
    try:
        os.close(open_to_append(path))
    except CorruptRecord:
        discard(path)
        try:
            os.close(open_to_append(path))
        except CorruptRecord as error:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from error


def read_bytes(path: Path, *, limit_bytes: int) -> bytes:
    """Return the content of a regular file of at most `limit_bytes`; see `open_to_read` for errors."""
    handle = open_to_read(path)
    try:
        # Reading one byte more than allowed detects a file that is too long, even if it grows meanwhile.
        chunks, left = [], limit_bytes + 1
        while left > 0 and (chunk := os.read(handle, min(left, 1 << 20))):
            chunks.append(chunk)
            left -= len(chunk)
    finally:
        os.close(handle)
    if not left:
        raise CorruptRecord(Message("record.too_large", name=path.name, limit=limit_bytes))
    return b"".join(chunks)


def names_in(folder: Path) -> frozenset[str] | None:
    """Return the names in a folder, none if it does not exist; None if they cannot be told: then try each.

    Asking once is several times cheaper than to look for files that are seldom there.
    """
    try:
        # As if for a file in it: that opens the folder and all above it, none of them through a symlink.
        handle, _ = _open_folder_of(folder / "any")
    except FileNotFoundError:
        return frozenset()
    except OSError:
        return None
    if handle is None:
        return None
    try:
        with os.scandir(handle) as entries:
            return frozenset(entry.name for entry in entries)
    except OSError:
        return None
    finally:
        os.close(handle)


def discard(path: Path) -> None:
    """Remove whatever has this name, a folder with its contents; never the target of a symlink.

    Nothing is removed where a symlink or file has taken the place of a folder above it: that is somebody else's.
    """
    try:
        folder, name = _open_folder_of(path)
    except OSError as error:
        if error.errno in (errno.ENOENT, *_NOT_WHAT_IT_SEEMS):
            return
        raise
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except (IsADirectoryError, PermissionError):
        shutil.rmtree(name, ignore_errors=True, dir_fd=folder)
    finally:
        if folder is not None:
            os.close(folder)


def is_there(path: Path) -> bool:
    """Tell whether anything has this name, in a folder that is reached through no symlink; raise OSError."""
    try:
        folder, name = _open_folder_of(path)
    except OSError as error:
        if error.errno in (errno.ENOENT, *_NOT_WHAT_IT_SEEMS):
            return False
        raise
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    finally:
        if folder is not None:
            os.close(folder)
    return True
