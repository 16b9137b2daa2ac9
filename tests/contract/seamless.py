"""Bundles as a writer packs them that knows no seams."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path


def without_seams(path: Path) -> bytes:
    """Return a bundle as a writer that knows no seams packs it."""
    packed = io.BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(packed, "w") as plain:
        for info in archive.infolist():
            made = zipfile.ZipInfo(info.filename, info.date_time)
            made.compress_type = info.compress_type
            plain.writestr(made, archive.read(info))
    return packed.getvalue()
