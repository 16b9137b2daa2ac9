"""The operator's switches: a small file that an operator's acts write and the poller reads each cycle."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from portal.domain.errors import CorruptRecord
from portal.domain.status import Lang
from portal.files.atomic import read_json, write_json
from portal.files.taskdir import PortalDir


@dataclass(frozen=True)
class Control:
    """`draining`: what runs goes on, nothing new is started. `notice` stands above every page, for everybody to read.

    `notice_zh` is the same in Chinese; where one is empty the other one is shown.
    """

    draining: bool = False
    notice: str = ""
    notice_zh: str = ""

    @classmethod
    def read(cls, portal: PortalDir) -> Control:
        """Return the switches as they are set; a damaged file counts as none."""
        try:
            value = read_json(portal.control)
        except (FileNotFoundError, CorruptRecord):
            return cls()
        return cls(value.get("draining") is True, str(value.get("notice", "")), str(value.get("notice_zh", "")))

    def notice_in(self, lang: Lang) -> str:
        """Return the notice in a language, or in the other one."""
        wanted, other = (self.notice_zh, self.notice) if lang is Lang.ZH else (self.notice, self.notice_zh)
        return wanted or other

    def write(self, portal: PortalDir) -> None:
        """Set the switches."""
        write_json(portal.control, asdict(self))
