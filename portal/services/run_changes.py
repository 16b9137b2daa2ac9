"""Read the documents of two runs of a task, and compare them."""

from __future__ import annotations

from portal.domain.errors import NotFound, Unreadable
from portal.domain.runs import run_of
from portal.domain.task import TaskMeta
from portal.files.plan import Plan
from portal.files.taskdir import PortalDir
from portal.results.changes import ChangesDocument, ComparedRun, compare_runs
from portal.results.scores import SpeciesDocument
from portal.services.tasks import TaskService


class RunChanges:
    """Compares runs by their verified result files."""

    def __init__(self, portal: PortalDir, tasks: TaskService) -> None:
        self._portal = portal
        self._tasks = tasks

    def between(self, task: TaskMeta, before: int, after: int) -> ChangesDocument:
        """Return what changed from one completed run to another; raise NotFound or NotReady."""
        return compare_runs(self._read(task, before), self._read(task, after))

    def _read(self, task: TaskMeta, number: int) -> ComparedRun:
        run = run_of(task, number)
        return ComparedRun(
            number=number,
            parameters=run.parameters,
            lang=run.lang.value,
            portal=self._portal_version(run),
            toxins=self._tasks.toxins(run),
            loci=self._tasks.loci(run),
            scores=self._tasks.scores(run),
            species=self._species(run),
        )

    def _species(self, run: TaskMeta) -> SpeciesDocument | None:
        try:
            return self._tasks.species(run)
        except NotFound:
            return None

    def _portal_version(self, run: TaskMeta) -> str | None:
        """Return the version that planned the run; None if the plan does not tell."""
        assert run.attempt is not None
        try:
            version = Plan.read(self._portal.task(run.task_id).attempt(run.attempt.number).plan).facts.get("portal")
        except (Unreadable, OSError):
            return None
        return version if isinstance(version, str) else None
