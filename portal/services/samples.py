"""The ready samples as everybody sees them: which tasks they are, or that they are being made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from portal.domain.errors import PortalError
from portal.domain.samples import SAMPLE_STRAINS, is_sample
from portal.domain.submission import ItemStatus, Submission
from portal.domain.task import TaskMeta
from portal.files.heartbeat import HeartbeatReader
from portal.files.samples import SampleSet, SampleSets
from portal.files.taskdir import PortalDir
from portal.services.health import is_silent
from portal.services.submission_progress import SubmissionView
from portal.services.submissions import SubmissionService


class SampleState(StrEnum):
    """READY: all can be opened; COMING: the poller is about to make them, or makes them; NONE: there are none."""

    READY = "ready"
    COMING = "coming"
    NONE = "none"


@dataclass(frozen=True)
class ReadySamples:
    """`tasks` are the ids by the names of `SAMPLE_STRAINS`, if READY; `done` of them are complete if COMING."""

    state: SampleState
    submission_id: str = ""
    tasks: Mapping[str, str] = field(default_factory=dict)
    done: int = 0


class SampleService:
    """Reads what `sample_maker` has made. `enabled` is SAMPLES."""

    def __init__(self, portal: PortalDir, submissions: SubmissionService, *, enabled: bool) -> None:
        self._portal = portal
        self._submissions = submissions
        self._enabled = enabled
        self._heartbeat = HeartbeatReader(portal)

    def is_public(self, opened: TaskMeta | Submission) -> bool:
        """Tell whether everybody may read a task or submission, because it is one of the samples."""
        return self._enabled and is_sample(opened.submitter)

    def look(self) -> ReadySamples:
        """Return the samples as they are now; where they cannot be read, there are none."""
        if not self._enabled:
            return ReadySamples(SampleState.NONE)
        try:
            sets = SampleSets.read(self._portal)
        except (PortalError, OSError):
            return ReadySamples(SampleState.NONE)
        for each in (*sets.ready, *sets.coming):  # the maker notices a complete one a moment later
            view = self._view(each)
            if view is not None and all(row.status is ItemStatus.COMPLETED for row in view.rows):
                tasks = {name: row.task_id for name, row in zip(SAMPLE_STRAINS, view.rows, strict=False)}
                return ReadySamples(SampleState.READY, each.submission, tasks, len(tasks))
        beat = self._heartbeat.read()
        if beat is None or is_silent(self._heartbeat, beat, datetime.now(UTC)) or beat.stands_still is not None:
            return ReadySamples(SampleState.NONE)
        views = [view for each in sets.coming if (view := self._view(each)) is not None]
        return ReadySamples(SampleState.COMING, done=sum(view.counts[ItemStatus.COMPLETED] for view in views))

    def _view(self, each: SampleSet) -> SubmissionView | None:
        try:
            submission = self._submissions.read(each.submission)
            return self._submissions.look(submission) if is_sample(submission.submitter) else None
        except (PortalError, OSError):
            return None
