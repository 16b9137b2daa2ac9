"""Admission records: the waiting tasks by client, and the disk space that each client's tasks use.

<JOBS_DIR>/.portal/admission/
    lock                    held while a process counts and writes
    waiting.json            the waiting tasks, in order of arrival
    clients/<client>.json   the tasks of a client with their bytes, and the submission that its unnamed tasks share
    rates/<kind>/<boot>/<window>/<client>   a byte for each event: appending needs no lock, the size is the count

Only the web process writes here. All of it may be lost: then every client starts again with nothing counted.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from portal.domain.errors import CorruptRecord, NewerFormat
from portal.files.atomic import storage_error
from portal.files.document import Moment, Size, read_document, write_document
from portal.files.instant import this_boot
from portal.files.locks import locked, open_lock
from portal.files.taskdir import PortalDir

_BOOT_KEPT_S = 86400.0  # by the times of files


@dataclass(frozen=True)
class Waiting:
    """A waiting task; `since` is when it was accepted or asked to run again."""

    task_id: str
    client: str
    since: Moment


@dataclass(frozen=True)
class WaitingTasks:
    """All waiting tasks."""

    FORMAT: ClassVar[int] = 1

    tasks: tuple[Waiting, ...] = ()


@dataclass(frozen=True)
class Holding:
    """The disk space that a task uses: the size of its upload, or of its folder once that has been measured."""

    size: Size
    measured: bool = False


@dataclass(frozen=True)
class ClientState:
    """State of a client: the bytes of its tasks by id, and when it last sent a task without a submission name."""

    FORMAT: ClassVar[int] = 1

    holds: Mapping[str, Holding] = field(default_factory=dict)
    unnamed: str = ""  # submission of its unnamed tasks
    unnamed_at: Moment | None = None


class AdmissionFiles:
    """The admission files; a damaged file counts as empty, as does one from a newer version."""

    def __init__(self, portal: PortalDir) -> None:
        self._root = portal.own / "admission"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let worker processes count one at a time.

        Raises:
            StorageFull: there is no room for the files.
        """
        try:
            (self._root / "clients").mkdir(parents=True, exist_ok=True)
            os.close(open_lock(self._root / "lock"))
        except OSError as error:
            raise storage_error(error) from error
        with locked(self._root / "lock", "admissions/lock"):
            yield

    def waiting(self) -> tuple[Waiting, ...]:
        try:
            return read_document(self._root / "waiting.json", WaitingTasks).tasks
        except (FileNotFoundError, CorruptRecord, NewerFormat):
            return ()

    def write_waiting(self, tasks: tuple[Waiting, ...]) -> None:
        write_document(self._root / "waiting.json", WaitingTasks(tasks), durable=False)

    def client(self, client: str) -> ClientState:
        try:
            return read_document(self._client_path(client), ClientState)
        except (FileNotFoundError, CorruptRecord, NewerFormat):
            return ClientState()

    def write_client(self, client: str, state: ClientState) -> None:
        write_document(self._client_path(client), state, durable=False)

    def _client_path(self, client: str) -> Path:
        return self._root / "clients" / f"{client}.json"

    def count_event(self, kind: str, window: int, client: str) -> int:
        """Count an event and return how many there were in this window; the first of a window removes old counts.

        Raises:
            StorageFull: there is no room to count.
        """
        folder = self._window(kind, window)
        try:
            if not folder.is_dir():
                folder.mkdir(parents=True, exist_ok=True)
                self._clear_up(folder.parent, window - 1)
            handle = os.open(folder / client, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise storage_error(error) from error
        try:
            os.write(handle, b".")
            return os.fstat(handle).st_size
        except OSError as error:
            raise storage_error(error) from error
        finally:
            os.close(handle)

    def events(self, kind: str, window: int, client: str) -> int:
        """Return how many events there were in a window."""
        try:
            return (self._window(kind, window) / client).stat().st_size
        except OSError:
            return 0

    def _window(self, kind: str, window: int) -> Path:
        return self._root / "rates" / kind / this_boot() / str(window)

    @staticmethod
    def _clear_up(boot: Path, window: int) -> None:
        """Remove windows before one, and what other boots left; a second web host that is at work is of today."""
        with contextlib.suppress(OSError):
            for entry in boot.iterdir():
                if entry.name.isdecimal() and int(entry.name) < window:
                    shutil.rmtree(entry, ignore_errors=True)
            today = boot.stat().st_mtime - _BOOT_KEPT_S
            for entry in boot.parent.iterdir():
                if entry.stat().st_mtime < today:
                    shutil.rmtree(entry, ignore_errors=True)
