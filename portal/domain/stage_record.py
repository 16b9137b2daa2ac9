"""What became of one stage of an attempt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from portal.domain.message import Message, stored_message
from portal.domain.status import PipelineStage


@dataclass(frozen=True)
class StageRecord:
    """Progress of one stage of the current attempt; `state` is waiting, running, done, failed or reused."""

    stage: PipelineStage
    state: str = "waiting"
    start_time: datetime | None = None
    end_time: datetime | None = None
    message: str | None = None  # the English sentence of the code
    code: str | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    summary: Mapping[str, Any] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> Message | None:
        """What the stage is doing, or why it failed."""
        return stored_message(self.message, self.code, self.params)
