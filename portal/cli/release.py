"""Run from the release that a link such as `current` points to, whatever it points to later.

What a process imports late, and what it starts, must come from the release that it began with; after an upgrade the
link leads to another one.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path


def leave_the_link(words: Sequence[str]) -> None:
    """Start this command again below the environment's own path, if it was reached through a link to it."""
    prefix = Path(sys.prefix)
    if sys.prefix == sys.base_prefix or not prefix.is_symlink():
        return
    # The link alone is followed: further links above it may differ from host to host.
    python = prefix.parent / prefix.readlink() / "bin" / Path(sys.executable).name
    if python.exists():
        os.execv(python, [str(python), "-m", "portal.cli", *words])  # noqa: S606 - an argument list, no shell
