"""The composition root: the only module that chooses concrete stores and schedulers and connects the parts."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import portal
from portal.config import Settings
from portal.domain.errors import CorruptRecord, NotReady
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.files.heartbeat import HeartbeatReader
from portal.files.lease import PollerLease
from portal.files.site import Installation, why_not_ours
from portal.files.task_index import TaskIndex
from portal.files.taskdir import PortalDir
from portal.files.usage import UsageLedger
from portal.files.usage_sums import UsageSums
from portal.pipeline.job import run_job
from portal.pipeline.pack_job import run_pack
from portal.poller.accounting import Accountant
from portal.poller.apply import StepApplier
from portal.poller.attempts import Attempts, DispatchOptions
from portal.poller.consistency import ConsistencyCheck
from portal.poller.dispatcher import Dispatcher
from portal.poller.janitor import Janitor
from portal.poller.job_outcome import Grace
from portal.poller.metrics import PollerMetrics
from portal.poller.orphans import Orphans
from portal.poller.packing import PackOptions
from portal.poller.packs import Packs
from portal.poller.parts import PollerParts
from portal.poller.poll_interval import PollInterval
from portal.poller.poller import Poller
from portal.poller.records import Records
from portal.poller.slots import Slots
from portal.poller.start_failures import StartFailures
from portal.poller.status_report import StatusReport
from portal.poller.submit_gate import SubmitGate
from portal.poller.sync import RecordSync
from portal.poller.timekeeper import Timekeeper
from portal.ports import Accounts, Scheduler, TaskStore
from portal.reference.screening import panel_folder
from portal.reference.store import ReferenceStore
from portal.services.acceptance import Acceptance
from portal.services.admin import AdminService
from portal.services.admin_access import AdminAccess
from portal.services.admission import Admission, ClientLimits
from portal.services.answers import PartHealth
from portal.services.api_keys import ApiKeys
from portal.services.browsers import Browsers
from portal.services.compare import CompareService
from portal.services.health import HealthService
from portal.services.health_checks import check_engine, check_redis, check_reference
from portal.services.installation import InstallationCheck
from portal.services.my_work import MyWork
from portal.services.parts import AdminParts, WebParts
from portal.services.people import PeopleService
from portal.services.rates import upload_rate, wrong_token_rate
from portal.services.reservations import Reservations
from portal.services.secrets import Keyring, load_secret
from portal.services.sign_in import SignIns
from portal.services.submissions import SubmissionService
from portal.services.task_list import TaskList
from portal.services.tasks import TaskService
from portal.services.tokens_in_use import TokensInUse
from portal.shipped import TEMPLATES, shipped_folder
from portal.storage.codec import from_json, to_json
from portal.storage.file import FileTaskStore
from portal.storage.hybrid import HybridTaskStore, WriterTaskStore
from portal.storage.redis import RedisTaskCache

# The shortest interval between SLURM queries, whatever POLL_INTERVAL says: no more than one call per 5 s.
_SLURM_FLOOR_S = 5.0
# Locations of SLURM's configuration: the defaults of common packages, and that of configless nodes.
_SLURM_CONF = ("/etc/slurm/slurm.conf", "/etc/slurm-llnl/slurm.conf", "/run/slurm/conf/slurm.conf")


def templates_dir() -> Path:
    """Return the folder of the templates: pages in `html`, the report in `report`."""
    return shipped_folder(TEMPLATES)


def executor(settings: Settings) -> str:
    """Return `slurm` or `local`; `auto` chooses SLURM if its commands and its configuration are present.

    The commands alone prove nothing: a package may install them on a machine that belongs to no cluster.
    """
    if settings.EXECUTOR != "auto":
        return settings.EXECUTOR
    sbatch = shutil.which("sbatch")
    if sbatch is None:
        return "local"
    places = [Path(place) for place in _SLURM_CONF]
    places += [Path(sbatch).parent.parent / "etc" / "slurm.conf", Path(os.environ.get("SLURM_CONF", "/dev/null"))]
    configured = "SLURM_CONF_SERVER" in os.environ or any(place.is_file() for place in places)
    return "slurm" if configured else "local"


def build_scheduler(settings: Settings) -> Scheduler:
    """Return the scheduler that the settings ask for."""
    if executor(settings) == "local":
        from portal.local.scheduler import LocalScheduler

        return LocalScheduler(settings.JOBS_DIR, settings.job_setup)
    from slurm.options import SlurmOptions, split_extra
    from slurm.scheduler import SlurmScheduler

    return SlurmScheduler(
        SlurmOptions(
            partition=settings.SLURM_PARTITION,
            account=settings.SLURM_ACCOUNT,
            qos=settings.SLURM_QOS,
            wckey=settings.SLURM_WCKEY,
            constraint=settings.SLURM_CONSTRAINT,
            mem_gb=settings.SLURM_MEM_GB or None,
            extra=split_extra(settings.SLURM_EXTRA),
            setup=tuple(settings.job_setup),
        )
    )


def digger_engine(settings: Settings) -> str:
    """Return the engine of Digger; `auto` is the native one, which needs no other program."""
    return "native" if settings.DIGGER_ENGINE == "auto" else settings.DIGGER_ENGINE


def plan_facts(settings: Settings) -> Mapping[str, Any]:
    """Return a plan's facts on engine and data: the reference in use now."""
    facts: dict[str, Any] = {
        "portal": portal.__version__,
        "engine": digger_engine(settings),
        "screening": str(panel_folder(settings.reference_dir)),
    }
    if settings.SPECIFICITY_CSV is not None:
        facts["specificity"] = {"path": str(settings.SPECIFICITY_CSV)}
    if facts["engine"] == "bttoxin_digger":
        facts["bttoxin_digger"] = {"executable": settings.BTTOXIN_DIGGER, "low_n50": settings.LOW_N50}
    reference = ReferenceStore(settings.reference_dir).current()
    if reference is not None:
        facts["reference"] = {
            "name": reference.name,
            "version": reference.version,
            "fasta": str(reference.fasta),
            "sha256": reference.sha256,
            "cache_dir": str(reference.folder / "index"),
            "blind_spots": list(reference.blind_spots),
        }
    return facts


