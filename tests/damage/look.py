"""What poller, web process and operator make of a folder: every reader runs, and what each answers is put down."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portal.bootstrap import build_poller, build_web
from portal.domain.errors import PortalError
from portal.domain.notification import NotificationEvent
from portal.domain.status import Lang, PipelineStage
from portal.files.alarms import AlarmFiles
from portal.files.api_keys import ApiKeyFiles
from portal.files.audit import read_acts
from portal.files.consistency import ConsistencyReport
from portal.files.document import read_document
from portal.files.heartbeat import HeartbeatReader
from portal.files.maintenance import Maintenance
from portal.files.metrics import read_figures
from portal.files.notices import read_announcements
from portal.files.notification_request import NotifyFolder
from portal.files.outbox import Outbox
from portal.files.pack import Pack
from portal.files.people import PeopleRegister
from portal.files.plan import Plan
from portal.files.register import LeftFile
from portal.files.reports import Claim
from portal.files.samples import SampleSets
from portal.files.submission import TaskRequest
from portal.files.submission_refusals import read_refusals
from portal.files.submissions import SubmissionFolders
from portal.files.usage import UsageLedger
from portal.files.usage_sums import UsageSums
from portal.local.scheduler import LocalScheduler
from portal.services.acceptance import Asked
from portal.services.admin import AdminService
from portal.services.submission_keys import Access
from portal.services.task_list import TaskFilter, TaskList
from portal.storage.file import FileTaskStore
from slurm.types import JobState
from tests.damage.damages import DAMAGES, VICTIM
from tests.damage.folder import PSEUDONYM, SUBMISSION, WholeFolder
from tests.fake_scheduler import FakeScheduler
from tests.unit.poller.poller_rig import GENOME

LIMIT_S = 120  # nothing may wait for a FIFO for ever, or read a hole of gigabytes; a busy machine may take its time


class TooSlow(Exception):
    """A reader did not come back."""


@contextmanager
def time_limit() -> Iterator[None]:
    def ring(_signal: int, _frame: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(LIMIT_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def somebody_else(folder: Path, sealed: Path | None) -> Iterator[None]:
    """Run as a user that is not root and owns the folder, but not what is sealed: root would read that, too."""
    if os.geteuid() != 0 or sealed is None:
        yield
        return
    for path in (folder, *folder.rglob("*")):
        if path != sealed:
            os.chown(path, 65534, 65534, follow_symlinks=False)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def answer(act: Callable[[], Any]) -> str:
    """Return what a reader answers: a word, or the class of its refusal. Any other exception is the portal's fault."""
    try:
        return str(act())
    except PortalError as error:
        return type(error).__name__
    except PermissionError:
        return "no access"
    except FileNotFoundError:
        return "missing"


def look(whole: WholeFolder, scheduler: FakeScheduler) -> dict[str, str]:
    """Run everything that reads; return what each found."""
    seen = {"poller": answer(lambda: _poll(whole, scheduler))}
    try:
        parts = build_web(whole.settings, checks=())
    except PortalError as error:
        return {**seen, "web": type(error).__name__}
    except PermissionError:
        return {**seen, "web": "no access"}
    for name, (task_id, token) in whole.tasks.items():
        seen[f"{name} task"] = answer(lambda: _task(parts, task_id, token))  # noqa: B023 - called at once
    done, token = whole.tasks["done"]
    seen["results"] = answer(lambda: len(parts.tasks.results(parts.tasks.authorize(done, token))))
    seen["bundle"] = answer(lambda: _closed(parts.tasks.open_bundle(parts.tasks.authorize(done, token))[1]))
    for name, (task_id, token) in whole.tasks.items():
        seen[f"{name} log"] = answer(lambda: _log(parts, task_id, token))  # noqa: B023
    for name, token in whole.links.items():
        seen[name] = answer(lambda: _link(parts, whole, name, token))  # noqa: B023
    seen |= {f"shares of {name}": answer(lambda: _shares(parts, whole, name)) for name in ("task", "submission")}  # noqa: B023
    seen["name of strain"] = answer(lambda: parts.submissions.annotations.of(whole.tasks["running"][0]).values.name)
    seen["name from a table"] = answer(lambda: parts.submissions.annotations.of(done).values.name)
    seen["upload"] = answer(lambda: _upload(parts))
    seen |= _job(whole)
    seen["health"] = answer(lambda: _health(parts))
    return seen | _operator(whole)


