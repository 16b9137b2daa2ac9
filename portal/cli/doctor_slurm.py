"""`btportal doctor`: checks of the settings against SLURM, and a tiny job that inspects its node."""

from __future__ import annotations

import getpass
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from portal.cli.finding import FAIL, OK, WARN, Finding
from portal.config import Settings
from portal.domain.complaint import message_of

if TYPE_CHECKING:
    from portal.ports import Scheduler
    from slurm.types import JobInfo, JobSpec

_QUERY_S = 20.0
_LOOK_EVERY_S = 2.0
_SKEW_S = 5.0
_END_S = 30.0


def _ask(*argv: str) -> str | None:
    """Return the output of a SLURM command; None if it fails."""
    from slurm import command
    from slurm.errors import SchedulerUnavailable

    try:
        result = command.run(argv, timeout_s=_QUERY_S)
    except SchedulerUnavailable:
        return None
    return None if result.returncode else result.stdout


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Check partition, account, QOS and wckey, if set."""
    user = getpass.getuser()
    if settings.SLURM_PARTITION:
        yield _check_partition(settings.SLURM_PARTITION)
    if settings.SLURM_ACCOUNT or settings.SLURM_QOS:
        yield from _check_association(settings, user)
    if settings.SLURM_WCKEY:
        yield _check_wckey(settings.SLURM_WCKEY, user)


def _check_partition(partition: str) -> Finding:
    shown = _ask("scontrol", "--oneliner", "show", "partition", partition)
    if shown is None:
        message = f"the cluster knows no partition {partition}"
        return Finding(FAIL, "partition", message, "sinfo -s lists them; set SLURM_PARTITION")
    if "State=UP" not in shown:
        return Finding(WARN, "partition", f"{partition} is not up", f"scontrol update partition={partition} state=up")
    return Finding(OK, "partition", partition)


def _check_association(settings: Settings, user: str) -> Iterator[Finding]:
    shown = _ask("sacctmgr", "-nP", "show", "assoc", f"user={user}", "format=account,qos")
    if shown is None:
        yield Finding(
            WARN, "account", "sacctmgr does not answer, so account and QOS are not checked", "sacctmgr show dbd"
        )
        return
    known = [line.split("|") for line in shown.splitlines() if "|" in line]
    account, qos = settings.SLURM_ACCOUNT, settings.SLURM_QOS
    mine = [row for row in known if not account or row[0] == account]
    if account:
        mend = f"sacctmgr add user {user} account={account}, or set SLURM_ACCOUNT"
        yield (
            Finding(OK, "account", account)
            if mine
            else Finding(FAIL, "account", f"{user} has no association with account {account}", mend)
        )
    if qos and mine:
        allowed = {name for row in mine for name in row[1].split(",") if name}
        mend = f"sacctmgr modify user {user} set qos+={qos}, or set SLURM_QOS"
        yield (
            Finding(OK, "qos", qos)
            if qos in allowed
            else Finding(
                FAIL, "qos", f"{user} may not use QOS {qos} (may: {', '.join(sorted(allowed)) or 'none'})", mend
            )
        )


def _check_wckey(wckey: str, user: str) -> Finding:
    shown = _ask("sacctmgr", "-nP", "show", "wckey", f"user={user}", "format=wckey")
    if shown is None:
        return Finding(WARN, "wckey", "sacctmgr does not answer, so the wckey is not checked", "sacctmgr show dbd")
    if wckey not in {name.lstrip("*") for name in shown.split()}:
        mend = f"sacctmgr add user {user} wckey={wckey}, or set SLURM_WCKEY to nothing"
        return Finding(FAIL, "wckey", f"{user} has no wckey {wckey}", mend)
    return Finding(OK, "wckey", wckey)


# -- the job


def check_node(settings: Settings, scheduler: Scheduler, *, wait_s: float) -> Iterator[Finding]:
    """Submit a job the way the portal does, and read what it found on its node."""
    from portal.files.taskdir import PortalDir
    from slurm.errors import SchedulerError, SubmitRejected

    folder = PortalDir(settings.JOBS_DIR).own / f"doctor-{secrets.token_hex(4)}"
    folder.mkdir(parents=True)
    (folder / "question.txt").write_text(folder.name)
    spec = _spec(settings, folder)
    since = datetime.now(UTC)
    job_id = None
    try:
        job_id = scheduler.submit(spec)
        answer, job = _await(scheduler, spec, folder, since, wait_s)
        yield from _judge(settings, folder, job_id, answer, job, wait_s)
        if answer is not None:
            _await_end(scheduler, spec, since)
    except SubmitRejected as error:
        refused = f"the cluster refuses it: {message_of(error.complaint)}"
        yield Finding(FAIL, "job", refused, "correct the SLURM_ settings that it names")
    except SchedulerError as error:
        yield Finding(
            FAIL,
            "job",
            f"it could not be submitted: {message_of(error.complaint)}",
            "scontrol ping; systemctl status slurmctld",
        )
    finally:
        _clean_up(scheduler, job_id, folder)


def _spec(settings: Settings, folder: Path) -> JobSpec:
    from portal.bootstrap import digger_engine
    from portal.pipeline.probe import probe
    from slurm.types import JobSpec

    engine = settings.BTTOXIN_DIGGER if digger_engine(settings) == "bttoxin_digger" else ""
    return JobSpec(
        name=f"bt-{folder.name}",
        comment="btportal doctor",
        folder=folder / "submitit",
        claim=folder / "answer.json",
        function=probe,
        arguments=(str(folder), engine, str(_reference(settings) or "")),
        cpus=settings.TASK_THREADS,
        time_limit_s=60,
        memory_gb=settings.SLURM_MEM_GB or None,
    )


def _reference(settings: Settings) -> Path | None:
    from portal.domain.errors import PortalError
    from portal.reference.store import ReferenceStore

    try:
        reference = ReferenceStore(settings.reference_dir).current()
    except (OSError, PortalError):
        return None  # doctor reports this separately
    return reference.fasta if reference else None


def _await(
    scheduler: Scheduler, spec: JobSpec, folder: Path, since: datetime, wait_s: float
) -> tuple[dict[str, Any] | None, JobInfo | None]:
    """Return the answer with its time of arrival (`seen`), or the state of the job if none arrives in time."""
    from portal.files.document import read_object

    deadline = time.monotonic() + wait_s
    looked, job = float("-inf"), None
    while True:
        if (folder / "answer.json").exists():
            return {**read_object(folder / "answer.json"), "seen": time.time()}, job
        if time.monotonic() > deadline or (job is not None and job.state.is_over and time.monotonic() > looked + 1):
            return None, job
        if time.monotonic() - looked > _LOOK_EVERY_S:
            looked = time.monotonic()
            found = scheduler.snapshot({spec.name: (since, spec.claim)}).of(spec.name)
            job = found[-1] if found else job
        time.sleep(0.1)


def _await_end(scheduler: Scheduler, spec: JobSpec, since: datetime) -> None:
    """Give a job that has answered time to end: cancelled now, it would be CANCELLED in the accounting."""
    deadline = time.monotonic() + _END_S
    while time.monotonic() < deadline:
        found = scheduler.snapshot({spec.name: (since, spec.claim)}).of(spec.name)
        if found and found[-1].state.is_over:
            return
        time.sleep(0.5)


def _judge(
    settings: Settings, folder: Path, job_id: str, answer: dict[str, Any] | None, job: JobInfo | None, wait_s: float
) -> Iterator[Finding]:
    if answer is not None:
        yield from _judge_answer(settings, answer)
    elif job is None or not job.state.is_over:
        state = "is not known to the cluster" if job is None else f"is {job.state} ({job.reason or 'no reason given'})"
        message = f"job {job_id} {state} after {wait_s:.0f} s"
        yield Finding(WARN, "job", message, f"squeue -j {job_id}; btportal doctor --wait 600")
    else:
        log = folder / "submitit" / f"{job_id}_0_log.err"
        tail = log.read_text(errors="replace").strip().splitlines()[-1:] if log.exists() else []
        told = "; its log: " + tail[0] if tail else ", and its log is not there"
        mend = f"srun ls -ld {settings.JOBS_DIR} (the same path on every node?); JOB_SETUP (is Python there?)"
        yield Finding(FAIL, "job", f"job {job_id} ended as {job.state} without an answer{told}", mend)


def _judge_answer(settings: Settings, answer: dict[str, Any]) -> Iterator[Finding]:
    host = answer["host"]
    yield Finding(OK, "job", f"ran on {host}, which reads and writes {settings.JOBS_DIR}")
    here = ".".join(str(part) for part in sys.version_info[:3])
    same = answer["python"].rsplit(".", 1)[0] == here.rsplit(".", 1)[0]
    told = f"{answer['python']} ({answer['executable']}) on {host}, {here} here"
    mend = "use one environment on a path that the nodes share, or set JOB_SETUP"
    yield Finding(OK if same else FAIL, "node python", told, mend)
    if answer["missing"]:
        yield Finding(FAIL, "node libs", f"{host} lacks {', '.join(answer['missing'])}", mend)
    else:
        yield Finding(OK, "node libs", f"all there on {host}")
    if not answer["engine"]:
        message = f"{settings.BTTOXIN_DIGGER} is not on the PATH of {host}"
        yield Finding(FAIL, "node engine", message, "load it in JOB_SETUP, or DIGGER_ENGINE=native")
    yield from _judge_reference(settings, answer)
    cores = answer["cores"]
    told = f"{cores} of {settings.TASK_THREADS} cores usable on {host}"
    mend = "scontrol show config | grep -i -E 'TaskPlugin|SelectType'; lower TASK_THREADS"
    yield Finding(OK if cores >= settings.TASK_THREADS else WARN, "node cores", told, mend)
    skew_s = answer["now"] - answer["seen"]
    told = f"{abs(skew_s):.1f} s {'ahead of' if skew_s > 0 else 'behind'} this host at most"
    yield Finding(OK if abs(skew_s) < _SKEW_S else WARN, "node clock", told, "chronyc tracking, on both hosts")


def _judge_reference(settings: Settings, answer: dict[str, Any]) -> Iterator[Finding]:
    here = _reference(settings)
    if here is None:
        return
    host, size = answer["host"], answer["reference"]
    mend = "have REFERENCE_DIR on a file system that the nodes share, under the same path"
    if size is None:
        yield Finding(FAIL, "node data", f"{here} cannot be read on {host}", mend)
    elif size != here.stat().st_size:
        yield Finding(FAIL, "node data", f"{here} is another file on {host} ({size} bytes)", mend)
    else:
        yield Finding(OK, "node data", f"{host} reads the toxin reference")


def _clean_up(scheduler: Scheduler, job_id: str | None, folder: Path) -> None:
    from slurm.errors import SchedulerError

    try:
        if job_id is not None:
            scheduler.cancel([job_id])
    except SchedulerError:
        return  # its files stay; its time limit is a minute
    # Files that the ending job still writes are removed on the second attempt.
    for _ in range(2):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(1)