def _portal_dir(settings: Settings) -> PortalDir:
    """Return the job folder, creating it if necessary.

    Raises:
        NotReady: it cannot be created or used.
        NewerFormat: a newer version of the portal has written there.
    """
    portal_dir = PortalDir(settings.JOBS_DIR)
    try:
        portal_dir.prepare()
        # Created here, at the first start; the poller checks whether its location still fits.
        with contextlib.suppress(CorruptRecord):
            Installation.read(portal_dir)
    except OSError as error:
        raise NotReady(Message("disk.jobs_dir", path=str(settings.JOBS_DIR), reason=os_reason(error))) from error
    return portal_dir


def _keyring(settings: Settings, portal_dir: PortalDir) -> Keyring:
    in_use = partial(TokensInUse.of, portal_dir)
    return Keyring(load_secret(portal_dir.secret, settings.PORTAL_SECRET, in_use=in_use))


def _cache(settings: Settings, portal_dir: PortalDir) -> RedisTaskCache | None:
    if not settings.REDIS_URL:
        return None
    key = _keyring(settings, portal_dir).cache_key()
    return RedisTaskCache(settings.REDIS_URL, key=key, site=lambda: _site_id(portal_dir))


def _site_id(portal_dir: PortalDir) -> str:
    return Installation.read(portal_dir).site_id


