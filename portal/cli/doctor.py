"""`btportal doctor`: check everything that the portal needs, and show how to fix each problem."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial

import click

from portal.cli.admin.group import json_option, print_json
from portal.cli.doctor_address import check_address
from portal.cli.doctor_folder import check_clock, check_owners
from portal.cli.doctor_installation import check_installation, check_namesakes
from portal.cli.doctor_mail import check_mail
from portal.cli.doctor_people import check_people
from portal.cli.doctor_secret import check_secret
from portal.cli.finding import FAIL, OK, WARN, Finding
from portal.cli.owner import require_owner
from portal.config import LAPTOP_DEFAULTS, Settings, read_settings
from portal.domain.errors import PortalError

Check = Callable[[Settings], Iterator[Finding]]


def check_python(_settings: Settings) -> Iterator[Finding]:
    """Check the interpreter and the libraries that the pipeline needs."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield Finding(OK, "python", f"{version} ({sys.executable})")
    missing = []
    # The pipeline first: it ignores a notebook's MPLBACKEND.
    for library in ("portal.pipeline", "numpy", "pyhmmer", "pyfamsa", "pyopal", "parasail", "matplotlib", "submitit"):
        try:
            __import__(library)
        except ImportError as error:
            missing.append(f"{library} ({error})")
    if missing:
        yield Finding(FAIL, "libraries", f"cannot be imported: {', '.join(missing)}", "pip install bttoxin-portal")
    else:
        yield Finding(OK, "libraries", "all there")


def check_jobs_dir(settings: Settings) -> Iterator[Finding]:
    """Write, rename and link in the job folder as the portal does."""
    from portal.files.atomic import create_bytes
    from portal.files.process_identity import file_name_of_mine
    from portal.files.room import GIGABYTE, Room
    from portal.files.taskdir import PortalDir

    portal = PortalDir(settings.JOBS_DIR)
    mend = f"mkdir -p {settings.JOBS_DIR} && chown {os.environ.get('USER', 'the portal user')} {settings.JOBS_DIR}"
    try:
        portal.prepare()
        probe = portal.incoming / file_name_of_mine()
        probe.mkdir()
        try:
            create_bytes(probe / "probe.json", b"{}\n")
            probe.rename(portal.trash / probe.name)
        finally:
            shutil.rmtree(probe, ignore_errors=True)
            shutil.rmtree(portal.trash / probe.name, ignore_errors=True)
    except OSError as error:
        yield Finding(FAIL, "JOBS_DIR", f"{settings.JOBS_DIR}: {error.strerror}", mend)
        return
    yield Finding(OK, "JOBS_DIR", f"{settings.JOBS_DIR} takes files, renames and links")
    room = Room.of(settings.JOBS_DIR)
    lack = room.lack(settings.min_free_bytes)
    if lack is not None:
        yield Finding(FAIL, "disk", f"{lack} Uploads are refused.", "make room, or lower MIN_FREE_DISK_GB")
    else:
        yield Finding(OK, "disk", f"{room.free / GIGABYTE:.1f} GB free")


def check_redis(settings: Settings) -> Iterator[Finding]:
    """Check Redis, if configured."""
    from portal.storage.redis import RedisTaskCache, is_open

    if not settings.REDIS_URL:
        yield Finding(OK, "redis", "none configured; records are read from the disk")
        return
    cache = RedisTaskCache(settings.REDIS_URL, key=b"", site=lambda: "doctor")
    if cache.ping():
        yield Finding(OK, "redis", "answers")
        if is_open(settings.REDIS_URL):
            message = "asks for no password: every account that reaches it can read and drop what is kept there"
            yield Finding(WARN, "redis", message, "requirepass or an ACL user, and the password in REDIS_URL")
    else:
        yield Finding(WARN, "redis", f"does not answer ({cache.last_error})", "start it, or set REDIS_URL to nothing")
    cache.close()


def check_pipeline(settings: Settings) -> Iterator[Finding]:
    """Check engine, reference and specificity table."""
    from portal.bootstrap import digger_engine
    from portal.domain.errors import PortalError
    from portal.reference.store import ReferenceStore

    engine = digger_engine(settings)
    if engine == "bttoxin_digger" and shutil.which(settings.BTTOXIN_DIGGER) is None:
        mend = "conda env create -f environment.yml, or DIGGER_ENGINE=native"
        yield Finding(FAIL, "engine", f"{settings.BTTOXIN_DIGGER} is not on the PATH", mend)
    else:
        yield Finding(OK, "engine", engine)
    fetch = f"btportal reference fetch --dir {settings.reference_dir}"
    try:
        reference = ReferenceStore(settings.reference_dir).current()
        if reference is None:
            yield Finding(FAIL, "reference", f"none in {settings.reference_dir}", fetch)
        elif problems := ReferenceStore(settings.reference_dir).verify(reference.name):
            yield Finding(FAIL, "reference", "; ".join(map(str, problems)), fetch)
        else:
            about = f"{reference.name} {reference.version}, {reference.entries} proteins"
            yield Finding(OK, "reference", about)
    except (OSError, PortalError) as error:
        yield Finding(FAIL, "reference", str(error), fetch)
    if settings.SPECIFICITY_CSV is not None and not settings.SPECIFICITY_CSV.is_file():
        yield Finding(FAIL, "specificity", f"{settings.SPECIFICITY_CSV} is not there", "correct SPECIFICITY_CSV")


