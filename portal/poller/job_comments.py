"""The comments of jobs: from one line of `squeue` or `sacct`, a cluster's admin sees what a job is and whose.

Everybody on the cluster can read them. So they have ids and pseudonyms, and no words of users: a name that somebody
gave to several tasks is not in them.
"""

from __future__ import annotations

from collections.abc import Sequence

from portal.domain.status import STAGE_ORDER
from portal.domain.task import JobRecord, TaskMeta
from portal.domain.task_id import is_task_id


def job_comment(task: TaskMeta, job: JobRecord, site: str) -> str:
    """Return the comment of a task's job: task, stages, attempt, whose it is, installation, request id."""
    assert task.attempt is not None
    words = [f"task={task.task_id}", f"stage={'+'.join(job.stages)}", f"attempt={task.attempt.number}"]
    words += [*_whose(task), f"site={site}"]
    if task.request_id:
        words.append(f"request={task.request_id}")
    return " ".join(words)


def pack_comment(pack_id: str, tasks: Sequence[TaskMeta], site: str) -> str:
    """Return the comment of a job of several tasks, which are of one submission."""
    words = [f"pack={pack_id}", f"tasks={','.join(task.task_id for task in tasks)}", f"stage={'+'.join(STAGE_ORDER)}"]
    return " ".join([*words, *_whose(tasks[0]), f"site={site}"])


def _whose(task: TaskMeta) -> list[str]:
    submission = [f"submission={task.submission}"] if is_task_id(task.submission) else []
    return submission + ([f"submitter={task.submitter}"] if task.submitter else [])
