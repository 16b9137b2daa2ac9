"""Names of sequences, limited in length, because a name is repeated for each hit in each result file."""

from __future__ import annotations

import hashlib

MAX_NAME = 200  # characters
_MARK = 13  # a tilde and 12 hex digits


def bounded_name(name: str) -> str:
    """Return a name as results show it: unchanged, or if it is longer than MAX_NAME, its beginning and a mark.

    The mark is `~` and the first 12 hex digits of the SHA-256 of the whole name, which only the genome keeps.
    """
    if len(name) <= MAX_NAME:
        return name
    mark = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[: _MARK - 1]
    return f"{name[: MAX_NAME - _MARK]}~{mark}"
