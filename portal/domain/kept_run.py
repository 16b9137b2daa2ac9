"""A completed run of a task that another one followed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.domain.stage_record import StageRecord
from portal.domain.status import Lang


@dataclass(frozen=True)
class KeptRun:
    """Run `number` of a task, whose results are those of attempt `attempt`, with the settings that it ran with.

    `stages` is how its stages ended; empty in records of earlier versions. `removed_at` is when its results were
    removed, because later runs took their place; None while they can be read.
    """

    number: int
    attempt: int
    completed_at: datetime
    lang: Lang
    parameters: Mapping[str, Any] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)
    removed_at: datetime | None = None
    stages: tuple[StageRecord, ...] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)
