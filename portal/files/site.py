"""The installation that a job folder belongs to, so that a copy never acts for the original.

`.portal/site.json` is created once, at the first start with a folder. It records the place: the real path, device and
inode of JOBS_DIR. If these have changed, the folder was copied, restored or moved, and only an operator knows which:
the portal does nothing until `btportal admin adopt-folder` gives it a new identity. Jobs and cached records include
the id of the installation that made them.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from portal.domain.errors import CorruptRecord, NewerFormat, NotReady
from portal.domain.message import Message
from portal.files.atomic import create_bytes
from portal.files.document import Moment, encode_object, read_document, to_object, write_document
from portal.files.reports import utc_now
from portal.files.taskdir import PortalDir

# Increases with the FORMAT of any document: an older version that does not know it refuses to start.
FOLDER_FORMAT = 1
# The oldest format that this version works with as it is; older folders need the steps of `portal.upkeep.steps`.
OLDEST_FORMAT = 1
SiteId = Annotated[str, Meta(pattern=r"^[0-9a-f]{12}\Z")]


@dataclass(frozen=True)
class Place:
    """The location of a folder. `machine` is empty if the host has no id."""

    path: str
    device: int
    inode: int
    machine: str = ""

    @classmethod
    def of(cls, folder: Path) -> Place:
        """Return the present place of a folder."""
        facts = folder.stat()
        return cls(str(folder.resolve()), facts.st_dev, facts.st_ino, _machine_id())

    def differs_from(self, now: Place) -> Message | None:
        """Return what has changed; None if it is the same place.

        Network disks and volumes without a block device (major number 0) get a new device number at each mount, and
        several hosts may mount them: for these, path and inode decide.
        """
        if self.path != now.path:
            return Message("site.path", before=self.path, now=now.path)
        if self.inode != now.inode:
            return Message("site.inode", path=self.path)
        local = os.major(self.device) != 0 and os.major(now.device) != 0
        if local and self.device != now.device:
            return Message("site.device", path=self.path)
        if local and self.machine and now.machine and self.machine != now.machine:
            return Message("site.machine")
        return None


def _machine_id() -> str:
    try:
        return Path("/etc/machine-id").read_text(encoding="ascii").strip()[:64]
    except (OSError, ValueError):
        return ""


@dataclass(frozen=True)
class Installation:
    """The identity of a job folder. `former` lists its ids before it was adopted, the newest last.

    `unfinished` is a format while the folder is being converted between that one and the one before. `secret_mark`
    recognises the secret that the folder's tokens were made with; empty until the first start with one.
    """

    FORMAT: ClassVar[int] = 1

    site_id: SiteId
    place: Place
    made_at: Moment
    folder_format: Annotated[int, Meta(ge=1)] = FOLDER_FORMAT
    former: tuple[SiteId, ...] = ()
    unfinished: Annotated[int, Meta(ge=2)] | None = None
    secret_mark: Annotated[str, Meta(pattern=r"^(|[0-9a-f]{32})\Z")] = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, portal: PortalDir) -> Installation:
        """Return the identity, creating it if there is none.

        Raises:
            CorruptRecord: it is damaged.
            NewerFormat: a newer version has written here.
            NotReady: the folder is of a format that has to be brought up to date first.
        """
        try:
            found = read_document(portal.site, cls)
        except FileNotFoundError:
            fresh = cls(secrets.token_hex(6), Place.of(portal.jobs), utc_now())
            if create_bytes(portal.site, encode_object(to_object(fresh))):
                return fresh
            found = read_document(portal.site, cls)
        if found.folder_format > FOLDER_FORMAT:
            raise NewerFormat(Message("record.newer", name="JOBS_DIR", format=found.folder_format, known=FOLDER_FORMAT))
        if found.folder_format < OLDEST_FORMAT:
            raise NotReady(Message("upgrade.steps_first", format=found.folder_format, oldest=OLDEST_FORMAT))
        if found.unfinished is not None:
            raise NotReady(Message("upgrade.unfinished", format=found.unfinished))
        return found

    def stamp(self, portal: PortalDir, number: int = FOLDER_FORMAT, *, unfinished: bool = False) -> Installation:
        """Record the format that is written here from now on, before anything is written in it."""
        stamped = replace(self, folder_format=number, unfinished=number if unfinished else None)
        if stamped == self:
            return self
        write_document(portal.site, stamped)
        return stamped


def why_not_ours(portal: PortalDir) -> Message | None:
    """Return why this installation must not act on the folder; None if the folder belongs to it.

    Raises:
        NewerFormat: a newer version has written here.
        OSError: the folder cannot be reached.
    """
    try:
        return Installation.read(portal).place.differs_from(Place.of(portal.jobs))
    except CorruptRecord as error:
        return error.message


def adopt(portal: PortalDir) -> Installation:
    """Give the folder in its present place a new identity; raise NewerFormat if a newer version wrote it."""
    site_id, place = secrets.token_hex(6), Place.of(portal.jobs)
    try:
        before = Installation.read(portal)
        former = (*before.former, before.site_id)[-20:]
        adopted = Installation(site_id, place, utc_now(), former=former, secret_mark=before.secret_mark)
    except CorruptRecord:
        adopted = Installation(site_id, place, utc_now())
    write_document(portal.site, adopted)
    return adopted
