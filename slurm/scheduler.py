"""A SLURM cluster as the portal's scheduler: submit, adopt, query and cancel jobs."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from slurm import command, output, parse, submission
from slurm.answers import refused_cancels, whole_answer
from slurm.backoff import BackOff
from slurm.complaint import Complaint, verbatim
from slurm.errors import CommandTimedOut, SchedulerUnavailable, SubmitUncertain
from slurm.options import SlurmOptions, name_filter
from slurm.own_files import works_in
from slurm.types import JobInfo, JobSpec, JobState, Snapshot

# How far the clocks of the portal and of slurmctld may differ. A job submitted longer than this before the intent is a
# different job of the same name, or of the same number after a reset of the cluster's database.
CLOCK_SLACK = timedelta(minutes=10)
_CANCEL_BATCH = 200
# How long the last answer of squeue is believed on which number is whose, before a job is cancelled by its number.
_FRESH_S = 10.0


class SlurmScheduler:
    """Talk to SLURM through its commands; one instance belongs to one thread.

    After a failure it does not ask the controller for a while, and fails at once; likewise, separately, the accounting.
    """

    kind = "slurm"
    chained = True

    def __init__(self, options: SlurmOptions | None = None) -> None:
        self.options = options or SlurmOptions()
        self._controller = BackOff()
        self._accounting = BackOff()
        self._accounting_off = False
        self._config: dict[str, str] | None = None
        self._complaints: dict[str, Complaint] = {}  # command -> its last complaint beside a good answer
        self._names: dict[str, str] = {}  # job id -> name, from the last answer of squeue
        self._named_at = float("-inf")
        self._to_cluster = [f"--clusters={self.options.cluster}"] if self.options.cluster else []

    # -- submission ------------------------------------------------------------------------------------------

    def submit(self, spec: JobSpec) -> str:
        """Start a job and return its id.

        Raises:
            SubmitRejected: slurmctld refused the job permanently.
            SubmitUncertain: the job may exist: look up its name (`slurm.lookup`) before anything else.
            SchedulerUnavailable: nothing was submitted.
        """
        self._refuse_while_away()
        try:
            return submission.submit(spec, self.options)
        except SubmitUncertain as error:
            if isinstance(error.__cause__, CommandTimedOut):
                self._controller.failed(error.complaint)
            raise

    def adopt(self, spec: JobSpec, job_id: str) -> None:
        """Complete a job whose submitter died before submitit named its files, so that it can run; idempotent."""
        submission.adopt(spec, job_id)

    # -- queries ---------------------------------------------------------------------------------------------

    def snapshot(self, wanted: Mapping[str, tuple[datetime, Path]]) -> Snapshot:
        """Query all jobs of the portal with one squeue, and with one sacct the wanted ones that squeue has forgotten.

        `wanted` maps names to the time of the intent and to the job's claim. The portal's other jobs are included.
        Only squeue decides that a job is alive: accounting never learns that some jobs ended (runaway jobs).
        Never raises if the cluster does not answer.
        """
        now = datetime.now(UTC)
        try:
            live = self._squeue(wanted=wanted)
        except SchedulerUnavailable as error:
            return Snapshot(taken_at=now, known=False, accounting=None, alarms=(error.complaint,))
        alarms = parse.unknown_states(live)
        jobs: dict[str, list[JobInfo]] = {}
        for job in live:
            if job.name not in wanted or _is_wanted(job, *wanted[job.name]):
                jobs.setdefault(job.name, []).append(job)
        accounting: bool | None = None if self._accounting_off else True
        gone = [name for name in wanted if name not in jobs]
        if gone:
            try:
                past = self._sacct(gone, min(wanted[name][0] for name in gone))
            except SchedulerUnavailable as error:
                accounting = False
                alarms.append(error.complaint)
            else:
                accounting = None if past is None else True
                alarms += parse.unknown_states(past or [])
                for name in gone:
                    jobs[name] = _ended(past or (), name, *wanted[name])
        for name, (_, claim) in wanted.items():
            jobs[name] = [_explained(job, claim.parent) for job in jobs.get(name, ())]
        return Snapshot(
            taken_at=now,
            known=True,
            accounting=accounting,
            jobs={name: _oldest_first(found) for name, found in jobs.items() if found},
            alarms=(*alarms, *self._complaints.values()),
        )

    def history(self, since: datetime) -> tuple[JobInfo, ...]:
        """Return all jobs of the portal in the accounting since a moment, the oldest first.

        A job that has not ended by the accounting is alive only if squeue knows it too.

        Raises:
            SchedulerUnavailable: sacct gave no answer, or this cluster has no accounting.
        """
        past = self._sacct([], since)
        if past is None:
            raise SchedulerUnavailable(Complaint("accounting.none"))
        return _oldest_first(past)

    def min_job_age_s(self) -> int | None:
        """Return how long slurmctld remembers an ended job (s; 0: for ever); None if it does not say.

        Raises:
            SchedulerUnavailable: no answer.
        """
        return parse.min_job_age_s(self.site())

    def site(self) -> Mapping[str, str]:
        """Return the options of slurm.conf as slurmctld has them; asked once.

        Raises:
            SchedulerUnavailable: no answer.
        """
        if self._config is None:
            self._config = parse.config(self._ask_controller(["scontrol", *self._to_cluster, "show", "config"]))
            self._accounting_off |= parse.keeps_no_accounts(self._config)
        return self._config

    # -- cancelling ------------------------------------------------------------------------------------------

    def cancel(self, job_ids: Sequence[str], names: Collection[str] = ()) -> None:
        """Cancel jobs; those that have ended or are unknown are no error.

        With `names` only jobs of these names: a number is another job's once a slurmctld that lost its state has begun
        to count anew.

        Raises:
            SchedulerUnavailable: slurmctld did not accept the request for at least one of them.
        """
        if names:
            job_ids = self._of_these_names(job_ids, names)
        for start in range(0, len(job_ids), _CANCEL_BATCH):
            self._refuse_while_away()
            result = self._run(["scancel", *self._to_cluster, *job_ids[start : start + _CANCEL_BATCH]])
            if refused := refused_cancels(result):
                self._controller.failed(verbatim(result.words))
                raise SchedulerUnavailable(verbatim(" ".join(refused)))
            self._controller.succeeded()

    def _of_these_names(self, job_ids: Sequence[str], names: Collection[str]) -> list[str]:
        known = self._names if time.monotonic() - self._named_at < _FRESH_S else {}
        if any(job_id not in known for job_id in job_ids):
            known = {job.job_id: job.name for job in self._squeue(names)}
        return [job_id for job_id in job_ids if known.get(job_id) in names]

    # -- commands --------------------------------------------------------------------------------------------

    def _squeue(self, names: Collection[str] = (), wanted: Collection[str] = ()) -> list[JobInfo]:
        """Return the jobs of these names (no name: all of the portal) that slurmctld knows, whatever their state.

        A name that is asked for, or `wanted` among all, counts as it is: jobs of an earlier prefix keep theirs.
        """
        argv = ["squeue", *self._to_cluster, "--me", "--all", "--states=all", f"--format={parse.SQUEUE_FORMAT}"]
        jobs = parse.squeue(self._ask_controller([*argv, *name_filter(sorted(names))]))
        if not names:
            self._names, self._named_at = {job.job_id: job.name for job in jobs}, time.monotonic()
        return self._ours(jobs, names, wanted)

    def _sacct(self, names: Sequence[str], since: datetime) -> list[JobInfo] | None:
        """Return the jobs of these names (no name: all of the portal) from accounting; None without accounting."""
        if self._accounting_off:
            return None
        if self._accounting.wait_s and (reason := self._accounting.reason):
            raise SchedulerUnavailable(Complaint("accounting.left_alone", reason=reason))
        start = (since - CLOCK_SLACK).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        argv = ["sacct", f"--user={os.getuid()}", "--duplicates", f"--starttime={start}", "--endtime=now+1day"]
        argv += [f"--state={parse.SACCT_STATES}", *self._to_cluster]
        argv += ["--parsable2", f"--delimiter={parse.SEPARATOR}", "--noconvert", f"--format={parse.SACCT_FORMAT}"]
        try:
            result = self._run([*argv, *name_filter(names)])
            if result.returncode and parse.sacct_is_off(result.words):
                self._accounting_off = True
                return None
            jobs = parse.sacct(self._text_of(result))
        except SchedulerUnavailable as error:
            self._accounting.failed(error.complaint)
            raise
        self._accounting.succeeded()
        return self._ours(jobs, names)

    def _ours(self, jobs: Sequence[JobInfo], names: Collection[str], wanted: Collection[str] = ()) -> list[JobInfo]:
        """Return the jobs of the names that were asked for; without names those of the portal's prefix and `wanted`."""
        if names:
            return [job for job in jobs if job.name in names]
        return [job for job in jobs if job.name in wanted or job.name.startswith(self.options.prefix)]

    def _ask_controller(self, argv: list[str]) -> str:
        self._refuse_while_away()
        try:
            text = self._text_of(self._run(argv))
        except SchedulerUnavailable as error:
            self._controller.failed(error.complaint)
            raise
        self._controller.succeeded()
        return text

    def _text_of(self, result: command.CommandResult) -> str:
        """Return a query's answer; remember the complaint beside it until the command no longer makes one."""
        text, complaint = whole_answer(result)
        self._complaints.pop(result.argv[0], None)
        if complaint:
            self._complaints[result.argv[0]] = complaint
        return text

    def _run(self, argv: list[str]) -> command.CommandResult:
        return command.run(argv, timeout_s=self.options.query_timeout_s)

    def _refuse_while_away(self) -> None:
        if (wait_s := self._controller.wait_s) and (reason := self._controller.reason):
            raise SchedulerUnavailable(Complaint("controller.left_alone", seconds=wait_s, reason=reason))


