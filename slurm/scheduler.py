"""A SLURM cluster as the portal's scheduler: submit, find, adopt, look at all, cancel."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from slurm import command, parse, submission
from slurm.backoff import BackOff
from slurm.errors import CommandTimedOut, SchedulerUnavailable, SubmitUncertain
from slurm.memory import log_shows_exceeded_memory
from slurm.options import SlurmOptions, name_filter
from slurm.types import JobInfo, JobSpec, JobState, Snapshot

# How far the clocks of the portal and of slurmctld may differ. Only a job that was submitted this long before the
# intent is another one of the same name, or of the same number after a reset of the cluster's database.
CLOCK_SLACK = timedelta(minutes=10)
_CANCEL_BATCH = 200


class SlurmScheduler:
    """Talk to SLURM through its commands; one instance belongs to one thread.

    After a failure it leaves the controller, and apart from it the accounting, alone for a while and says so at once.
    """

    kind = "slurm"
    chained = True

    def __init__(self, options: SlurmOptions | None = None) -> None:
        self.options = options or SlurmOptions()
        self._controller = BackOff()
        self._accounting = BackOff()
        self._accounting_off = False
        self._config: dict[str, str] | None = None

    # -- submission ------------------------------------------------------------------------------------------

    def submit(self, spec: JobSpec) -> str:
        """Start a job and return its id.

        Raises:
            SubmitRejected: slurmctld said no, for good.
            SubmitUncertain: the job may exist: `find` it before anything else.
            SchedulerUnavailable: nothing was submitted.
        """
        self._refuse_while_away()
        try:
            return submission.submit(spec, self.options)
        except SubmitUncertain as error:
            if isinstance(error.__cause__, CommandTimedOut):
                self._controller.failed(str(error))
            raise

    def find(self, spec_name: str, *, since: datetime, claim: Path) -> tuple[JobInfo, ...]:
        """Return all jobs of a name submitted since the intent, the oldest first, with their accounting figures.

        Empty means: no such job waits or runs, and none has done any work, so that submitting again is safe.
        Where slurmctld has forgotten the job and sacct cannot tell, the claim does: a job with a claim comes
        back as UNKNOWN, from source `claim`.

        Raises:
            SchedulerUnavailable: squeue gave no answer.
        """
        live = _of_interest(self._squeue(), spec_name, since)
        try:
            past = _of_interest(self._sacct([spec_name], since) or (), spec_name, since)
        except SchedulerUnavailable:
            past = []
        found = [_explained(job, claim.parent) for job in _merged(live, past)]
        if not found and (job_id := _claimed_by(claim)) is not None:
            found = [JobInfo(job_id=job_id, name=spec_name, state=JobState.UNKNOWN, source="claim")]
        return tuple(found)

    def adopt(self, spec: JobSpec, job_id: str) -> None:
        """Make a job able to run whose submitter died before submitit had named its files; may be called again."""
        submission.adopt(spec, job_id)

    # -- looking ---------------------------------------------------------------------------------------------

    def snapshot(self, wanted: Mapping[str, tuple[datetime, Path]]) -> Snapshot:
        """Look at all jobs of the portal with one squeue, and with one sacct at those wanted that squeue forgot.

        `wanted` maps names to the time of the intent and to the job's claim. Jobs of the portal that are not wanted
        come along too. Never raises for a cluster that does not answer.
        """
        now = datetime.now(UTC)
        try:
            live = self._squeue()
        except SchedulerUnavailable as error:
            return Snapshot(taken_at=now, known=False, accounting=None, alarms=(str(error),))
        alarms = parse.unknown_states(live)
        jobs: dict[str, list[JobInfo]] = {}
        for job in live:
            if job.name not in wanted or _is_since(job, wanted[job.name][0]):
                jobs.setdefault(job.name, []).append(job)
        accounting: bool | None = None if self._accounting_off else True
        gone = [name for name in wanted if name not in jobs]
        if gone:
            try:
                past = self._sacct(gone, min(wanted[name][0] for name in gone))
            except SchedulerUnavailable as error:
                accounting = False
                alarms.append(str(error))
            else:
                accounting = None if past is None else True
                alarms += parse.unknown_states(past or [])
                for name in gone:
                    jobs[name] = _merged([], _of_interest(past or (), name, wanted[name][0]))
        for name, (_, claim) in wanted.items():
            jobs[name] = [_explained(job, claim.parent) for job in jobs.get(name, ())]
        return Snapshot(
            taken_at=now,
            known=True,
            accounting=accounting,
            jobs={name: _oldest_first(found) for name, found in jobs.items() if found},
            alarms=tuple(alarms),
        )

    def history(self, since: datetime) -> tuple[JobInfo, ...]:
        """Return all jobs of the portal that accounting knows since a moment, the oldest first.

        Raises:
            SchedulerUnavailable: sacct gave no answer, or this cluster keeps no accounts.
        """
        past = self._sacct([], since)
        if past is None:
            raise SchedulerUnavailable("this cluster keeps no accounts")
        return _oldest_first(past)

    def min_job_age_s(self) -> int | None:
        """Return for how long slurmctld remembers a job that ended (0: for ever); None where it does not say.

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
            self._config = parse.config(self._ask_controller(["scontrol", "show", "config"]))
            self._accounting_off |= parse.keeps_no_accounts(self._config)
        return self._config

    # -- cancelling ------------------------------------------------------------------------------------------

    def cancel(self, job_ids: Sequence[str]) -> None:
        """Ask for the end of jobs; those that are over, or unknown, are no error.

        Raises:
            SchedulerUnavailable: slurmctld did not take the wish for at least one of them.
        """
        for start in range(0, len(job_ids), _CANCEL_BATCH):
            self._refuse_while_away()
            result = self._run(["scancel", *job_ids[start : start + _CANCEL_BATCH]])
            complaints = [line for line in result.stderr.splitlines() if line and not _is_over(line)]
            if complaints:
                self._controller.failed(result.complaint)
                raise SchedulerUnavailable(" ".join(complaints))
            self._controller.succeeded()

    # -- commands --------------------------------------------------------------------------------------------

    def _squeue(self) -> list[JobInfo]:
        """Return all jobs of the portal that slurmctld knows, in any state."""
        argv = ["squeue", "--me", "--all", "--states=all", f"--format={parse.SQUEUE_FORMAT}"]
        jobs = parse.squeue(self._ask_controller(argv))
        return [job for job in jobs if job.name.startswith(self.options.prefix)]

    def _sacct(self, names: Sequence[str], since: datetime) -> list[JobInfo] | None:
        """Return the jobs of these names (no name: all of the portal) from accounting; None where there is none."""
        if self._accounting_off:
            return None
        if self._accounting.wait_s:
            raise SchedulerUnavailable(f"accounting is left alone for a while: {self._accounting.reason}")
        start = (since - CLOCK_SLACK).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        argv = ["sacct", f"--user={os.getuid()}", "--duplicates", f"--starttime={start}", "--endtime=now+1day"]
        argv += [f"--state={parse.SACCT_STATES}"]
        argv += ["--parsable2", f"--delimiter={parse.SEPARATOR}", "--noconvert", f"--format={parse.SACCT_FORMAT}"]
        try:
            result = self._run([*argv, *name_filter(names)])
            if result.returncode and parse.sacct_is_off(result.complaint):
                self._accounting_off = True
                return None
            jobs = parse.sacct(_answer(result))
        except SchedulerUnavailable as error:
            self._accounting.failed(str(error))
            raise
        self._accounting.succeeded()
        return [job for job in jobs if job.name.startswith(self.options.prefix)]

    def _ask_controller(self, argv: list[str]) -> str:
        self._refuse_while_away()
        try:
            text = _answer(self._run(argv))
        except SchedulerUnavailable as error:
            self._controller.failed(str(error))
            raise
        self._controller.succeeded()
        return text

    def _run(self, argv: list[str]) -> command.CommandResult:
        return command.run(argv, timeout_s=self.options.query_timeout_s)

    def _refuse_while_away(self) -> None:
        if wait_s := self._controller.wait_s:
            message = f"slurmctld is left alone for {wait_s:.0f} s more: {self._controller.reason}"
            raise SchedulerUnavailable(message)


