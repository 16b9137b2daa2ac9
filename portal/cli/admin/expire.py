"""The operator's decisions about time: whether the clock is right, and whether many tasks may be removed at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from portal.cli.admin.group import admin, json_option, print_json, seconds_of, service
from portal.cli.refusal import said

if TYPE_CHECKING:
    from portal.files.taskdir import PortalDir


@admin.command("accept-time")
@json_option
def accept_time(as_json: bool) -> None:
    """Accept the current time. While the clock is in doubt, nothing is removed by age."""
    from portal.domain.errors import CorruptRecord
    from portal.files.clock_mark import ClockMark

    admin_service, now = service(), datetime.now(UTC)
    try:
        before = ClockMark.read(admin_service.portal)
        doubt = before.doubt(now)
    except (FileNotFoundError, CorruptRecord):
        before, doubt = None, None
    if before is None or doubt is not None:
        admin_service.note("accept time", before=before.latest.isoformat() if before else "", now=now.isoformat())
        ClockMark.at(now).write(admin_service.portal)
    told = now.isoformat(timespec="seconds")
    if as_json:
        print_json({"accepted": before is None or doubt is not None, "now": told})
    elif before is not None and doubt is None:
        click.echo(f"nothing to do: {told} is believed already")
    else:
        click.echo(f"accepted: it is {told}; what waited for it goes on within a minute")


def _require_clock(portal: PortalDir, now: datetime) -> None:
    """Refuse to decide about ages while the clock is in doubt; the wrong date would outlive the doubt."""
    from portal.domain.errors import CorruptRecord
    from portal.files.clock_mark import ClockMark

    try:
        doubt = ClockMark.read(portal).doubt(now)
    except (FileNotFoundError, CorruptRecord):
        return
    if doubt is not None:
        raise click.ClickException(said(doubt))


@admin.command()
@click.option("--older-than", "span", default="", help="Also what ended longer ago than this, such as 90d or 12h.")
@click.option("--dry-run", is_flag=True, help="Only show what has expired.")
@json_option
def expire(span: str, dry_run: bool, as_json: bool) -> None:
    """Remove everything that has expired, however much it is; it stays in the trash for TRASH_HOURS.

    Tasks that are kept (`btportal admin keep`) stay.
    """
    from portal.config import read_settings
    from portal.domain.retention import expires_at

    admin_service, settings, now = service(), read_settings(), datetime.now(UTC)
    if not dry_run:
        _require_clock(admin_service.portal, now)
    control = admin_service.switches()
    cutoff = now - timedelta(seconds=seconds_of(span)) if span else control.expire_ended_before
    free = [task for task in admin_service.tasks().tasks if not admin_service.is_kept(task.task_id)]
    dated = [(task, expires_at(task, settings.retention, ended_before=cutoff)) for task in free]
    expired = sorted((when, task.task_id, task.filename) for task, when in dated if when is not None and when < now)
    if not dry_run and expired:
        older = {"older_than": span} if span else {}
        admin_service.note("expire", tasks=str(len(expired)), until=now.isoformat(), **older)
        replace(control, expire_until=now, expire_ended_before=cutoff).write(admin_service.portal)
    if as_json:
        rows = [{"task_id": task_id, "expired": when, "filename": name} for when, task_id, name in expired]
        print_json({"dry_run": dry_run, "tasks": rows})
        return
    for when, task_id, name in expired:
        click.echo(f"{task_id}  {when:%Y-%m-%d %H:%M}  {name}")
    click.echo(f"{len(expired)} of {len(dated)} tasks have expired{'' if dry_run or not expired else '; they go now'}")
