"""Atomic writes: a file has either its old or its new content, whatever happens in between."""

from __future__ import annotations

import ctypes
import errno
import json
import os
from pathlib import Path
from typing import Any

from portal.domain.errors import StorageFull
from portal.domain.message import Message
from portal.files.safe_open import open_to_write

_LIBC = ctypes.CDLL(None, use_errno=True)  # os.sync() would wait for all other disks as well
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def storage_error(error: OSError) -> Exception:
    """Return StorageFull if the disk or a quota is full, else the error itself."""
    if error.errno in _NO_ROOM:
        return StorageFull(Message("disk.full"))
    return error


def fsync_folder(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_file_system(folder: Path) -> None:
    """Put on the disk what was written to the file system of a folder: one flush for any number of files."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if _LIBC.syncfs(handle):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(handle)


def _write_temporary(path: Path, data: bytes, *, durable: bool, mode: int) -> Path:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            if durable:
                os.fsync(stream.fileno())
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise storage_error(error) from error
    return temporary


def write_bytes(path: Path, data: bytes, *, durable: bool = True, mode: int = 0o644) -> None:
    """Replace a file in one step.

    With `durable` it is on the disk when this returns; without, the old one may be back after a power cut.

    Raises:
        StorageFull: there is no room; the old file is intact.
    """
    temporary = _write_temporary(path, data, durable=durable, mode=mode)
    try:
        temporary.replace(path)
        if durable:
            fsync_folder(path.parent)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise storage_error(error) from error


def overwrite_bytes(path: Path, data: bytes) -> None:
    """Overwrite a file in its existing blocks: this needs no new room, but a crash may leave a mixture.

    Raises:
        StorageFull: it does not fit.
        FileNotFoundError, CorruptRecord, OSError: see `safe_open.open_to_read`.
    """
    handle = open_to_write(path)
    try:
        facts = os.fstat(handle)
        if len(data) > facts.st_blocks * 512:
            raise StorageFull(Message("disk.full"))
        os.pwrite(handle, data, 0)
        os.ftruncate(handle, len(data))
    except OSError as error:
        raise storage_error(error) from error
    finally:
        os.close(handle)


def write_json(path: Path, value: Any, *, durable: bool = True, mode: int = 0o644) -> None:
    """Replace a JSON file in one step; see `write_bytes`."""
    write_bytes(path, encode_json(value), durable=durable, mode=mode)


def create_bytes(path: Path, data: bytes) -> bool:
    """Create a file that must not exist yet, complete from the start; tell whether it was created here.

    A hard link is the only step that neither overwrites nor exposes a half-written file, also on NFS.
    """
    temporary = _write_temporary(path, data, durable=True, mode=0o644)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError as error:
        raise storage_error(error) from error
    finally:
        temporary.unlink(missing_ok=True)
    fsync_folder(path.parent)
    return True


def encode_json(value: Any) -> bytes:
    """Return the JSON bytes that the portal writes for a value: UTF-8, sorted keys, one final newline."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
