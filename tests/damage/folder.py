"""A job folder with one file of each kind of `portal.files.register`, and the scheduler that belongs to it."""

from __future__ import annotations

import copy
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from portal.config import Settings
from portal.domain.message import Message
from portal.domain.notification import NotificationChannel, NotificationEvent, SubjectKind
from portal.domain.status import STAGE_ORDER, Lang, PipelineStage
from portal.domain.submission import Submission, SubmissionItem
from portal.files.alarms import Alarm, AlarmFiles
from portal.files.annotation_journal import AnnotationChanges
from portal.files.annotations import AnnotationFile, AnnotationRecord
from portal.files.api_keys import ApiKeyFiles, KeyRecord
from portal.files.consistency import ConsistencyReport
from portal.files.document import read_document, write_document
from portal.files.heartbeat import HeartbeatReader
from portal.files.maintenance import Maintenance
from portal.files.notices import Announcement, add_announcement
from portal.files.notification_request import NotificationRequest, NotifyFolder
from portal.files.outbox import Notification, Outbox
from portal.files.pack import Pack, PackMember
from portal.files.people import PeopleRegister
from portal.files.process_identity import ProcessIdentity
from portal.files.reports import JobExit, utc_now
from portal.files.samples import SampleSet, SampleSets
from portal.files.site import Installation, Place
from portal.files.snapshots import ShareSnapshot, SnapshotItem
from portal.files.submission import Adoption
from portal.files.submission_refusals import write_refusal
from portal.files.submissions import SubmissionFolders
from portal.files.switches import Control
from portal.files.taskdir import PortalDir
from portal.files.usage import UsageLedger, UsageLine
from portal.local.launch import LAUNCHED, Launched
from portal.services.admin import AdminService
from portal.services.secrets import Keyring, load_secret
from portal.services.shares import Grant, ShareService
from portal.services.submission_keys import Access
from portal.storage.file import FileTaskStore
from slurm.types import JobState
from tests.builders import make_task_on_disk
from tests.fake_scheduler import FakeScheduler
from tests.unit.poller.poller_rig import Rig

SUBMISSION = "abcdefghijkl"
PSEUDONYM = "0123456789abcdef"


@contextmanager
def place_for_all() -> Iterator[Path]:
    """Yield a folder that every user may enter, in memory where there is such a disk: hundreds of cases wait for it."""
    memory = Path("/dev/shm")  # noqa: S108 - nothing is kept there
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@dataclass(frozen=True)
class WholeFolder:
    """The folder as it is again and again before something in it is damaged; tasks and tokens by how they stand.

    `links` are the tokens of a share and of the standing view link, of a task and of a submission.
    """

    settings: Settings
    portal: PortalDir
    kept: Path
    scheduler: FakeScheduler
    tasks: dict[str, tuple[str, str]]
    links: dict[str, str]

    def restore(self) -> FakeScheduler:
        """Put the folder back as it was; return a scheduler with its jobs."""
        shutil.rmtree(self.portal.jobs, ignore_errors=True)
        shutil.copytree(self.kept, self.portal.jobs, symlinks=True)
        # The same installation at the place of the copy: an adopted one would leave the jobs alone.
        site = read_document(self.portal.site, Installation)
        write_document(self.portal.site, replace(site, place=Place.of(self.portal.jobs)))
        beat = HeartbeatReader(self.portal).read()
        assert beat is not None
        replace(beat, at=datetime.now(UTC) - timedelta(hours=1)).write(self.portal)  # of a poller that has gone
        scheduler = FakeScheduler()
        scheduler.jobs, scheduler.specs = dict(self.scheduler.jobs), copy.copy(self.scheduler.specs)
        return scheduler


def make_whole_folder(folder: Path) -> WholeFolder:
    """Make it: a task that ended, one that runs, one whose end was asked for, one of a pack, one submission."""
    rig = Rig(folder, PORTAL_SECRET="")
    keyring = Keyring(load_secret(rig.portal.secret, ""))
    done = make_task_on_disk(
        rig.portal, keyring=keyring, completion_time=datetime.now(UTC), submission_time=datetime.now(UTC)
    )
    running, wished = rig.submit(2)
    rig.poller.tick()
    rig.begin(running)
    rig.begin(running, "shoter")
    rig.report(running, *STAGE_ORDER)
    rig.poller.cycle()
    _leave_the_rest(rig, running)
    links = _share(rig, keyring, running)
    rig.poller.cycle()
    rig.poller.lease.release()
    rig.tasks.cancel(rig.record(wished))
    _leave_a_table_half_written(rig, done.task_id)
    tasks = {"done": (done.task_id, done.token)}
    for name, task_id in (("running", running), ("wished", wished)):
        tasks[name] = (task_id, keyring.token_of(rig.record(task_id)))
    kept = folder / "kept"
    shutil.copytree(rig.portal.jobs, kept, symlinks=True)
    return WholeFolder(rig.settings, rig.portal, kept, rig.scheduler, tasks, links)


