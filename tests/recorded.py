"""A job folder as an earlier version left it: recorded with commit 92d9599, the local executor and a genome of 4 kb.

The genome is one gene of Cry1Ac1 between random letters. Four tasks: completed; cancelled while it ran; failed in the
second stage (the specificity table was not there); waiting (the portal was drained).
"""

from __future__ import annotations

import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

from portal.files.taskdir import PortalDir

ARCHIVE = Path(__file__).parent / "data" / "jobs_dir_of_92d9599.tar.xz"


@dataclass(frozen=True)
class RecordedTask:
    """One of the tasks, and the token that its submitter got."""

    task_id: str
    token: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True)
class RecordedFolder:
    """The folder, unpacked; tasks by how they were left: completed, cancelled, failed, waiting."""

    portal: PortalDir
    tasks: dict[str, RecordedTask]

    @property
    def variables(self) -> dict[str, str]:
        """Settings of a portal over it; it keeps results for longer than any test machine's clock is ahead."""
        return {
            "JOBS_DIR": str(self.portal.jobs),
            "REDIS_URL": "",
            "EXECUTOR": "local",
            "MIN_FREE_DISK_GB": "0",
            "RESULT_RETENTION_DAYS": "36500",
        }


def unpack(folder: Path) -> RecordedFolder:
    """Put the recorded folder below another one."""
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder, filter="data")
    tasks = json.loads((folder / "tasks.json").read_text())
    portal = PortalDir(folder / "jobs")
    # Its poller was on another machine, whose silence a poller here would wait for; it is long gone.
    lease = json.loads(portal.lease.read_text())
    portal.lease.write_text(json.dumps({**lease, "owner": None}))
    return RecordedFolder(portal, {name: RecordedTask(**task) for name, task in tasks.items()})
