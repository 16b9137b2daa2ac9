"""Every path of the portal below JOBS_DIR, and the one rule that turns user text into a file name.

<JOBS_DIR>/
  .portal/                     the portal's own: see PortalDir
  <task_id>/
    task_meta.json             the record (poller)
    request.json               the original request, never changed (web, at creation)
    input/genome.fna           the upload under a fixed name
    wishes/<kind>.json         cancel, retry, delete (web)
    kept                       empty; exempts the task from retention while it exists (operator)
    notify/                    who is to be told of it, if anybody: see `notification_request` (web, poller)
    browsers/<way>-<mark>      an empty file per browser that may open the task (web)
    shares/                    whom the owner lets look (web): see `shares`
    annotations/               name, tags, note and metadata (web): see `annotations`
    attempts/<n>/
      plan.json                what the jobs have to do (poller, before submission)
      jobs/<first stage>/      intent.json (poller), claim, exit.json (job), submitit's files
      <stage>/                 progress.json, sentinel.json, log.txt, out/ (job)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from portal.domain.errors import NotFound
from portal.domain.file_names import mark_of, safe_stem
from portal.domain.message import Message
from portal.domain.status import PipelineStage
from portal.domain.task_id import is_task_id

_KEPT_PATHS = 2048
_SAFE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,199}")


def fasta_stem(filename: str) -> str:
    """Return a file name without the suffix of a FASTA file.

    A slash in it is part of a name that somebody gave: an upload brings the last part of its path only
    (`portal.web.upload.filename`).
    """
    return re.sub(r"\.(fna|fa|fasta)$", "", filename, flags=re.IGNORECASE)


def strain_name(filename: str) -> str:
    """Return a name for files and tables from an uploaded file name: letters, digits, `._-`, 1-60 characters."""
    return safe_stem(fasta_stem(filename))


def is_strain_of(strain: str, filename: str) -> bool:
    """Tell whether a strain has its name from an uploaded file; earlier versions marked names with accents, too."""
    return strain == strain_name(filename) or strain.endswith(mark_of(fasta_stem(filename)))


def is_safe_name(name: str) -> bool:
    """Tell whether joining a name to a folder stays within that folder."""
    return _SAFE_NAME.fullmatch(name) is not None


@dataclass(frozen=True)
class _Folder:
    """A folder by its path. The classes below inherit all they need: to make a data class takes half a millisecond."""

    path: Path


class StageDir(_Folder):
    """The folder of one stage in one attempt."""

    @cached_property
    def out(self) -> Path:
        return self.path / "out"

    @cached_property
    def work(self) -> Path:
        return self.path / "work"

    @cached_property
    def log(self) -> Path:
        return self.path / "log.txt"

    @cached_property
    def progress(self) -> Path:
        return self.path / "progress.json"

    @cached_property
    def sentinel(self) -> Path:
        return self.path / "sentinel.json"


class JobDir(_Folder):
    """The folder of one job in one attempt: intent, claim and submitit's files."""

    @cached_property
    def intent(self) -> Path:
        return self.path / "intent.json"

    @cached_property
    def adopted(self) -> Path:
        """Names the job that was found by its name after its submission got no answer (poller)."""
        return self.path / "adopted.json"

    @cached_property
    def claim(self) -> Path:
        return self.path / "claim"

    @cached_property
    def exit(self) -> Path:
        return self.path / "exit.json"

    @cached_property
    def stop(self) -> Path:
        """Exists if a genome that shares its job is to end while the others continue (poller)."""
        return self.path / "stop"


class PackDir(JobDir):
    """The folder of a pack's job."""

    @property
    def document(self) -> Path:
        return self.path / "pack.json"


class AttemptDir(_Folder):
    """The folder of one attempt."""

    @cached_property
    def plan(self) -> Path:
        return self.path / "plan.json"

    def stage(self, stage: PipelineStage) -> StageDir:
        return _stage_dir(self.path, stage.value)

    def job(self, first_stage: PipelineStage) -> JobDir:
        return _job_dir(self.path, first_stage.value)


class TaskDir(_Folder):
    """The folder of one task."""

    @cached_property
    def meta(self) -> Path:
        return self.path / "task_meta.json"

    @cached_property
    def request(self) -> Path:
        return self.path / "request.json"

    @cached_property
    def genome(self) -> Path:
        return self.path / "input" / "genome.fna"

    @cached_property
    def kept(self) -> Path:
        """Exists while an operator has exempted the task from retention."""
        return self.path / "kept"

    @cached_property
    def wishes(self) -> Path:
        return self.path / "wishes"

    def wish(self, kind: str) -> Path:
        return self.path.joinpath("wishes", f"{kind}.json")

    def attempt(self, number: int) -> AttemptDir:
        return _attempt_dir(self.path, number)


# A path costs more than looking at what it names: the poller asks for those of each live task several times a cycle.
@lru_cache(maxsize=_KEPT_PATHS)
def _task_dir(jobs: Path, task_id: str) -> TaskDir:
    return TaskDir(jobs / task_id)


@lru_cache(maxsize=_KEPT_PATHS)
def _attempt_dir(task: Path, number: int) -> AttemptDir:
    return AttemptDir(task.joinpath("attempts", str(number)))


