"""Settings in a file, as systemd reads them for a service."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path


def read_variables(env_file: Path | None) -> Mapping[str, str]:
    """Return the variables of a file as systemd reads it, or those of the environment."""
    if env_file is None:
        return dict(os.environ)
    values = {}
    for line in env_file.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith(("#", ";")):
            values[name.strip()] = value.strip().strip("\"'")
    return values
