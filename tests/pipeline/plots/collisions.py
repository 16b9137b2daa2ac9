"""Find texts of a picture that lie on each other or beyond its edges."""

from __future__ import annotations

import math
from itertools import pairwise

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from portal.pipeline.plots.canvas import Sheet

DPI = 100
# Bounding boxes include the room above small letters; a pixel of it may be shared.
SLACK = 1.0


def problems(sheet: Sheet) -> list[str]:
    """Return one sentence for each text that meets another one or leaves the sheet."""
    sheet.figure.set_dpi(DPI)
    width, height = sheet.figure.get_size_inches() * DPI
    renderer = RendererAgg(width, height, DPI)  # type: ignore[no-untyped-call]
    texts = [text for text in sheet.figure.findobj(Text) if text.get_text().strip() and text.get_visible()]
    boxes = {id(text): text.get_window_extent(renderer) for text in texts}
    found = [f"{text.get_text()!r} leaves the sheet" for text in texts if not _inside(boxes[id(text)], width, height)]
    level = [text for text in texts if text.get_rotation() == 0]
    level.sort(key=lambda text: boxes[id(text)].x0)
    for index, one in enumerate(level):
        for other in level[index + 1 :]:
            if boxes[id(other)].x0 > boxes[id(one)].x1:
                break
            if _overlap(boxes[id(one)], boxes[id(other)]):
                found.append(f"{one.get_text()!r} meets {other.get_text()!r}")
    return found + _crowded([text for text in texts if text.get_rotation() != 0])


def _inside(box: Bbox, width: float, height: float) -> bool:
    return bool(box.x0 >= -SLACK and box.y0 >= -SLACK and box.x1 <= width + SLACK and box.y1 <= height + SLACK)


def _overlap(one: Bbox, other: Bbox) -> bool:
    across = min(one.x1, other.x1) - max(one.x0, other.x0)
    along = min(one.y1, other.y1) - max(one.y0, other.y0)
    return bool(across > SLACK and along > SLACK)


def _crowded(slanted: list[Text]) -> list[str]:
    """Return the neighbours among parallel texts that are nearer than three quarters of a letter's height."""
    found = []
    for rotation in {text.get_rotation() for text in slanted}:
        row = [text for text in slanted if text.get_rotation() == rotation]
        anchors = sorted((text.get_transform().transform(text.get_position())[0], text) for text in row)
        for (x0, one), (x1, other) in pairwise(anchors):
            distance = (x1 - x0) * math.sin(math.radians(rotation))
            if distance < 0.75 * float(one.get_fontsize()) / 72 * DPI:
                found.append(f"{one.get_text()!r} is too near to {other.get_text()!r}")
    return found
