"""`btportal admin ...`: what operators and cluster admins look at and do; on the portal's host, by its files."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from portal.domain.task import JobRecord, TaskMeta
    from portal.services.admin import AdminService

_STATUSES = ("pending", "queued", "running", "completed", "failed")
_ROW = "{:<12}  {:<9}  {:<7}  {:>4}  {:<16}  {:<16}  {}"


def _service() -> AdminService:
    from portal.bootstrap import build_admin
    from portal.config import read_settings

    return build_admin(read_settings(), by=getpass.getuser())


def _days_ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


@click.group()
def admin() -> None:
    """Look at tasks and the cluster as an operator, and steer them."""


@admin.command("list")
@click.option("--status", type=click.Choice(_STATUSES), help="Only tasks of this status.")
@click.option("--days", type=float, help="Only tasks submitted within this many days.")
@click.option("--limit", default=50, show_default=True, help="Show at most this many, the newest.")
def list_tasks(status: str | None, days: float | None, limit: int) -> None:
    """Show tasks, the newest first: one line each, jobs last."""
    from portal.domain.status import TaskStatus

    service = _service()
    listing = service.tasks(
        status=TaskStatus(status) if status else None, since=None if days is None else _days_ago(days)
    )
    click.echo(_ROW.format("TASK", "STATUS", "STAGE", "%", "SUBMITTED", "WHY", "JOBS"))
    for task in listing.tasks[:limit]:
        why = task.failure_kind or task.pending_reason or service.why_not_begun(task) or ""
        jobs = " ".join(job.job_id or "-" for job in (task.attempt.jobs if task.attempt else ()))
        submitted = f"{task.submission_time:%Y-%m-%d %H:%M}"
        click.echo(
            _ROW.format(task.task_id, task.status, task.current_stage or "", task.progress, submitted, why, jobs)
        )
    if len(listing.tasks) > limit:
        click.echo(f"... and {len(listing.tasks) - limit} more")
    for task_id in listing.damaged:
        click.echo(f"{task_id}  record damaged; the poller rebuilds it", err=True)


@admin.command()
@click.argument("task_id")
def show(task_id: str) -> None:
    """Show everything that is known of one task."""
    from portal.files.audit import read_acts

    service = _service()
    task = service.task(task_id)
    _show_task(task, waits_for=task.pending_reason or service.why_not_begun(task))
    for act in read_acts(service.portal):
        if act.get("task_id") == task_id:
            click.echo(f"act         {act['at']}  {act['action']} by {act['by']}")


def _show_task(task: TaskMeta, *, waits_for: str | None) -> None:
    facts = {
        "task": task.task_id,
        "status": task.status.value + (f" ({task.failure_kind})" if task.failure_kind else ""),
        "stage": task.current_stage,
        "progress": f"{task.progress} %",
        "file": f"{task.filename!r}, {task.file_size} bytes",
        "submitted": task.submission_time,
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
            click.echo(f"  {job.name}  {_job_line(job)}")


def _job_line(job: JobRecord) -> str:
    parts = [f"job {job.job_id}" if job.job_id else "not submitted", job.state or ""]
    if job.reason:
        parts.append(f"reason {job.reason}")
    if job.exit_code is not None:
        parts.append(f"exit {job.exit_code}")
    if job.node:
        parts.append(f"on {job.node}")
    if job.elapsed_s is not None:
        parts.append(f"{job.elapsed_s} s on {job.cpus or '?'} cores")
    if job.max_rss_bytes is not None:
        parts.append(f"peak {job.max_rss_bytes / 1024**2:.0f} MB")
    if job.cancelled_by:
        parts.append(f"cancelled by {job.cancelled_by}")
    return "  ".join(part for part in parts if part)


@admin.command()
@click.argument("task_ids", nargs=-1, required=True)
def cancel(task_ids: tuple[str, ...]) -> None:
    """End tasks; the poller sees to it within seconds."""
    service = _service()
    for task_id in task_ids:
        service.cancel(task_id)
        click.echo(f"{task_id}  will be cancelled")


@admin.command()
@click.argument("task_ids", nargs=-1, required=True)
def retry(task_ids: tuple[str, ...]) -> None:
    """Run ended tasks again as they were; what ended well is built on."""
    service = _service()
    for task_id in task_ids:
        service.retry(task_id)
        click.echo(f"{task_id}  will run again")


@admin.command()
@click.option("--notice", default="", help="Why, for whoever looks.")
def drain(notice: str) -> None:
    """Start nothing new; what runs goes on, what arrives waits."""
    _service().drain(notice)
    click.echo("draining; `btportal admin resume` ends it")


@admin.command()
def resume() -> None:
    """Start waiting tasks again."""
    _service().resume()
    click.echo("resumed")


@admin.command()
@click.option("--days", default=7.0, show_default=True, help="Look at jobs of this many days.")
def reconcile(days: float) -> None:
    """Compare the records with squeue and sacct; exit code 1 when they disagree, 2 when SLURM does not answer."""
    from portal.bootstrap import build_consistency_check
    from portal.config import read_settings
    from slurm.errors import SchedulerUnavailable

    _service()  # refuses a folder that is none of a portal
    try:
        findings = build_consistency_check(read_settings()).findings(since=_days_ago(days))
    except SchedulerUnavailable as error:
        click.echo(f"no comparison: {error}", err=True)
        raise SystemExit(2) from error
    for finding in findings:
        click.echo(f"{finding.kind:<10}  {finding.name:<34}  {finding.job_id:>8}  {finding.detail}")
    count = sum(finding.is_disagreement for finding in findings)
    click.echo(f"{count} disagreements, {len(findings) - count} remarks")
    if count:
        raise SystemExit(1)


@admin.command()
@click.option("--days", default=30.0, show_default=True, help="Show this many days.")
def usage(days: float) -> None:
    """Show what the portal's jobs used, by day: allocated core hours, CPU hours, peak memory, mean wait."""
    rows = _service().usage(since=_days_ago(days).date())
    heads = ("ATTEMPTS", "COMPLETED", "CORE-HOURS", "CPU-HOURS", "PEAK-MB", "WAIT-S")
    click.echo("{:<10}  {:>8}  {:>9}  {:>10}  {:>9}  {:>7}  {:>6}".format("DAY", *heads))
    for day in rows:
        peak = f"{day.max_rss_bytes / 1024**2:.0f}" if day.max_rss_bytes else "-"
        wait = f"{day.mean_wait_s:.0f}" if day.mean_wait_s is not None else "-"
        click.echo(
            f"{day.day:<10}  {day.attempts:>8}  {day.completed:>9}  {day.core_hours:>10.2f}  "
            f"{day.used_cpu_hours:>9.2f}  {peak:>7}  {wait:>6}"
        )