def build_web(settings: Settings, *, checks: Sequence[Callable[[], PartHealth]] | None = None) -> WebParts:
    """Return the parts of the web process; `checks` replace those of Redis, engine and reference.

    Raises:
        NotReady: the job folder cannot be made or used.
    """
    portal_dir = _portal_dir(settings)
    keyring = _keyring(settings, portal_dir)
    # A copied folder has the original's id; it must not use the original's cache entries.
    cache = _cache(settings, portal_dir) if why_not_ours(portal_dir) is None else None
    files = FileTaskStore(portal_dir)
    store: TaskStore = files if cache is None else HybridTaskStore(files, cache)
    heartbeat = HeartbeatReader(portal_dir)
    reservations = Reservations(
        portal_dir,
        waiting=lambda: heartbeat.queue(settings.MAX_ACTIVE_PIPELINES).waiting,
        max_waiting=settings.MAX_WAITING_TASKS,
        floor_bytes=settings.min_free_bytes,
    )
    admission = Admission(
        portal_dir,
        store,
        reservations,
        max_waiting=settings.MAX_WAITING_TASKS,
        limits=ClientLimits(settings.CLIENT_MAX_WAITING, settings.CLIENT_MAX_GB),
    )
    tasks = TaskService(
        portal_dir,
        store,
        keyring,
        admission,
        floor_bytes=settings.min_free_bytes,
        slots=settings.MAX_ACTIVE_PIPELINES,
        limits=settings.limit_ranges,
        retention=settings.retention,
    )
    installation = InstallationCheck(_exercise_report)
    acceptance = Acceptance(
        portal_dir,
        tasks,
        admission,
        keyring,
        encode=to_json,
        upload_rate=upload_rate(portal_dir, settings.CLIENT_UPLOADS_PER_MINUTE),
        limit_bytes=settings.max_upload_bytes,
        floor_bytes=settings.min_free_bytes,
    )
    health = HealthService(
        portal_dir,
        checks=(*_health_checks(settings, cache), installation) if checks is None else checks,
        floor_bytes=settings.min_free_bytes,
    )
    submissions = SubmissionService(portal_dir, tasks, acceptance, admission, reservations, keyring)
    return WebParts(
        tasks,
        health,
        keyring,
        CompareService(portal_dir, tasks, keyring),
        submissions,
        Browsers(portal_dir, keyring, tasks, submissions),
        acceptance,
        wrong_token_rate(portal_dir, settings.WRONG_TOKENS_PER_MINUTE),
        installation,
        _admin_parts(settings, portal_dir, keyring),
        *_people_parts(settings, portal_dir, keyring),
    )


def _people_parts(
    settings: Settings, portal_dir: PortalDir, keyring: Keyring
) -> tuple[PeopleService, MyWork, ApiKeys, SignIns | None] | tuple[None, None, None, None]:
    """Return the parts for people; none of them if nobody signs in."""
    if not settings.has_people:
        return None, None, None, None
    people = PeopleService(portal_dir, keyring, operators=settings.operators)
    sign_ins = SignIns(portal_dir, key=keyring.session_key()) if settings.IDENTITY == "oidc" else None
    return people, MyWork(portal_dir), ApiKeys(portal_dir, keyring, people), sign_ins


def _exercise_report() -> None:
    # Imported here because the report's modules are slow to import, and most callers do not need them.
    from portal.pipeline.report.self_check import exercise_report

    exercise_report()


def _health_checks(settings: Settings, cache: RedisTaskCache | None) -> tuple[Callable[[], PartHealth], ...]:
    engine, references = digger_engine(settings), ReferenceStore(settings.reference_dir)
    # On a cluster the program has to be on the nodes, where this machine cannot check for it.
    here = engine == "bttoxin_digger" and executor(settings) == "local"
    return (
        partial(check_redis, cache.ping if cache else None),
        partial(check_engine, engine, settings.BTTOXIN_DIGGER if here else None),
        partial(check_reference, references),
    )


def _admin_parts(settings: Settings, portal_dir: PortalDir, keyring: Keyring) -> AdminParts | None:
    """Return the parts of the admin pages; None without a secret or operators: then there are no such pages."""
    if not settings.ADMIN_SECRET and not settings.operators:
        return None
    # Operators see the authoritative records, not cached ones.
    service = AdminService(portal_dir, FileTaskStore(portal_dir), by="admin pages")
    access = AdminAccess(portal_dir, secret=settings.ADMIN_SECRET, key=keyring.session_key())
    return AdminParts(service, access, TaskList(portal_dir), UsageSums(portal_dir))


def build_admin(settings: Settings, *, by: str) -> AdminService:
    """Return the admin service for the command line.

    Raises:
        NotReady: JOBS_DIR is not a portal's job folder.
    """
    portal_dir = PortalDir(settings.JOBS_DIR)
    if not portal_dir.own.is_dir():
        raise NotReady(Message("disk.no_portal", path=str(portal_dir.jobs)))
    return AdminService(portal_dir, FileTaskStore(portal_dir), by=by)


def build_consistency_check(settings: Settings) -> ConsistencyCheck:
    """Return the check that compares the records with the cluster's accounting."""
    portal_dir = PortalDir(settings.JOBS_DIR)
    return ConsistencyCheck(portal_dir, FileTaskStore(portal_dir), build_scheduler(settings))


