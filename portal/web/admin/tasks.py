"""The operator's views of tasks: overview, list, one task. Records are read from the disk, never changed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.domain.errors import NotFound, Unreadable
from portal.domain.message import Message
from portal.domain.status import FailureKind, TaskStatus
from portal.domain.task import TaskMeta
from portal.domain.task_id import is_task_id
from portal.files.audit import last_acts
from portal.files.consistency import ConsistencyReport
from portal.files.task_index import TaskIndexRow
from portal.services.disk import look_at_disk
from portal.services.stuck import words_of
from portal.services.task_list import TaskFilter
from portal.web.admin.words import ACTION, begun_by, failure_word
from portal.web.context import admin_parts, web
from portal.web.pages.task_state import stage_of_interest
from portal.web.texts.wording import wording
from portal.web.texts.words import CANCELLED, PART, PART_STATE, STAGE, STATUS

PAGE_ROWS = 50
_ACTS_SHOWN, _ACTS_READ = 5, 1000
_TAIL_BYTES = 6000
_LONGEST_SEARCH = 100
_TONE = {
    TaskStatus.PENDING: "calm",
    TaskStatus.QUEUED: "calm",
    TaskStatus.RUNNING: "busy",
    TaskStatus.COMPLETED: "good",
    TaskStatus.FAILED: "bad",
}


@dataclass(frozen=True)
class ListedTask:
    """A row of the list: its entry in the task index, its record if readable, and the word and tone of its state."""

    row: TaskIndexRow
    task: TaskMeta | None
    word: str
    tone: str
    why: str
    jobs: tuple[str, ...]


def overview() -> ResponseReturnValue:
    """Show the overall state, and the switches."""
    parts = admin_parts()
    portal = parts.service.portal
    counts = parts.tasks.counts()
    acts = [act for act in last_acts(portal, limit=_ACTS_READ)[0] if act["action"] not in ("log-in", "log-out")]
    return render_template(
        "admin_overview.html",
        queue=web().tasks.queue(),
        health=web().health.report(),
        part_words=PART,
        part_states=PART_STATE,
        counts=[(status.value, str(STATUS[status]), _TONE[status], counts.get(status, 0)) for status in TaskStatus],
        failures=[(kind, failure_word(kind), number) for kind, number in parts.tasks.failures().items()],
        disk=look_at_disk(portal),
        floor=web().settings.min_free_bytes,
        consistency=ConsistencyReport.read(portal),
        acts=acts[:_ACTS_SHOWN],
        actions=ACTION,
    )


def tasks() -> ResponseReturnValue:
    """Show a page of the tasks that match a filter."""
    wanted = TaskFilter(
        status=_one_of(request.args.get("status", ""), TaskStatus),
        failure_kind=_one_of(request.args.get("kind", ""), FailureKind),
        text=request.args.get("text", "").strip()[:_LONGEST_SEARCH],
    )
    page = admin_parts().tasks.page(wanted, number=request.args.get("page", 1, int), size=PAGE_ROWS)
    return render_template(
        "admin_tasks.html",
        page=page,
        wanted=wanted,
        listed=[_listed(row) for row in page.rows],
        statuses=[(status.value, str(STATUS[status])) for status in TaskStatus],
        kinds=[(kind.value, failure_word(kind.value)) for kind in FailureKind],
        stages=STAGE,
    )


def _one_of(text: str, values: type[TaskStatus] | type[FailureKind]) -> str:
    return text if text in list(values) else ""


def _listed(row: TaskIndexRow) -> ListedTask:
    try:
        task = admin_parts().service.task(row.task_id)
    except (NotFound, Unreadable):
        return ListedTask(row, None, "", "warn", "", ())
    word, tone = state_of(task)
    jobs = tuple(job.job_id for job in (task.attempt.jobs if task.attempt else ()) if job.job_id)
    waits_for = task.pending_reason or admin_parts().service.why_not_begun(task)
    why = failure_word(task.failure_kind) if task.failure_kind else waits_for or ""
    return ListedTask(row, task, word, tone, why, jobs)


def state_of(task: TaskMeta) -> tuple[str, str]:
    """Return the word and the tone of a task's state."""
    if task.failure_kind is FailureKind.CANCELLED:
        return str(CANCELLED), "quiet"
    return str(STATUS[task.status]), _TONE[task.status]


def read_task(task_id: str) -> TaskMeta:
    """Return a record; raise NotFound (also for an invalid task id) or Unreadable."""
    if not is_task_id(task_id):
        abort(404)
    return admin_parts().service.task(task_id)


def task(task_id: str) -> ResponseReturnValue:
    """Show all details of a task: record, attempts, jobs, log, actions."""
    service = admin_parts().service
    try:
        record = read_task(task_id)
    except Unreadable:
        return render_template("admin_task.html", task_id=task_id, task=None)
    word, tone = state_of(record)
    stage = stage_of_interest(record)
    waits_for = None if record.status.is_final else record.pending_reason or service.why_not_begun(record)
    return render_template(
        "admin_task.html",
        task_id=task_id,
        task=record,
        word=word,
        tone=tone,
        why=wording(Message(f"failure.{record.failure_kind}")) if record.failure_kind else "",
        view=web().tasks.view(record),
        begun_by=begun_by,
        waits_for=waits_for,
        waits_words=words_of(waits_for) if waits_for else "",
        outputs=[
            output
            for attempt in reversed(record.attempts)
            for job in attempt.jobs
            if (output := service.job_output(record, attempt, job))["path"]
        ],
        log=web().tasks.log(record, stage, limit_bytes=_TAIL_BYTES),
        stages=STAGE,
        acts=[act for act in last_acts(service.portal, limit=_ACTS_READ)[0] if act.get("task_id") == task_id],
        actions=ACTION,
    )
