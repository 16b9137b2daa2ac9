"""Submit many genomes to a BtToxin Portal, wait, and get data frames.

from bttoxin import Portal

run = Portal("https://bt.institute.example").submit("genomes/*.fna.gz", into="runs/may")
run.wait()
run.scores()
"""

from bttoxin._version import __version__
from bttoxin.annotation_files import read_annotations
from bttoxin.async_portal import AsyncPortal, AsyncRun
from bttoxin.errors import (
    AlreadyWritten,
    BtToxinError,
    Conflict,
    DamagedDownload,
    InvalidRequest,
    JournalError,
    NoGenomes,
    NoRoom,
    NoSamples,
    NotAPortal,
    NotFound,
    PortalUnreachable,
    RefusedFile,
    RefusedFiles,
    RequestRefused,
    TooLarge,
    WaitTimeout,
)
from bttoxin.known import RunSummary, find_runs, read_run
from bttoxin.portal import Portal, Run
from bttoxin.sharing import SharedLink
from bttoxin.task import AsyncTask, Task
from bttoxin.watching import TaskState

__all__ = [
    "AlreadyWritten",
    "AsyncPortal",
    "AsyncRun",
    "AsyncTask",
    "BtToxinError",
    "Conflict",
    "DamagedDownload",
    "InvalidRequest",
    "JournalError",
    "NoGenomes",
    "NoRoom",
    "NoSamples",
    "NotAPortal",
    "NotFound",
    "Portal",
    "PortalUnreachable",
    "RefusedFile",
    "RefusedFiles",
    "RequestRefused",
    "Run",
    "RunSummary",
    "SharedLink",
    "Task",
    "TaskState",
    "TooLarge",
    "WaitTimeout",
    "__version__",
    "find_runs",
    "read_annotations",
    "read_run",
]
