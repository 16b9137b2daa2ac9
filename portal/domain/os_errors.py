"""Operating system errors as messages, because the system's own texts are in one language only."""

from __future__ import annotations

import errno
from enum import StrEnum

from portal.domain.message import Message


class SystemFault(StrEnum):
    """Error numbers with a text of their own, by their symbol; source: errno(3)."""

    EACCES = "EACCES"
    EPERM = "EPERM"
    ENOENT = "ENOENT"
    ENOTDIR = "ENOTDIR"
    EISDIR = "EISDIR"
    EEXIST = "EEXIST"
    ENOTEMPTY = "ENOTEMPTY"
    EBUSY = "EBUSY"
    EROFS = "EROFS"
    ENOSPC = "ENOSPC"
    EDQUOT = "EDQUOT"
    EFBIG = "EFBIG"
    EIO = "EIO"
    ESTALE = "ESTALE"
    ETIMEDOUT = "ETIMEDOUT"
    EMFILE = "EMFILE"
    ENFILE = "ENFILE"
    ENAMETOOLONG = "ENAMETOOLONG"
    ELOOP = "ELOOP"


def os_reason(error: OSError) -> Message:
    """Return an operating system error as a message; an unlisted one by its symbol, or by its class if it has none."""
    name = errno.errorcode.get(error.errno or 0, type(error).__name__)
    if name in set(SystemFault):
        return Message(f"os.{SystemFault(name)}")
    return Message("os.other", name=name)
