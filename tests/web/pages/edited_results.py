"""Results of a task as another engine or an earlier version would have left them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from portal.domain.status import PipelineStage
from portal.files.reports import Sentinel
from tests.builders import BuiltTask, Site, rewrite_result


def edit(site: Site, built: BuiltTask, stage: str, name: str, change: Callable[[Any], object]) -> None:
    """Change one of its JSON files."""
    path = site.portal.task(built.task_id).path / "attempts" / "1" / stage / "out" / name
    data = json.loads(path.read_text())
    change(data)
    rewrite_result(path, json.dumps(data).encode())


def leave_out(site: Site, built: BuiltTask, stage: PipelineStage, name: str) -> None:
    """Take one file out of what a stage has promised."""
    folder = site.portal.task(built.task_id).attempt(1).stage(stage)
    sentinel = Sentinel.read(folder.sentinel)
    assert sentinel is not None
    kept = tuple(one for one in sentinel.outputs if one.name != name)
    replace(sentinel, outputs=kept).write(folder.sentinel)
