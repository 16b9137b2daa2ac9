"""One file of a bundle, as manifest and RO-Crate list it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BundleEntry:
    """A file: its path in the bundle, its size in bytes, its SHA-256 (hex) and its media type."""

    path: str
    size: int
    sha256: str
    media_type: str
