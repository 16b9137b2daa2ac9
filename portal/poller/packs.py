"""Packs on the scheduler: start a pack, submit its job, take a genome out of it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from portal.domain.errors import Unreadable
from portal.domain.jobs import NEVER_SUBMITTED, pack_job_name
from portal.domain.status import STAGE_ORDER
from portal.domain.task import TaskMeta
from portal.files.pack import Pack, PackMember, new_pack_id
from portal.files.reports import Claim
from portal.files.safe_open import leave_mark
from portal.files.taskdir import PackDir, PortalDir
from portal.poller.attempts import Attempts, DispatchOptions
from portal.poller.job_comments import pack_comment
from slurm.types import JobSpec

log = logging.getLogger(__name__)


class Packs:
    """Creates packs and manages their files."""

    def __init__(self, portal: PortalDir, options: DispatchOptions, attempts: Attempts) -> None:
        self._portal = portal
        self._options = options
        self._attempts = attempts

    def folder(self, pack_id: str) -> PackDir:
        return self._portal.pack(pack_id)

    def begin(self, tasks: Sequence[TaskMeta], *, now: datetime) -> list[TaskMeta]:
        """Write the pack and the already reserved attempts of its genomes; nothing is submitted yet."""
        pack_id = new_pack_id()
        folder = self.folder(pack_id)
        folder.path.mkdir(parents=True)
        name = pack_job_name(pack_id)
        members = tuple(PackMember(task.task_id, len(task.attempts)) for task in tasks)
        limit_s = self._options.task_timeout_s
        Pack(
            name=name,
            comment=pack_comment(pack_id, tasks, self._options.site()),
            members=members,
            time_limit_s=limit_s,
            member_limit_s=max(1, limit_s // 2),
            memory_gb=self._options.memory_gb,
        ).write(folder.document)
        log.info("pack %s: %d genomes of submission %s", pack_id, len(tasks), tasks[0].submission)
        return [self._attempts.begin(task, now=now, pack_name=name) for task in tasks]

    def spec(self, pack_id: str, exclude: tuple[str, ...]) -> JobSpec | None:
        """Return the job of a pack; None if its file is missing or damaged."""
        folder = self.folder(pack_id)
        try:
            pack = Pack.read(folder.document)
        except (FileNotFoundError, Unreadable) as error:
            log.error("pack %s cannot be submitted: %s", pack_id, error)
            return None
        return JobSpec(
            name=pack.name,
            comment=pack.comment,
            folder=folder.path / "submitit",
            claim=folder.claim,
            function=self._options.pack_job,
            arguments=(str(folder.path),),
            cpus=self._options.threads,
            time_limit_s=pack.time_limit_s,
            memory_gb=pack.memory_gb,
            exclude=exclude,
        )

    def withdraw(self, task: TaskMeta) -> None:
        """Take a genome out of its pack: it will not start any more, or ends soon if it is running."""
        assert task.attempt is not None
        files = self._portal.task(task.task_id).attempt(task.attempt.number).job(STAGE_ORDER[0])
        if not Claim.take(files.claim, NEVER_SUBMITTED):
            leave_mark(files.stop)