def _link(parts: Any, whole: WholeFolder, name: str, token: str) -> str:
    if name.endswith("task"):
        parts.tasks.authorize(whole.tasks["running"][0], token, Access.VIEW)
    else:
        parts.submissions.open(SUBMISSION, token)
    return "opens"


def _shares(parts: Any, whole: WholeFolder, name: str) -> str:
    """Return how many shares the owner sees, and of how many the last use is known."""
    running = whole.tasks["running"][0]
    opened = parts.tasks.record(running) if name == "task" else parts.submissions.read(SUBMISSION)
    shares = parts.tasks.shares.all(opened)
    return f"{len(shares)}, {sum(share.last_used is not None for share in shares)} used"


def _upload(parts: Any) -> str:
    upload = parts.acceptance.begin("me")
    upload.write(GENOME)
    parts.acceptance.create(upload, Asked("s.fna", Lang.EN, {}), submitter="me")
    return "accepted"


def _job(whole: WholeFolder) -> dict[str, str]:
    """Return what a job reads that begins now."""
    task = whole.portal.task(whole.tasks["running"][0])
    job = task.attempt(1).job(PipelineStage.DIGGER)
    return {
        "plan": answer(lambda: "read" if Plan.read(task.attempt(1).plan) else ""),
        "pack": answer(lambda: Pack.read(whole.portal.pack(SUBMISSION).document).name),
        "second claim": answer(lambda: Claim.take(job.claim, "999")),
        "request": answer(lambda: "read" if read_document(task.request, TaskRequest) else ""),
    }


def _operator(whole: WholeFolder) -> dict[str, str]:
    portal = whole.portal
    running = portal.task(whole.tasks["running"][0]).path
    admin = AdminService(portal, FileTaskStore(portal), by="me")
    page = TaskList(portal)
    found, claim = next(
        ((path.parent.name, path / "claim") for path in portal.jobs.glob("*/attempts/1/jobs/digger")), ("", portal.jobs)
    )
    return {
        "list": answer(
            lambda: f"{len(admin.tasks().tasks)} of {len(admin.tasks().tasks) + len(admin.tasks().damaged)}"
        ),
        "index": answer(lambda: page.page(TaskFilter(), number=1, size=50).total),
        "acts": answer(lambda: len([act for act in read_acts(portal) if act["action"] == "look"])),
        "usage": answer(lambda: len(list(UsageLedger(portal).lines()))),
        "usage by day": answer(lambda: len(UsageSums(portal).span(since=datetime(2026, 1, 1, tzinfo=UTC).date()).days)),
        "comparison": answer(lambda: "there" if ConsistencyReport.read(portal) else "none"),
        "metrics": answer(lambda: "there" if read_figures(portal.metrics) else "none"),
        "notice": answer(lambda: admin.switches().notice),
        "announcements": answer(lambda: len(read_announcements(portal))),
        "samples": answer(lambda: len(SampleSets.read(portal).ready)),
        "maintenance": answer(lambda: closed.english or "closed" if (closed := Maintenance.read(portal)) else "open"),
        "submission": answer(lambda: SubmissionFolders(portal).read(SUBMISSION).label),
        "refusals": answer(lambda: len(read_refusals(SubmissionFolders(portal).folder(SUBMISSION)))),
        "person": answer(lambda: PeopleRegister(portal).person_id(PSEUDONYM) or "unknown"),
        "person noted": answer(lambda: PeopleRegister(portal).note(PSEUDONYM, "alice")),
        "key": answer(lambda: "read" if ApiKeyFiles(portal).read(SUBMISSION) else "opens nothing"),
        "key used": answer(lambda: "known" if ApiKeyFiles(portal).last_used(SUBMISSION) else "unknown"),
        "key noted": answer(lambda: ApiKeyFiles(portal).note_use(SUBMISSION)),
        "task's recipient": answer(lambda: NotifyFolder(running).request().mail),
        "submission's recipient": answer(
            lambda: NotifyFolder(SubmissionFolders(portal).folder(SUBMISSION)).request().mail
        ),
        "alarm": answer(lambda: "read" if AlarmFiles(portal).read(NotificationEvent.DISK_FULL) else "none"),
        "notifications": answer(lambda: len(Outbox(portal).all())),
        "local job": answer(
            lambda: LocalScheduler(portal.jobs, []).snapshot({found: (datetime.now(UTC), claim)}).known
        ),
    }