def _share(rig: Rig, keyring: Keyring, running: str) -> dict[str, str]:
    """Share a task and a submission; return the tokens."""
    shares, links = ShareService(rig.portal, keyring), {}
    for opened in (rig.record(running), SubmissionFolders(rig.portal).read(SUBMISSION)):
        name = "task" if opened == rig.record(running) else "submission"
        links[f"share of {name}"] = shares.make(opened, label="Bob", ends=date(2035, 1, 1))[1]
        item = SnapshotItem(1, running, 1, "0" * 64)
        then = ShareSnapshot((item,)), 1
        links[f"snapshot of {name}"] = shares.make(opened, label="Eve", ends=date(2035, 1, 1), then=then)[1]
        links[f"link of {name}"] = shares.token(opened, Access.VIEW)
        shares.note_use(Grant(opened, Access.VIEW, 1))
    return links


def _leave_a_table_half_written(rig: Rig, task_id: str) -> None:
    path = rig.portal.own / "annotations" / f"{SUBMISSION}.json"
    path.parent.mkdir()
    record = AnnotationRecord(1, "from a table", (), "", (), utc_now(), "")
    write_document(path, AnnotationChanges(((task_id, record),)))


def _leave_the_rest(rig: Rig, running: str) -> None:
    """Leave what no step of this rig makes."""
    portal, now = rig.portal, utc_now()
    job = portal.task(running).attempt(1).job(PipelineStage.DIGGER)
    write_document(job.adopted, Adoption("1", now))
    JobExit(0, now, "completed").write(job.exit)
    (job.path / "submitit").mkdir(exist_ok=True)
    write_document(job.path / "submitit" / LAUNCHED, Launched("1", ProcessIdentity.mine()))
    portal.task(running).attempt(1).stage(PipelineStage.DIGGER).log.write_text("INFO at work\n")
    pack = portal.pack(SUBMISSION)
    pack.path.mkdir(parents=True)
    Pack("bt-pack", "", (PackMember(running, 1),), 3600, 600).write(pack.document)
    Control(notice="Back at noon").write(portal)
    portal.backed_up.touch()
    SampleSets(ready=(SampleSet(SUBMISSION, "0" * 64, now),)).write(portal)
    add_announcement(portal, Announcement("New reference"))
    Maintenance(english="New disks").write(portal)
    ConsistencyReport(now).write(portal)
    AdminService(portal, FileTaskStore(portal), by="me").note("look")
    day = now.date().isoformat()
    line = UsageLine("zzzzzzzzzzzz", 1, day, "completed", None, "me", ("7",), "sacct", 1.0, 9.0, 9.0, 1.0, 2**20)
    UsageLedger(portal).write(line)
    item = SubmissionItem(1, "a", 100, "0" * 64)
    folders = SubmissionFolders(portal)
    assert folders.create(Submission(SUBMISSION, "nonce", "label", Lang.EN, {}, (item,), "me", "print", now))
    PeopleRegister(portal).note(PSEUDONYM, "alice")
    ApiKeyFiles(portal).create(SUBMISSION, KeyRecord("alice", "notebook", "0" * 64, now))
    ApiKeyFiles(portal).note_use(SUBMISSION)
    for owner in (portal.task(running).path, folders.folder(SUBMISSION)):
        NotifyFolder(owner).create(NotificationRequest("me@example.org"))
    AnnotationFile(portal.task(running).path).write(
        AnnotationRecord(1, "Bär", ("soil",), "a", (("site", "1"),), now, "")
    )
    AlarmFiles(portal).write(NotificationEvent.DISK_FULL, Alarm(now))
    notification = Notification(NotificationEvent.ENDED, SubjectKind.TASK, running, NotificationChannel.MAIL, now)
    Outbox(portal).add(Outbox.name_of("site", notification), notification)
    write_refusal(folders.folder(SUBMISSION), 1, Message("fasta.gzip"))
    rig.scheduler.move(rig.job(running), JobState.RUNNING)
