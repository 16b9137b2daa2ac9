"""The operator's switches: a small file that `btportal admin` writes and the poller reads each cycle."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from portal.domain.errors import CorruptRecord
from portal.files.atomic import read_json, write_json
from portal.files.taskdir import PortalDir


@dataclass(frozen=True)
class Control:
    """`draining`: what runs goes on, nothing new is started; `notice` says why, for everybody to read."""

    draining: bool = False
    notice: str = ""

    @classmethod
    def read(cls, portal: PortalDir) -> Control:
        """Return the switches as they are set; a damaged file counts as none."""
        try:
            value = read_json(portal.control)
        except (FileNotFoundError, CorruptRecord):
            return cls()
        return cls(value.get("draining") is True, str(value.get("notice", "")))

    def write(self, portal: PortalDir) -> None:
        """Set the switches."""
        write_json(portal.control, asdict(self))