def build_health(settings: Settings) -> HealthService:
    """Return the health service for disk, poller and scheduler only."""
    return HealthService(PortalDir(settings.JOBS_DIR))


def _dispatch_options(settings: Settings, portal_dir: PortalDir, *, local: bool) -> DispatchOptions:
    return DispatchOptions(
        job=run_job,
        site=lambda: _site_id(portal_dir),
        pack_job=run_pack,
        facts=lambda: plan_facts(settings),
        threads=settings.TASK_THREADS,
        task_timeout_s=settings.TASK_TIMEOUT,
        shoter_limit_s=settings.SLURM_SHOTER_MINUTES * 60,
        memory_gb=settings.SLURM_MEM_GB or None,
        settle_s=20.0 if local else 45.0,
        chained=not local,
    )


def _poll_interval(settings: Settings, scheduler: Scheduler, accounts: Accounts | None) -> PollInterval:
    local = scheduler.kind == "local"
    return PollInterval(
        shortest_s=settings.POLL_INTERVAL if local else max(_SLURM_FLOOR_S, settings.POLL_INTERVAL),
        longest_s=10.0 if local else 60.0,
        after_end_s=0.3 if local else 0.7,
        memory_s=(lambda: None) if accounts is None else accounts.min_job_age_s,
    )


def build_poller(settings: Settings, scheduler: Scheduler | None = None) -> Poller:
    """Return the poller; it owns nothing until its lease is acquired.

    Raises:
        NotReady: the job folder cannot be made or used.
    """
    from slurm.command import observe_commands

    portal_dir = _portal_dir(settings)
    scheduler = scheduler or build_scheduler(settings)
    local = scheduler.kind == "local"
    files = FileTaskStore(portal_dir)
    cache = _cache(settings, portal_dir)
    store: TaskStore = files if cache is None else WriterTaskStore(files, cache)
    accounts = scheduler if isinstance(scheduler, Accounts) else None
    sync = RecordSync(portal_dir, scheduler)
    options = _dispatch_options(settings, portal_dir, local=local)
    interval = _poll_interval(settings, scheduler, accounts)
    ledger, task_index, metrics = UsageLedger(portal_dir), TaskIndex(portal_dir), PollerMetrics(portal_dir)
    observe_commands(metrics.commanded)
    accountant, status_report = Accountant(portal_dir, ledger, accounts), StatusReport(portal_dir, kind=scheduler.kind)
    records = Records(store, accountant=accountant, task_index=task_index, metrics=metrics, status_report=status_report)
    attempts, starts = Attempts(portal_dir, records, options), StartFailures()
    gate = SubmitGate(after_end_s=interval.after_end_s)
    packs = Packs(portal_dir, options, attempts)
    dispatcher = Dispatcher(
        portal_dir, records, scheduler, options, attempts=attempts, packs=packs, gate=gate, starts=starts
    )
    grace = Grace(files=timedelta(seconds=3), absent=timedelta(seconds=30)) if local else Grace()
    applier = StepApplier(
        portal_dir,
        records,
        sync,
        attempts,
        packs,
        dispatcher,
        starts,
        grace=grace,
        retention=settings.retention,
    )
    return Poller(
        PollerParts(
            portal=portal_dir,
            store=store,
            records=records,
            scheduler=scheduler,
            attempts=attempts,
            dispatcher=dispatcher,
            applier=applier,
            sync=sync,
            janitor=Janitor(
                portal_dir,
                files,
                kept=settings.retention,
                trash_time=timedelta(hours=settings.TRASH_HOURS),
                floor_bytes=settings.min_free_bytes,
                failed=metrics.not_removed,
            ),
            timekeeper=Timekeeper(portal_dir),
            task_index=task_index,
            consistency=ConsistencyCheck(portal_dir, files, scheduler),
            accountant=accountant,
            orphans=Orphans(portal_dir, ledger),
            lease=PollerLease(portal_dir),
            poll_interval=interval,
            status_report=status_report,
            metrics=metrics,
            encode=to_json,
            decode=from_json,
            slots=Slots(
                portal_dir,
                usual=settings.MAX_ACTIVE_PIPELINES,
                gate=gate,
                starts=starts,
                packing=PackOptions(int(settings.PACK_MAX_MB * 1024**2)),
            ),
            gate=gate,
            starts=starts,
        )
    )