def _is_wanted(job: JobInfo, since: datetime, claim: Path) -> bool:
    """Tell whether a job of the name is the wanted one, and not an earlier one or one of another folder."""
    return (job.submit_time is None or job.submit_time >= since - CLOCK_SLACK) and works_in(job, claim.parent)


def _ended(past: Iterable[JobInfo], name: str, since: datetime, claim: Path) -> list[JobInfo]:
    """Return the jobs of a name that ended by the accounting; sacct lists the latest run of a requeued job last."""
    latest = {job.job_id: job for job in past if job.name == name and _is_wanted(job, since, claim)}
    return [job for job in latest.values() if job.state.is_over or job.state is JobState.UNKNOWN]


def _oldest_first(jobs: Iterable[JobInfo]) -> tuple[JobInfo, ...]:
    never = datetime.min.replace(tzinfo=UTC)
    return tuple(sorted(jobs, key=lambda job: (job.submit_time or never, int("0" + job.job_id.partition("_")[0]))))


def _explained(job: JobInfo, folder: Path) -> JobInfo:
    """Add what only the job's own output shows: that memory ran out, and the exit code of its script."""
    if job.state not in (JobState.FAILED, JobState.CANCELLED):
        return job
    if output.shows_exceeded_memory(folder, job.job_id):
        return replace(job, state=JobState.OUT_OF_MEMORY)
    if job.exit_code is None and job.state is JobState.FAILED:
        return replace(job, exit_code=output.exit_code(folder, job.job_id))
    return job
