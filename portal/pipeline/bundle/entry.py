"""One file of a bundle, as listed in the manifest and in RO-Crate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BundleEntry:
    """A file: its path in the bundle, its size in bytes, its SHA-256 (hex) and its media type."""

    path: str
    size: int
    sha256: str
    media_type: str
