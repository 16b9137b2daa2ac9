"""The operator's views: tasks, one task, stuck tasks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from portal.cli.admin.group import DAYS, admin, days_ago, json_option, print_json, service
from portal.cli.refusal import described, said
from portal.files.heartbeat import gate_facts

if TYPE_CHECKING:
    from portal.domain.task import JobRecord, TaskMeta
    from portal.services.admin import AdminService

_STATUSES = ("pending", "queued", "running", "completed", "failed")
_ROW = "{:<12}  {:<9}  {:<7}  {:>4}  {:<16}  {:<16}  {}"


@admin.command("list")
@click.option("--status", type=click.Choice(_STATUSES), help="Only tasks of this status.")
@click.option("--days", type=DAYS, help="Only tasks submitted within this many days.")
@click.option("--submitter", default="", help="Only tasks of this submitter (a pseudonym, or its beginning).")
@click.option("--limit", default=50, show_default=True, help="Show at most this many, the newest.")
@json_option
def list_tasks(status: str | None, days: float | None, submitter: str, limit: int, as_json: bool) -> None:
    """List tasks, newest first, one line each with the jobs last; below them, what keeps the portal from submitting."""
    from portal.domain.status import TaskStatus

    admin_service = service()
    listing = admin_service.newest(
        limit,
        status=TaskStatus(status) if status else None,
        since=None if days is None else days_ago(days),
        submitter=submitter,
    )
    shown = [(task, _why(admin_service, task)) for task in listing.tasks]
    if as_json:
        print_json(
            {
                "tasks": [_task_json(task, why) for task, why in shown],
                "more": listing.more,
                "damaged": listing.damaged,
                "gate": gate_facts(admin_service.gate()),
                "alarms": [*map(described, admin_service.alarms())],
            }
        )
        return
    click.echo(_ROW.format("TASK", "STATUS", "STAGE", "%", "SUBMITTED", "WHY", "JOBS"))
    for task, why in shown:
        jobs = " ".join(job.job_id or "-" for job in (task.attempt.jobs if task.attempt else ()))
        submitted = f"{task.submission_time:%Y-%m-%d %H:%M}"
        click.echo(
            _ROW.format(task.task_id, task.status, task.current_stage or "", task.progress, submitted, why, jobs)
        )
    if listing.more:
        click.echo(f"... and {listing.more} more")
    for task_id in listing.damaged:
        click.echo(f"{task_id}  record damaged; the poller rebuilds it", err=True)
    _tell_trouble(admin_service)


def _why(admin_service: AdminService, task: TaskMeta) -> str:
    return str(task.failure_kind or task.pending_reason or admin_service.why_not_begun(task) or "")


def _task_json(task: TaskMeta, why: str) -> dict[str, Any]:
    return {
        "task_id": task.task_id,
        "status": task.status,
        "stage": task.current_stage,
        "progress": task.progress,
        "submitted": task.submission_time,
        "submitter": task.submitter,
        "submission": task.submission,
        "filename": task.filename,
        "why": why or None,
        "jobs": [job.job_id for job in (task.attempt.jobs if task.attempt else ())],
    }


def _tell_trouble(admin_service: AdminService) -> None:
    """Print the scheduler's last error and the poller's warnings."""
    if gate := admin_service.gate():
        since = gate.since.isoformat(timespec="seconds")
        click.echo(f"nothing is submitted since {since} ({gate.reason}): {said(gate.complaint)}")
    for alarm in admin_service.alarms():
        click.echo(f"alarm: {said(alarm)}")


# -- one task


@admin.command()
@click.argument("task_id")
@json_option
def show(task_id: str, as_json: bool) -> None:
    """Show all details of one task: record, jobs, location of their output, actions."""
    from portal.files.audit import read_acts

    admin_service = service()
    task = admin_service.task(task_id)
    waits_for = task.pending_reason or admin_service.why_not_begun(task)
    acts = [act for act in read_acts(admin_service.portal) if act.get("task_id") == task_id]
    if as_json:
        from portal.storage.codec import to_json

        value = {key: item for key, item in to_json(task).items() if key != "token_hash"}
        outputs = [job_output for attempt in task.attempts for job_output in _outputs(admin_service, task, attempt)]
        print_json(
            {
                **value,
                "waits_for": waits_for,
                "kept": admin_service.is_kept(task_id),
                "outputs": outputs,
                "acts": acts,
                "gate": gate_facts(admin_service.gate()),
            }
        )
        return
    _show_task(admin_service, task, waits_for=waits_for)
    for act in acts:
        click.echo(f"act         {act['at']}  {act['action']} by {act['by']}")


def _outputs(admin_service: AdminService, task: TaskMeta, attempt: Any) -> list[dict[str, Any]]:
    return [
        {
            "attempt": attempt.number,
            "job": job.name,
            "job_id": job.job_id,
            **admin_service.job_output(task, attempt, job),
        }
        for job in attempt.jobs
    ]


def _show_task(admin_service: AdminService, task: TaskMeta, *, waits_for: str | None) -> None:
    facts = {
        "task": task.task_id,
        "status": task.status.value + (f" ({task.failure_kind})" if task.failure_kind else ""),
        "stage": task.current_stage,
        "progress": f"{task.progress} %",
        "file": f"{task.filename!r}, {task.file_size} bytes",
        "submitted": task.submission_time,
        "submitter": task.submitter,
        "started": task.start_time,
        "ended": task.completion_time,
        "expires": task.expires_at,
        "last sync": task.last_synced,
        "waits for": waits_for,
        "message": task.error_message,
        "cancelled": task.cancelled_by and f"by {task.cancelled_by}",
    }
    for name, value in facts.items():
        if value is not None:
            text = value.isoformat(timespec="seconds") if isinstance(value, datetime) else str(value)
            click.echo(f"{name:<12}{text}")
    for attempt in task.attempts:
        reused = ", ".join(f"{stage} of attempt {number}" for stage, number in attempt.reuse.items())
        click.echo(f"attempt {attempt.number}   {attempt.reason}{f', builds on {reused}' if reused else ''}")
        for job in attempt.jobs:
            click.echo(f"  {job.name}  {_job_line(job, waits_for)}")
            output = admin_service.job_output(task, attempt, job)
            if output["path"]:
                click.echo(f"    output  {output['path']}")
            if job.state == "FAILED":
                for line in output["tail"].splitlines()[-5:]:
                    click.echo(f"    | {line}")


def _job_line(job: JobRecord, waits_for: str | None) -> str:
    if job.job_id is None:
        return f"not submitted: {waits_for or 'it is about to be'}"
    over = job.state not in ("PENDING", "RUNNING", "SUSPENDED")
    parts = [f"job {job.job_id}{' (shared with others)' if job.pack else ''}", job.state or ""]
    if job.reason:
        parts.append(f"reason {job.reason}")
    if job.exit_code is not None:
        parts.append(f"exit {job.exit_code}")
    if job.node:
        parts.append(f"on {job.node}")
    if job.elapsed_s is not None:
        parts.append(f"{job.elapsed_s} s on {job.cpus or '?'} cores")
    if job.state == "TIMEOUT" and job.time_limit_s:
        parts.append(f"limit {job.time_limit_s} s")
    if job.max_rss_bytes is not None:
        given = f" of {job.memory_gb:g} GB" if job.memory_gb else ""
        parts.append(f"peak {job.max_rss_bytes / 1024**2:.0f} MB{given if over else ''}")
    if job.cancelled_by:
        parts.append(f"cancelled by {job.cancelled_by}")
    return "  ".join(part for part in parts if part)


# -- what is stuck


@admin.command()
@click.option("--minutes", default=10.0, show_default=True, help="Also tasks that have waited this long.")
@json_option
def stuck(minutes: float, as_json: bool) -> None:
    """Show what is stuck, why, and how to fix it: alarms, then the waiting tasks, oldest first."""
    from portal.services.stuck import stuck_tasks

    admin_service = service()
    found = stuck_tasks(
        admin_service.tasks().tasks,
        now=datetime.now(UTC),
        patience=timedelta(minutes=minutes),
        why=admin_service.why_not_begun,
    )
    if as_json:
        rows = [
            {
                **{name: value for name, value in vars(each).items() if name != "waits"},
                "waits_s": round(each.waits.total_seconds()),
                "words": said(each.words),
                "mend": said(each.mend) if each.mend else "",
            }
            for each in found
        ]
        print_json(
            {
                "stuck": rows,
                "gate": gate_facts(admin_service.gate()),
                "alarms": [*map(described, admin_service.alarms())],
            }
        )
        return
    _tell_trouble(admin_service)
    for each in found:
        waits = f"{each.waits.total_seconds() / 60:.0f} min"
        why = f"{each.reason}: {said(each.words)}"
        click.echo(f"{each.task_id}  {each.status:<8}  {waits:>8}  {each.job or '-':<8}  {why}")
        if each.mend:
            click.echo(f"{'':<12}  {said(each.mend)}")
    click.echo(f"{len(found)} tasks are stuck or have waited for {minutes:g} min")
