"""The embedded scheduler: one job runs all stages on this machine, through submitit's local executor.

That executor has no job names and no dependencies, and its job ids are process ids. So a job is found by its files:
`launched.json` (the controller) and `claim` (the runner), which give boot, PID namespace, pid and start time.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from portal.domain.errors import Unreadable
from portal.files.document import read_document
from portal.files.process_identity import Life, ProcessIdentity, session_members, works_below
from portal.files.reports import Claim, JobExit
from portal.local.launch import LAUNCHED, Launched
from slurm.complaint import Complaint
from slurm.errors import SubmitRejected, SubmitUncertain
from slurm.types import JobInfo, JobSpec, JobState, Snapshot

_LAUNCH_TIMEOUT_S = 60.0
_KILL_AFTER_S = 8.0
# A job whose process cannot be seen from here counts as ended after this long without a sign of life.
_SILENT_S = 180.0
# The only environment variables that a job gets from the portal: no secrets, nothing left by a scheduler.
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "LOGNAME", "VIRTUAL_ENV", "LD_LIBRARY_PATH")
_KEPT_PREFIXES = ("OPENBLAS_", "CONDA_")


def job_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a local job."""
    return {name: value for name, value in environ.items() if name in _KEPT or name.startswith(_KEPT_PREFIXES)}


class LocalScheduler:
    """Scheduler on this machine; `setup` lines (module load and the like) run before the job's Python.

    A process that does not work below `root` is neither touched nor taken for a job: the files of a copied job folder
    name the processes of the original.
    """

    kind = "local"
    chained = False

    def __init__(self, root: Path, setup: Sequence[str] = ()) -> None:
        self._root = root
        self._setup = tuple(setup)
        self._claims: dict[tuple[str, str], Path] = {}  # (job id, name): process numbers are given out again
        self._term_sent: dict[tuple[str, str], float] = {}

    def submit(self, spec: JobSpec) -> str:
        """Start a job; see the port for what it raises."""
        spec.folder.mkdir(parents=True, exist_ok=True)
        module, function = spec.function.__module__, spec.function.__qualname__
        arguments = [str(argument) for argument in spec.arguments]
        command = [sys.executable, "-m", "portal.local.launch", str(spec.folder), module, function]
        command += [str(spec.time_limit_s), *arguments]
        if self._setup:
            lines = " && ".join([*self._setup, 'exec "$@"'])
            command = ["bash", "-c", lines, "bash", *command]
        with (spec.folder / "launch.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=spec.folder,
                env=job_environment(os.environ),
            )
            try:
                code = process.wait(_LAUNCH_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise SubmitUncertain(Complaint("local.silent")) from None
        if code != 0:
            tail = (spec.folder / "launch.log").read_text(errors="replace").strip().splitlines()[-1:]
            raise SubmitRejected(Complaint("local.refused", words=" ".join(tail)))
        job_id = read_document(spec.folder / LAUNCHED, Launched).job_id
        self._claims[job_id, spec.name] = spec.claim
        return job_id

    def adopt(self, spec: JobSpec, job_id: str) -> None:
        """Do nothing: the executor writes its pickle before the controller starts to read it."""
        self._claims[job_id, spec.name] = spec.claim

    def snapshot(self, wanted: Mapping[str, tuple[datetime, Path]]) -> Snapshot:
        """Look at the process behind each wanted name."""
        jobs = {}
        for name, (_, claim) in wanted.items():
            info = self._look(name, claim)
            if info is not None:
                jobs[name] = (info,)
        return Snapshot(datetime.now(UTC), known=True, accounting=None, jobs=jobs)

    def cancel(self, job_ids: Sequence[str], names: Collection[str] = ()) -> None:
        """Ask the job's whole session to end, and kill it if it has not ended after some seconds."""
        meant = [key for key in self._claims if key[0] in job_ids and (not names or key[1] in names)]
        for key in meant:
            identity = self._identity(self._claims[key])
            members = session_members(identity.group) if identity else []
            if not members:
                continue
            sent = self._term_sent.setdefault(key, time.monotonic())
            harder = time.monotonic() - sent > _KILL_AFTER_S
            for pid in members:
                try:
                    os.kill(pid, signal.SIGKILL if harder else signal.SIGTERM)
                except ProcessLookupError:
                    continue

    def _remember(self, job_id: str, name: str, claim: Path, *, is_alive: bool) -> None:
        """Keep in mind what may have to be cancelled: the jobs that live, and no others."""
        if is_alive:
            self._claims[job_id, name] = claim
        else:
            self._claims.pop((job_id, name), None)
            self._term_sent.pop((job_id, name), None)

    def _identity(self, claim: Path) -> ProcessIdentity | None:
        identities = [found[1] for found in (_read_claim(claim), _read_launched(claim)) if found]
        # The session's leader, the launcher, is long gone; any live member keeps the session's number from reuse.
        return next((identity for identity in identities if self._lives(identity) is Life.ALIVE), None)

    def _lives(self, identity: ProcessIdentity) -> Life:
        """Tell whether a job's process is alive; unknown if it works elsewhere, as it belongs to another portal."""
        life = identity.life
        if life is Life.ALIVE and not works_below(identity.pid, self._root):
            return Life.UNKNOWN
        return life

    def _look(self, name: str, claim: Path) -> JobInfo | None:
        claimed, launched = _read_claim(claim), _read_launched(claim)
        found = claimed or launched
        if found is None:
            return None
        job_id, identity = found
        life = self._lives(identity)
        if life is Life.UNKNOWN and _touched_s(claim) < _SILENT_S:
            life = Life.ALIVE
        # The job writes how it ended before its process ends, so look for that only after the process was found dead.
        ended = None if life is Life.ALIVE else JobExit.read(claim.with_name("exit.json"))
        self._remember(job_id, name, claim, is_alive=life is Life.ALIVE)
        if life is Life.ALIVE:
            state = JobState.RUNNING if claimed else JobState.PENDING
            return JobInfo(job_id, name, state, state.value, source="process")
        if ended is not None:
            state = JobState.COMPLETED if ended.exit_code == 0 else JobState.FAILED
            end_time = ended.at
            return JobInfo(
                job_id, name, state, state.value, end_time=end_time, exit_code=ended.exit_code, source="process"
            )
        state = JobState.FAILED if life is Life.DEAD else JobState.NODE_FAIL
        reason = "ProcessKilled" if life is Life.DEAD else "Reboot"
        return JobInfo(job_id, name, state, state.value, reason=reason, signal=signal.SIGKILL, source="process")


def _touched_s(claim: Path) -> float:
    """Return how long ago the job gave a sign of life (`portal.pipeline.sign_of_life`)."""
    try:
        return time.time() - claim.lstat().st_mtime
    except OSError:
        return float("inf")


def _read_claim(path: Path) -> tuple[str, ProcessIdentity] | None:
    """Return job and runner; None without a readable claim: then only the launcher's file counts."""
    try:
        claim = Claim.read(path)
    except (Unreadable, OSError):
        return None
    return None if claim is None else (claim.job_id, claim.identity)


def _read_launched(claim: Path) -> tuple[str, ProcessIdentity] | None:
    try:
        launched = read_document(claim.parent / "submitit" / LAUNCHED, Launched)
    except (Unreadable, OSError):
        return None
    return launched.job_id, launched.identity