def _answer(result: command.CommandResult) -> str:
    """Return what a query printed; an error in stderr spoils it even where the exit code is 0."""
    if result.returncode or "error:" in result.stderr:
        raise SchedulerUnavailable(f"{result.argv[0]}: {result.complaint}")
    return result.stdout


def _is_over(complaint: str) -> bool:
    """Tell whether a line of scancel says that there was nothing left to cancel."""
    return any(
        words in complaint for words in ("Invalid job id", "already completing or completed", "already finished")
    )


def _is_since(job: JobInfo, since: datetime) -> bool:
    return job.submit_time is None or job.submit_time >= since - CLOCK_SLACK


def _of_interest(jobs: Iterable[JobInfo], name: str, since: datetime) -> list[JobInfo]:
    return [job for job in jobs if job.name == name and _is_since(job, since)]


def _oldest_first(jobs: Iterable[JobInfo]) -> tuple[JobInfo, ...]:
    never = datetime.min.replace(tzinfo=UTC)
    return tuple(sorted(jobs, key=lambda job: (job.submit_time or never, int("0" + job.job_id.partition("_")[0]))))


def _merged(live: list[JobInfo], past: list[JobInfo]) -> list[JobInfo]:
    """Return one entry a job: what squeue says, completed by the figures and the end that only sacct knows."""
    latest = {job.job_id: job for job in past}  # of a requeued job sacct lists the latest run last
    merged = []
    for job in live:
        known = latest.pop(job.job_id, None)
        if known is None or not (job.state.is_over and known.state.is_over):
            merged.append(job)
        else:
            merged.append(replace(known, reason=job.reason or known.reason, source=job.source))
    return list(_oldest_first([*merged, *latest.values()]))


def _explained(job: JobInfo, folder: Path) -> JobInfo:
    """Call a job out of memory where only its own log says so."""
    if job.state in (JobState.FAILED, JobState.CANCELLED) and log_shows_exceeded_memory(folder, job.job_id):
        return replace(job, state=JobState.OUT_OF_MEMORY)
    return job


def _claimed_by(claim: Path) -> str | None:
    """Return the id of the job that made the claim; None where there is no claim that can be read.

    Raises:
        SchedulerUnavailable: there is a claim, but nothing legible in it (yet).
    """
    try:
        return str(json.loads(claim.read_text())["job_id"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SchedulerUnavailable(f"the claim {claim} cannot be read: {error}") from error
