"""Who was let in: the tasks that wait, by client, and what each client's tasks hold on the disk.

<JOBS_DIR>/.portal/admission/
    lock                    held while somebody counts and writes
    waiting.json            the tasks that wait, in the order in which they came
    clients/<client>.json   the tasks of a client with their bytes, and the submission that its unnamed tasks share
    rates/<kind>/<minute>/<client>   one byte for each event: appending needs no lock, the size is the count

The web process alone writes here. All of it may be lost: then nobody is held to have anything.
"""

from __future__ import annotations

import contextlib
import fcntl
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
from portal.files.taskdir import PortalDir


@dataclass(frozen=True)
class Waiting:
    """A task that waits, since it was accepted or asked to run again."""

    task_id: str
    client: str
    since: Moment


@dataclass(frozen=True)
class WaitingTasks:
    """All of them."""

    FORMAT: ClassVar[int] = 1

    tasks: tuple[Waiting, ...] = ()


@dataclass(frozen=True)
class Holding:
    """What a task holds on the disk: the size of its upload, or of its folder once that has been measured."""

    size: Size
    measured: bool = False


@dataclass(frozen=True)
class ClientState:
    """What is known of a client: the bytes of its tasks by their id, and when it last sent a task without a name."""

    FORMAT: ClassVar[int] = 1

    holds: Mapping[str, Holding] = field(default_factory=dict)
    unnamed: str = ""  # submission of its unnamed tasks
    unnamed_at: Moment | None = None


class AdmissionFiles:
    """The files; a damaged one counts as empty, as does one that a newer version wrote."""

    def __init__(self, portal: PortalDir) -> None:
        self._root = portal.own / "admission"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let all worker processes count one after the other.

        Raises:
            StorageFull: there is no room for the files.
        """
        try:
            (self._root / "clients").mkdir(parents=True, exist_ok=True)
            handle = os.open(self._root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise storage_error(error) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

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

    def count_event(self, kind: str, minute: int, client: str) -> int:
        """Note an event, and return how many there were in this minute; the first of a minute clears away old ones.

        Raises:
            StorageFull: there is no room to count.
        """
        folder = self._root / "rates" / kind / str(minute)
        try:
            if not folder.is_dir():
                folder.mkdir(parents=True, exist_ok=True)
                self._clear_before(minute - 1, folder.parent)
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

    def events(self, kind: str, minute: int, client: str) -> int:
        """Return how many events there were in a minute."""
        try:
            return (self._root / "rates" / kind / str(minute) / client).stat().st_size
        except OSError:
            return 0

    @staticmethod
    def _clear_before(minute: int, folder: Path) -> None:
        with contextlib.suppress(OSError):
            for entry in folder.iterdir():
                if entry.name.isdecimal() and int(entry.name) < minute:
                    shutil.rmtree(entry, ignore_errors=True)
