"""A process that dies before its n-th change of a file."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable


def dies_at(step: Callable[[], object], number: int) -> bool:
    """Run a step in a process of its own, which dies before its n-th change of a file; tell whether it did.

    Raises:
        SystemExit: the step failed otherwise.
    """
    child = os.fork()
    if not child:
        left = number

        def hook(event: str, args: tuple[object, ...]) -> None:
            nonlocal left
            if _changes(event, args):
                left -= 1
                if left < 0:
                    os._exit(9)

        sys.addaudithook(hook)
        with contextlib.suppress(BaseException):
            step()
            os._exit(0)
        os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code not in (0, 9):
        raise SystemExit(f"the step failed before its change {number}: {code}")
    return code == 9


def _changes(event: str, args: tuple[object, ...]) -> bool:
    if event == "open":
        flags = args[2]
        return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
    return event in ("os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "os.truncate")
