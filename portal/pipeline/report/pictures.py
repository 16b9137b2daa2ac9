"""The pictures of a report: found by name, in reading order, embedded."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Above this size, a drawing with many parts is larger than its PNG.
SVG_LIMIT = 600_000


@dataclass(frozen=True)
class ReportPicture:
    """A caption, the name of the PNG beside the report, and the picture itself as a data URI."""

    caption: str
    file_name: str
    data_uri: str


def find_pictures(folder: Path, captions: Mapping[str, str]) -> list[ReportPicture]:
    """Return the pictures in `folder` whose names begin with a key of `captions`, in that order."""
    return [
        ReportPicture(caption, png.name, _data_uri(png))
        for start, caption in captions.items()
        for png in sorted(folder.glob(f"{start}*.png"))
        if png.stem == start or png.stem.startswith(f"{start}_")
    ]


def _data_uri(png: Path) -> str:
    svg = png.with_suffix(".svg")
    if svg.exists() and svg.stat().st_size <= SVG_LIMIT:
        return f"data:image/svg+xml;base64,{base64.b64encode(svg.read_bytes()).decode()}"
    return f"data:image/png;base64,{base64.b64encode(png.read_bytes()).decode()}"
