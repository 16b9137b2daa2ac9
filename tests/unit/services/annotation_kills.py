"""Kill the writing of a table before each change of a file: `python -m tests.unit.services.annotation_kills FOLDER`.

A program of its own, because it forks, which a process with threads must not.
"""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

from portal.domain.status import Lang
from portal.domain.submission import Submission
from portal.files.taskdir import PortalDir
from portal.services.annotations import AnnotationService, StrainChange
from tests.deaths import dies_at

SUBMISSION = Submission("abcdefghijkl", "n", "May", Lang.EN, {}, (), "me", "f" * 64, datetime(2026, 5, 1, tzinfo=UTC))
TASKS = ("aaaaaaaaaaaa", "bbbbbbbbbbbb", "cccccccccccc")


def service(jobs: Path) -> AnnotationService:
    """Return the use cases over a folder, as a process has them that has just started."""
    return AnnotationService(PortalDir(jobs), lambda _task: SUBMISSION, lambda _submission: TASKS)


def new_folder(jobs: Path) -> None:
    """Make three strains of one submission, the first of which has a name."""
    portal = PortalDir(jobs)
    for folder in (portal.own / "submissions" / SUBMISSION.submission_id, *(portal.task(name).path for name in TASKS)):
        folder.mkdir(parents=True)
    service(jobs).change_all(SUBMISSION, [StrainChange(TASKS[0], {"name": "before"})], etag=None, by="me")


def write_table(jobs: Path) -> None:
    """Name all three."""
    changes = [StrainChange(task_id, {"name": f"new {task_id[0]}"}) for task_id in TASKS]
    service(jobs).change_all(SUBMISSION, changes, etag=None, by="me")


def names(jobs: Path) -> list[str]:
    """Return what a process reads that has just started."""
    return [each.values.name for each in service(jobs).of_all(TASKS).values()]


def left_over(jobs: Path) -> list[str]:
    """Return what stands where tables wait."""
    return sorted(path.name for path in (PortalDir(jobs).own / "annotations").iterdir())


def main(folder: Path) -> None:
    """Print the number of each death, what is read afterwards, and what is left over."""
    for number in range(1000):
        jobs = folder / "jobs"
        new_folder(jobs)
        died = dies_at(lambda jobs=jobs: write_table(jobs), number)  # type: ignore[misc]
        # A reader of the same moment, and the next writer, who is killed as well while it finishes the table.
        dies_at(lambda jobs=jobs: names(jobs), 2)  # type: ignore[misc]
        print(number, died, names(jobs), left_over(jobs), sep="\t")
        shutil.rmtree(jobs)
        if not died:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]))
