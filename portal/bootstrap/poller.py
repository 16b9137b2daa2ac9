"""The poller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from portal.bootstrap.cluster import build_scheduler, plan_facts
from portal.bootstrap.folder import cache_of, portal_dir_of, site_id_of
from portal.config import Settings
from portal.files.lease import PollerLease
from portal.files.task_index import TaskIndex
from portal.files.taskdir import PortalDir
from portal.files.usage import UsageLedger
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
from portal.poller.past_runs import PastRuns
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
from portal.storage.codec import from_json, to_json
from portal.storage.file import FileTaskStore
from portal.storage.hybrid import WriterTaskStore

# The shortest interval between SLURM queries, whatever POLL_INTERVAL says: no more than one call per 5 s.
_SLURM_FLOOR_S = 5.0


def _dispatch_options(settings: Settings, portal_dir: PortalDir, *, local: bool) -> DispatchOptions:
    return DispatchOptions(
        job=run_job,
        site=lambda: site_id_of(portal_dir),
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


@dataclass(frozen=True)
class _Submitting:
    """The parts that start and step attempts, with what they share."""

    attempts: Attempts
    dispatcher: Dispatcher
    applier: StepApplier
    gate: SubmitGate
    starts: StartFailures


def _submitting(
    settings: Settings,
    portal_dir: PortalDir,
    scheduler: Scheduler,
    records: Records,
    sync: RecordSync,
    interval: PollInterval,
) -> _Submitting:
    local = scheduler.kind == "local"
    options = _dispatch_options(settings, portal_dir, local=local)
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
        PastRuns(portal_dir, most=settings.KEPT_RUNS),
        grace=grace,
        retention=settings.retention,
    )
    return _Submitting(attempts, dispatcher, applier, gate, starts)


def _janitor(settings: Settings, portal_dir: PortalDir, files: FileTaskStore, metrics: PollerMetrics) -> Janitor:
    return Janitor(
        portal_dir,
        files,
        kept=settings.retention,
        seen=PastRuns(portal_dir, most=settings.KEPT_RUNS).remove_files,
        trash_time=timedelta(hours=settings.TRASH_HOURS),
        floor_bytes=settings.min_free_bytes,
        failed=metrics.not_removed,
    )


def _slots(settings: Settings, portal_dir: PortalDir, submitting: _Submitting) -> Slots:
    return Slots(
        portal_dir,
        usual=settings.MAX_ACTIVE_PIPELINES,
        gate=submitting.gate,
        starts=submitting.starts,
        packing=PackOptions(int(settings.PACK_MAX_MB * 1024**2)),
    )


def build_poller(settings: Settings, scheduler: Scheduler | None = None) -> Poller:
    """Return the poller; it owns nothing until its lease is acquired.

    Raises:
        NotReady: the job folder cannot be made or used.
    """
    from slurm.command import observe_commands

    portal_dir = portal_dir_of(settings)
    scheduler = scheduler or build_scheduler(settings)
    files = FileTaskStore(portal_dir)
    cache = cache_of(settings, portal_dir)
    store: TaskStore = files if cache is None else WriterTaskStore(files, cache)
    accounts = scheduler if isinstance(scheduler, Accounts) else None
    sync, interval = RecordSync(portal_dir, scheduler), _poll_interval(settings, scheduler, accounts)
    ledger, task_index, metrics = UsageLedger(portal_dir), TaskIndex(portal_dir), PollerMetrics(portal_dir)
    observe_commands(metrics.commanded)
    accountant, status_report = Accountant(portal_dir, ledger, accounts), StatusReport(portal_dir, kind=scheduler.kind)
    records = Records(store, accountant=accountant, task_index=task_index, metrics=metrics, status_report=status_report)
    submitting = _submitting(settings, portal_dir, scheduler, records, sync, interval)
    parts = PollerParts(
        portal=portal_dir,
        store=store,
        records=records,
        scheduler=scheduler,
        attempts=submitting.attempts,
        dispatcher=submitting.dispatcher,
        applier=submitting.applier,
        sync=sync,
        janitor=_janitor(settings, portal_dir, files, metrics),
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
        slots=_slots(settings, portal_dir, submitting),
        gate=submitting.gate,
        starts=submitting.starts,
    )
    return Poller(parts)
