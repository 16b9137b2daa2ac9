"""The versions of installed libraries, as the bundle and the report need them."""

from __future__ import annotations

import re
from importlib.metadata import distribution, version

_VERSION = re.compile(r"^Version: *(\S+)", re.MULTILINE)


def installed_version(name: str) -> str:
    """Return the version of an installed distribution.

    `importlib.metadata.version` parses the whole description of the package for it, which takes three milliseconds.

    Raises:
        PackageNotFoundError: it is not installed.
    """
    found = _VERSION.search(distribution(name).read_text("METADATA") or "")
    return found[1] if found else version(name)
