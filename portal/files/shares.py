"""The shares of a task or submission: to whom a link was given, until when, and what was taken back.

<task or submission>/shares/
    shares.json      all shares, and how often the standing view link was replaced; changed under the lock
    used_<n>.json    the last day on which a share was used
    snapshot_<n>.json    what a share shows that is a snapshot (`portal.files.snapshots`)
    lock

No token is in them. A token derives from the portal's secret and from what is recorded of its share, so that a forged
or altered record opens nothing.
"""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from portal.domain.errors import CorruptRecord, NewerFormat, PortalError
from portal.files.document import Moment, Number, Size, read_document, write_document
from portal.files.locks import locked
from portal.files.safe_open import discard
from portal.files.snapshots import ShareSnapshot, SnapshotMark, erase_texts, read_snapshot, write_snapshot

log = logging.getLogger(__name__)

FOLDER = "shares"
# More than the portal ever lists: each of them costs time with every token that is tried.
MOST_LISTED = 100
_MOST_BYTES = 256 * 1024


@dataclass(frozen=True)
class ShareRecord:
    """One share: open through the day `ends` (UTC) unless it was taken back. Its token derives from `nonce`.

    With `snapshot` it shows only what was done then.
    """

    n: Number
    label: str
    nonce: str
    created_at: Moment
    ends: date
    revoked_at: Moment | None = None
    snapshot: SnapshotMark | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def is_open(self, today: date) -> bool:
        """Tell whether the share lets anybody in on a day (UTC)."""
        return self.revoked_at is None and today <= self.ends


@dataclass(frozen=True)
class ShareList:
    """All shares. `generation` counts the replacements of the standing view link; `last` is the last number given.

    No field has a default: another program's file must not pass for a list that closes nothing.
    """

    FORMAT: ClassVar[int] = 1

    generation: Size
    last: Size
    shares: Annotated[tuple[ShareRecord, ...], Meta(max_length=MOST_LISTED)]
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def after_damage(cls) -> ShareList:
        """Return a list in place of an unreadable one: no link that was given away before opens anything."""
        return cls(generation=2**32 + secrets.randbelow(2**52), last=0, shares=())


@dataclass(frozen=True)
class ShareUse:
    """The last day (UTC) on which a share was used."""

    FORMAT: ClassVar[int] = 1

    last_used: date


class ShareFiles:
    """The files of one task or submission, given its folder."""

    def __init__(self, owner_folder: Path) -> None:
        self._folder = owner_folder / FOLDER
        self._list = self._folder / "shares.json"

    def read(self) -> ShareList:
        """Return the shares; none if nothing was ever shared.

        Raises:
            CorruptRecord, NewerFormat, OSError: see `read_document`.
        """
        try:
            return read_document(self._list, ShareList, limit_bytes=_MOST_BYTES)
        except FileNotFoundError:
            return ShareList(generation=0, last=0, shares=())

    def change(self, step: Callable[[ShareList], ShareList]) -> ShareList:
        """Replace the list by what `step` makes of it, one change at a time; return the new list.

        Raises:
            FileNotFoundError: the task or submission has just been removed.
            NewerFormat: a later version of the portal wrote the list.
            CorruptRecord: something else has taken the place of the folder.
            OSError, StorageFull: it cannot be written.
        """
        with self._locked():
            try:
                present = self.read()
            except CorruptRecord as error:
                log.error("%s is replaced, and its links are closed: %s", self._list, error.message)
                present = ShareList.after_damage()
            changed = step(present)
            if changed != present:
                write_document(self._list, changed)
            return changed

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with contextlib.suppress(FileExistsError):
            self._folder.mkdir(mode=0o700)
        with locked(self._folder / "lock", "shares/lock"):
            yield

    def last_used(self, n: int) -> date | None:
        """Return the day on which a share was last used; None if it never was, or nobody can tell."""
        try:
            return read_document(self._use(n), ShareUse).last_used
        except (CorruptRecord, NewerFormat, OSError):
            return None

    def note_use(self, n: int, today: date) -> None:
        """Write down that a share is used today; a disk that does not take it is logged."""
        if self.last_used(n) == today:
            return
        try:
            write_document(self._use(n), ShareUse(today), durable=False)
        except (OSError, PortalError) as error:
            log.error("the use of a share cannot be noted: %s", error)

    def forget_use(self, n: int) -> None:
        """Remove what an earlier share of this number may have left."""
        discard(self._use(n))

    def write_snapshot(self, n: int, snapshot: ShareSnapshot) -> str:
        """Write what a share shows; return its digest. Called under the lock, before the share is listed."""
        return write_snapshot(self._snapshot(n), snapshot)

    def snapshot(self, n: int, sha256: str) -> ShareSnapshot:
        """Return what a share shows; see `read_snapshot` for errors."""
        return read_snapshot(self._snapshot(n), sha256)

    def forget_snapshot(self, n: int) -> None:
        """Remove what a share showed."""
        discard(self._snapshot(n))

    def erase_texts(self, task_id: str) -> None:
        """Erase from all snapshots what the owner had written of a strain; those of no open share are removed.

        Raises:
            NotReady: another process holds the lock.
            NewerFormat, OSError, StorageFull: see `change`.
        """
        if not self._folder.is_dir():
            return
        with self._locked():
            try:
                shares = self.read().shares
            except CorruptRecord:
                shares = ()  # no link opens any more
            shown = {self._snapshot(share.n) for share in shares if share.revoked_at is None}
            for path in self._folder.glob("snapshot_*.json"):
                if path in shown:
                    erase_texts(path, task_id)
                else:
                    discard(path)

    def _snapshot(self, n: int) -> Path:
        return self._folder / f"snapshot_{n}.json"

    def _use(self, n: int) -> Path:
        return self._folder / f"used_{n}.json"