def check_executor(settings: Settings) -> Iterator[Finding]:
    """Check SLURM's commands and controller, or the cores of this machine."""
    from portal.bootstrap import build_scheduler, executor

    kind = executor(settings)
    if kind == "local":
        cores = len(os.sched_getaffinity(0))
        wanted = settings.TASK_THREADS * settings.MAX_ACTIVE_PIPELINES
        message = f"local, {cores} cores for {settings.MAX_ACTIVE_PIPELINES} tasks of {settings.TASK_THREADS}"
        state = OK if cores >= settings.TASK_THREADS else WARN
        mend = "lower TASK_THREADS or MAX_ACTIVE_PIPELINES" if wanted > cores else ""
        yield Finding(state, "executor", message, mend)
        return
    lacking = [name for name in ("sbatch", "squeue", "scancel") if shutil.which(name) is None]
    if lacking:
        yield Finding(
            FAIL, "executor", f"slurm, but {', '.join(lacking)} not found", "install slurm-client, or EXECUTOR=local"
        )
        return
    snapshot = build_scheduler(settings).snapshot({})
    if snapshot.known:
        yield Finding(OK, "executor", "slurm, slurmctld answers")
    else:
        yield Finding(
            FAIL, "executor", "slurm, but slurmctld does not answer", "scontrol ping; systemctl status slurmctld"
        )


def check_poller(settings: Settings) -> Iterator[Finding]:
    """Check whether a poller is running."""
    from portal.bootstrap import build_health

    health = build_health(settings).report()
    poller = next(part for part in health.parts if part.name == "poller")
    yield Finding(OK if poller.state == "ok" else WARN, "poller", str(poller.message), "btportal poller")


CHECKS: tuple[Check, ...] = (
    check_python,
    check_namesakes,
    check_installation,
    check_jobs_dir,
    check_secret,
    check_redis,
    check_pipeline,
    check_executor,
    check_poller,
    check_address,
    check_people,
    check_mail,
    check_clock,
    check_owners,
)


def check_cluster(settings: Settings, wait_s: float) -> Iterator[Finding]:
    """Check the settings against the cluster, and run a tiny job that checks its node."""
    from portal.bootstrap import build_scheduler, executor
    from portal.cli.doctor_slurm import check_node, check_settings

    if executor(settings) != "slurm" or shutil.which("sbatch") is None:
        return
    scheduler = build_scheduler(settings)
    if not scheduler.snapshot({}).known:
        return  # already reported
    yield from check_settings(settings)
    if wait_s > 0:
        yield from check_node(settings, scheduler, wait_s=wait_s)


@click.command()
@click.option("--laptop", is_flag=True, help="With the defaults of `btportal up` for what is not set.")
@click.option(
    "--wait", "wait_s", default=60.0, show_default=True, help="Seconds to wait for the job on a node; 0: send none."
)
@json_option
def doctor(laptop: bool, wait_s: float, as_json: bool) -> None:
    """Check everything that the portal needs; exit code 1 if anything must be fixed."""
    settings = read_settings(defaults=LAPTOP_DEFAULTS if laptop else None)
    require_owner(settings.JOBS_DIR)
    checks: list[Check] = [*CHECKS, partial(check_cluster, wait_s=wait_s)]
    findings = []
    for finding in _findings(checks, settings):
        findings.append(finding)
        if not as_json:
            _show(finding)
    failed = any(finding.state == FAIL for finding in findings)
    if as_json:
        print_json({"ok": not failed, "findings": [asdict(finding) for finding in findings]})
    if failed:
        raise SystemExit(1)


def _findings(checks: list[Check], settings: Settings) -> Iterator[Finding]:
    """Yield what all checks find; a check that cannot be made, because of a secret for example, ends no other."""
    messages: set[str] = set()
    for check in checks:
        try:
            for finding in check(settings):
                messages.add(finding.message)
                yield finding
        except PortalError as error:
            if str(error.message) not in messages:
                messages.add(str(error.message))
                yield Finding(FAIL, _name_of(check), str(error.message))


def _name_of(check: Check) -> str:
    function = check.func if isinstance(check, partial) else check
    return str(getattr(function, "__name__", "check")).removeprefix("check_")


def _show(finding: Finding) -> None:
    click.echo(f"{finding.state:<5}{finding.name:<13}{finding.message}")
    if finding.mend and finding.state != OK:
        click.echo(f"{'':<18}-> {finding.mend}")
