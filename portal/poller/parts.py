"""What a poller is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.domain.task import TaskMeta
from portal.files.lease import PollerLease
from portal.files.task_index import TaskIndex
from portal.files.taskdir import PortalDir
from portal.poller.accounting import Accountant
from portal.poller.apply import StepApplier
from portal.poller.attempts import Attempts
from portal.poller.consistency import ConsistencyCheck
from portal.poller.dispatcher import Dispatcher
from portal.poller.janitor import Janitor
from portal.poller.metrics import PollerMetrics
from portal.poller.orphans import Orphans
from portal.poller.poll_interval import PollInterval
from portal.poller.records import Records
from portal.poller.slots import Slots
from portal.poller.start_failures import StartFailures
from portal.poller.status_report import StatusReport
from portal.poller.submit_gate import SubmitGate
from portal.poller.sync import RecordSync
from portal.poller.timekeeper import Timekeeper
from portal.ports import Scheduler, TaskStore


@dataclass(frozen=True)
class PollerParts:
    """The parts that a poller works with."""

    portal: PortalDir
    store: TaskStore
    records: Records
    scheduler: Scheduler
    attempts: Attempts
    dispatcher: Dispatcher
    applier: StepApplier
    sync: RecordSync
    janitor: Janitor
    task_index: TaskIndex
    consistency: ConsistencyCheck
    accountant: Accountant
    orphans: Orphans
    lease: PollerLease
    poll_interval: PollInterval
    status_report: StatusReport
    metrics: PollerMetrics
    encode: Callable[[TaskMeta], dict[str, Any]]
    decode: Callable[[Mapping[str, Any]], TaskMeta]
    slots: Slots
    gate: SubmitGate
    starts: StartFailures
    timekeeper: Timekeeper
