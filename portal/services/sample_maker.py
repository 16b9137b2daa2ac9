"""Make the ready samples: one submission of three synthetic genomes, submitted by the portal itself.

They are results of this installation's own pipeline with its own reference. A set is made again when something that its
results depend on has changed; the former one is shown until the new one is complete, and then removed.

Each step begins with what is on the disk, in the order: entry in `samples.json`, submission, tasks. All ids follow
from the entry, so that a step that was interrupted is repeated without a second set.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import portal
from portal.domain.errors import NotFound, PortalError
from portal.domain.parameters import read_parameters
from portal.domain.samples import SAMPLE_STRAINS, SAMPLE_SUBMITTER, is_sample
from portal.domain.status import Lang
from portal.domain.submission import ItemStatus, Submission, SubmissionItem
from portal.files.atomic import write_bytes
from portal.files.locks import locked
from portal.files.maintenance import Maintenance
from portal.files.reserve import with_reserve
from portal.files.samples import SampleSet, SampleSets
from portal.files.site import why_not_ours
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.reference.example_genome import DEFAULT_SEED, INVENTORIES, make_example
from portal.reference.types import Reference
from portal.results.codec import formats_in_use
from portal.services.secrets import short_id
from portal.services.submission_progress import SubmissionView
from portal.services.submissions import SubmissionService
from portal.services.tasks import TaskService

log = logging.getLogger(__name__)

SAMPLES_LABEL = "Synthetic samples"
# Pauses between steps (s): while a set is being made, and while nothing is to be done.
_SOON_S, _LATER_S = 2.0, 30.0
# A set of which a genome failed is made again, but no more often: what made it fail may last.
_AGAIN_AFTER = timedelta(hours=24)
# Whether an item never arrived or its task was deleted: it is submitted again.
_MISSING = (ItemStatus.AWAITED, ItemStatus.LAPSED, ItemStatus.DELETED)
_WRONG = (ItemStatus.REFUSED, ItemStatus.FAILED)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


class SampleMaker:
    """Takes the steps, beside the poller. `reference` returns the one in use; `enabled` is SAMPLES."""

    def __init__(
        self,
        portal_dir: PortalDir,
        tasks: TaskService,
        submissions: SubmissionService,
        *,
        reference: Callable[[], Reference | None],
        enabled: bool,
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._portal = portal_dir
        self._tasks = tasks
        self._submissions = submissions
        self._folders = SubmissionFolders(portal_dir)
        self._reference = reference
        self._enabled = enabled
        self._now = now
        self._tidy: frozenset[str] | None = None  # the sets beside which no others were found

    def step(self) -> float:
        """Take the next step; return after how long (s) the one after it is due.

        Raises:
            PortalError, OSError: it cannot be taken at the moment (no room, say); nothing is half done.
        """
        if why_not_ours(self._portal) is not None or Maintenance.read(self._portal) is not None:
            return _LATER_S
        with self._alone():
            sets = SampleSets.read(self._portal)
            present = self._next(sets) if self._enabled else replace(sets, ready=(), coming=())
            self._save(sets, present)
            for each in present.coming:
                present = self._go_on(present, each)
            self._remove_others(present)
        return _SOON_S if present.coming else _LATER_S

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep out the thread of a poller that has lost its lease and not noticed."""
        with locked(self._portal.own / "samples.lock", "samples.lock"):
            yield

    def _save(self, before: SampleSets, after: SampleSets) -> None:
        if after != before:
            after.write(self._portal)

    # -- what there should be

    def _next(self, sets: SampleSets) -> SampleSets:
        """Return the sets that there should be now: without those that are of no use, with one to begin if needed."""
        reference = self._reference()
        ready = tuple(each for each in sets.ready if self._is_whole(each))
        if reference is None:
            return replace(sets, ready=ready, coming=())
        made_from = _made_from(reference)
        if any(each.made_from == made_from for each in ready):
            return replace(sets, ready=ready, coming=())
        coming = tuple(each for each in sets.coming if each.made_from == made_from and not self._is_given_up(each))
        if not coming:
            coming = (SampleSet(short_id(secrets.token_bytes(8)), made_from, self._now()),)
        return replace(sets, ready=ready, coming=coming)

    def _look(self, each: SampleSet) -> SubmissionView | None:
        """Return the set as it is on the disk; None if it is not there."""
        try:
            return self._submissions.look(self._submissions.read(each.submission))
        except NotFound:
            return None

    def _is_whole(self, ready: SampleSet) -> bool:
        """Tell whether a set that was complete still is; one that an operator runs again stays."""
        view = self._look(ready)
        return view is not None and not any(row.status in (*_MISSING, *_WRONG) for row in view.rows)

    def _is_given_up(self, coming: SampleSet) -> bool:
        """Tell whether a set that is being made will never be complete, and it is time to try another."""
        if self._now() - coming.begun_at < _AGAIN_AFTER:
            return False
        view = self._look(coming)
        return view is not None and any(row.status in _WRONG for row in view.rows)

    # -- making

    def _go_on(self, sets: SampleSets, coming: SampleSet) -> SampleSets:
        """Submit what of a set is missing; return the sets, with this one ready if it is complete."""
        view = self._look(coming)
        if view is None or any(row.status in _MISSING for row in view.rows):
            self._submit(coming)
            view = self._look(coming)
        rows = () if view is None else view.rows
        for row in rows:
            self._exempt(row.task_id)
        if not rows or any(row.status is not ItemStatus.COMPLETED for row in rows):
            return sets
        finished = replace(sets, ready=(coming,), coming=())
        self._save(sets, finished)
        log.info("the samples are ready: submission %s", coming.submission)
        return finished

    def _submit(self, coming: SampleSet) -> None:
        reference = self._reference()
        if reference is None or _made_from(reference) != coming.made_from:
            return  # it was replaced at this very moment: the next step begins anew
        genomes = {name: make_example(reference.fasta, kind=name)[0] for name in SAMPLE_STRAINS}
        self._submissions.announcer.announce_own(_submission(coming, genomes))
        submission = self._submissions.read(coming.submission)
        for item, data in zip(submission.items, genomes.values(), strict=True):
            if self._submissions.present(submission, item.n) is None:
                upload = self._submissions.begin_item()
                upload.write(data)
                created = self._submissions.accept(submission, item, upload)
                self._exempt(created.view.task.task_id)

    def _exempt(self, task_id: str) -> None:
        """Exempt a task from retention: this module removes it when its time has come."""
        task = self._portal.task(task_id)
        if task.meta.exists() and not os.path.lexists(task.kept):
            with suppress(FileNotFoundError):  # it is being removed
                with_reserve(task.kept, lambda: write_bytes(task.kept, b""))

    # -- removing

    def _remove_others(self, present: SampleSets) -> None:
        """Remove every submission of samples that is none of the sets."""
        wanted = frozenset(each.submission for each in (*present.ready, *present.coming))
        if wanted == self._tidy:
            return
        others = [each for each in self._folders.all() if is_sample(each.submitter)]
        for each in others:
            if each.submission_id not in wanted:
                self._remove(each)
        for task_id in self._strays(wanted):
            with suppress(NotFound):
                self._tasks.delete(self._tasks.record(task_id), by="portal")
        self._tidy = wanted

    def _strays(self, wanted: frozenset[str]) -> Iterator[str]:
        """Yield samples that no submission leads to any more, because it was lost or the secret has changed.

        Only tasks that are exempt from retention are read: they are few, and every other stray goes in time.
        """
        for task_id in self._portal.task_ids():
            if os.path.lexists(self._portal.task(task_id).kept):
                with suppress(PortalError):
                    task = self._tasks.record(task_id)
                    if is_sample(task.submitter) and task.submission not in wanted:
                        yield task_id

    def _remove(self, submission: Submission) -> None:
        for row in self._submissions.look(submission).rows:
            with suppress(NotFound):
                self._tasks.delete(self._tasks.record(row.task_id), by="portal")
        self._folders.remove(submission.submission_id)
        log.info("samples %s removed", submission.submission_id)


def _made_from(reference: Reference) -> str:
    """Return a digest of what the samples depend on: genomes, reference, version, formats of the results."""
    known = (reference.sha256, reference.version, portal.__version__, DEFAULT_SEED, INVENTORIES, formats_in_use())
    return hashlib.sha256(repr(known).encode()).hexdigest()


def _submission(coming: SampleSet, genomes: Mapping[str, bytes]) -> Submission:
    items = tuple(
        SubmissionItem(n, SAMPLE_STRAINS[name], len(data), hashlib.sha256(data).hexdigest())
        for n, (name, data) in enumerate(genomes.items(), start=1)
    )
    return Submission(
        submission_id=coming.submission,
        nonce=secrets.token_hex(16),
        label=SAMPLES_LABEL,
        lang=Lang.EN,
        parameters=read_parameters({}),
        items=items,
        submitter=SAMPLE_SUBMITTER,
        fingerprint=coming.made_from,
        created_at=coming.begun_at,
    )
