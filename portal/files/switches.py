"""The operator's switches: a small file that an operator's acts write and the poller reads each cycle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from portal.domain.errors import CorruptRecord
from portal.domain.status import Lang
from portal.files.document import read_document, write_document
from portal.files.taskdir import PortalDir


@dataclass(frozen=True)
class Control:
    """`draining`: what runs goes on, nothing new is started. `notice` stands above every page, for everybody to read.

    `notice_zh` is the same in Chinese; where one is empty the other one is shown.
    """

    FORMAT: ClassVar[int] = 1

    draining: bool = False
    notice: str = ""
    notice_zh: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, portal: PortalDir) -> Control:
        """Return the switches as they are set; a damaged file counts as none.

        Raises:
            NewerFormat: a newer version set them.
        """
        try:
            return read_document(portal.control, cls)
        except (FileNotFoundError, CorruptRecord):
            return cls()

    def notice_in(self, lang: Lang) -> str:
        """Return the notice in a language, or in the other one."""
        wanted, other = (self.notice_zh, self.notice) if lang is Lang.ZH else (self.notice, self.notice_zh)
        return wanted or other

    def write(self, portal: PortalDir) -> None:
        """Set the switches."""
        write_document(portal.control, self)