@lru_cache(maxsize=_KEPT_PATHS)
def _stage_dir(attempt: Path, stage: str) -> StageDir:
    return StageDir(attempt / stage)


@lru_cache(maxsize=_KEPT_PATHS)
def _job_dir(attempt: Path, first_stage: str) -> JobDir:
    return JobDir(attempt.joinpath("jobs", first_stage))


@dataclass(frozen=True)
class PortalDir:
    """JOBS_DIR: the tasks, and `.portal` for everything that belongs to no task."""

    jobs: Path

    @property
    def own(self) -> Path:
        return self.jobs / ".portal"

    @property
    def secret(self) -> Path:
        return self.own / "secret"

    @property
    def site(self) -> Path:
        """The identity of this folder; see `portal.files.site`."""
        return self.own / "site.json"

    @property
    def incoming(self) -> Path:
        """Unfinished uploads; on the same file system, so that a rename moves a task to its place."""
        return self.own / "incoming"

    @property
    def inbox(self) -> Path:
        """One empty file per task that has news for the poller; the poller removes it."""
        return self.own / "inbox"

    @property
    def packs(self) -> Path:
        """One folder per pack, a job for several small genomes (poller; claim and output of the job)."""
        return self.own / "packs"

    def pack(self, pack_id: str) -> PackDir:
        """Return the folder of a pack; raise NotFound if the text is not an id."""
        if not is_task_id(pack_id):
            raise NotFound(Message("pack.id", pack_id=pack_id))
        return PackDir(self.packs / pack_id)

    @property
    def trash(self) -> Path:
        """Deleted tasks until their final removal."""
        return self.own / "trash"

    @property
    def quarantine(self) -> Path:
        return self.own / "quarantine"

    @property
    def comparisons(self) -> Path:
        """One folder per comparison of tasks, made again if it is gone (web; the poller removes old ones)."""
        return self.own / "compare"

    @property
    def references(self) -> Path:
        return self.own / "references"

    @property
    def lock(self) -> Path:
        return self.own / "poller.lock"

    @property
    def lease(self) -> Path:
        return self.own / "lease.json"

    @property
    def metrics(self) -> Path:
        return self.own / "poller.prom"

    @property
    def heartbeat(self) -> Path:
        """What the poller last saw: scheduler, slots, queue. Read by the web, never waited for."""
        return self.own / "poller.json"

    @property
    def task_index(self) -> Path:
        """The tasks in order of acceptance, and each change of their state."""
        return self.own / "task_index.tsv"

    @property
    def clock(self) -> Path:
        """The latest trusted time; see `portal.files.clock_mark`."""
        return self.own / "clock.json"

    @property
    def control(self) -> Path:
        """Operator's switches: drain, notice."""
        return self.own / "control.json"

    @property
    def backed_up(self) -> Path:
        """An empty file; its time of change is when the last backup was finished."""
        return self.own / "backup.last"

    @property
    def maintenance(self) -> Path:
        """Exists while the portal is closed for maintenance; see `portal.files.maintenance`."""
        return self.own / "maintenance.json"

    @property
    def samples(self) -> Path:
        """Which submissions are the portal's samples; see `portal.files.samples`."""
        return self.own / "samples.json"

    @property
    def withdrawn(self) -> Path:
        """Deleted submissions that can be brought back for some minutes; see `portal.files.withdrawn`."""
        return self.own / "withdrawn"

    @property
    def notices(self) -> Path:
        """One file per announcement; see `portal.files.notices`."""
        return self.own / "notices"

    def notice(self, name: str) -> Path:
        return self.notices / f"{name}.json"

    @property
    def audit(self) -> Path:
        return self.own / "audit.log"

    @property
    def sessions(self) -> Path:
        """One empty file per browser session of an operator."""
        return self.own / "sessions"

    @property
    def people(self) -> Path:
        """The people who have signed in; see `portal.files.people`."""
        return self.own / "people"

    @property
    def keys(self) -> Path:
        """API keys; see `portal.files.api_keys`."""
        return self.own / "keys"

    @property
    def sign_ins(self) -> Path:
        """One empty file per browser in which a person has signed in."""
        return self.own / "sign-ins"

    @property
    def consistency_wish(self) -> Path:
        """Exists while a comparison of records and cluster is requested (web)."""
        return self.own / "consistency.wish"

    @property
    def consistency(self) -> Path:
        """The last comparison of records and cluster (poller)."""
        return self.own / "consistency.json"

    @property
    def usage(self) -> Path:
        """Usage figures, one file per day."""
        return self.own / "usage"

    def prepare(self) -> None:
        """Create the folders that the portal itself needs."""
        for folder in (self.incoming, self.inbox, self.trash, self.quarantine, self.usage):
            folder.mkdir(parents=True, exist_ok=True)

    def task(self, task_id: str) -> TaskDir:
        """Return the folder of a task.

        Raises:
            NotFound: the text is not a task id, so that no other text ever becomes a path.
        """
        if not is_task_id(task_id):
            raise NotFound(Message("task.unknown"))
        return _task_dir(self.jobs, task_id)

    def task_ids(self) -> list[str]:
        """Return the ids of all tasks on disk, sorted; lists one folder and opens no file."""
        try:
            return sorted(entry.name for entry in self.jobs.iterdir() if is_task_id(entry.name))
        except FileNotFoundError:
            return []