def _poll(whole: WholeFolder, scheduler: FakeScheduler) -> str:
    poller = build_poller(whole.settings, scheduler)
    if not poller.lease.acquire():
        return "stands by"
    try:
        reason = poller.why_not_ours()
        if reason is not None:
            return f"stands still ({reason.code})"
        poller.start()
        for _ in range(2):
            poller.tick()
            poller.cycle()
        for first in ("digger", "shoter"):  # and the running task's jobs end
            scheduler.move(f"bt-{whole.tasks['running'][0]}-{first}-a1", JobState.COMPLETED)
        poller.cycle()
        return "at work" + "".join(f", {concern.code}" for concern in _concerns(whole))
    finally:
        poller.lease.release()


def _concerns(whole: WholeFolder) -> tuple[Any, ...]:
    beat = HeartbeatReader(whole.portal).read()
    return beat.concerns if beat else ()


def _task(parts: Any, task_id: str, token: str) -> str:
    task = parts.tasks.look(task_id, token).task
    return f"{task.status}{f' ({task.failure_kind})' if task.failure_kind else ''}{', rebuilt' if task.warned else ''}"


def _log(parts: Any, task_id: str, token: str) -> str:
    text = parts.tasks.log(parts.tasks.authorize(task_id, token), PipelineStage.DIGGER)
    assert VICTIM.decode() not in text
    return "shown" if text else "empty"


def _closed(stream: Any) -> str:
    with stream:
        assert VICTIM not in stream.read()
    return "whole"


def _health(parts: Any) -> str:
    return next(f"poller {part.state}" for part in parts.health.report().parts if part.name == "poller")


def try_damage(whole: WholeFolder, left: LeftFile, damage: str) -> tuple[str, dict[str, str]]:
    """Damage a file, let everybody look; return what then stands under its name, and what was seen."""
    scheduler = whole.restore()
    path = target(whole, left)
    before, victim = path.read_bytes(), whole.portal.jobs.with_name("victim")
    victim.unlink(missing_ok=True)
    DAMAGES[damage](path)
    mark = _state(path)
    sealed = path if damage == "other owner" else None
    with time_limit(), somebody_else(whole.portal.jobs, sealed):
        seen = look(whole, scheduler)
    assert not victim.exists() or victim.read_bytes() == VICTIM, "a symlink was followed and written through"
    if not os.path.lexists(path):
        return "gone", seen
    if _state(path) == mark:
        return "left", seen
    small = stat.S_ISREG(path.lstat().st_mode) and path.lstat().st_size < 10**7
    return ("made anew" if not small or path.read_bytes() != before else "as before"), seen


def _state(path: Path) -> tuple[int, ...]:
    if not os.path.lexists(path):
        return ()
    facts = path.lstat()
    return (facts.st_ino, facts.st_mode, facts.st_size, facts.st_mtime_ns)


def target(whole: WholeFolder, left: LeftFile) -> Path:
    """Return the file that stands for a kind: of the running task where it is a task's, else of one that has it."""
    found = [path.relative_to(whole.kept) for path in sorted(whole.kept.glob(left.glob))]
    found = [path for path in found if left.pattern.fullmatch(str(path))]
    running, done = whole.tasks["running"][0], whole.tasks["done"][0]
    own = done if left.where.endswith("out/{file}") else running
    return whole.portal.jobs / next((path for path in found if own in path.parts), found[0])


def baseline(whole: WholeFolder) -> dict[str, str]:
    """Return what is seen where nothing is damaged."""
    return look(whole, whole.restore())


def in_words(state: str, seen: dict[str, str], usual: dict[str, str]) -> str:
    """Return a cell of the table: what stands there afterwards, and what differs from the usual."""
    differs = [f"{name}: {told or 'none'}" for name, told in seen.items() if told != usual.get(name)]
    return "; ".join([state, *differs])


def rows(whole: WholeFolder, usual: dict[str, str], left: LeftFile) -> list[str]:
    """Return the lines of the table for one kind of file: what was seen, and after which damages."""
    cells: dict[str, list[str]] = {}
    for damage in DAMAGES:
        cells.setdefault(in_words(*try_damage(whole, left, damage), usual), []).append(damage)
    name = f"`{left.where}`"
    return [f"| {name} | {', '.join(damages)} | {seen} |" for seen, damages in cells.items()]
