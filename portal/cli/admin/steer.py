"""The operator's actions: cancel, retry, drain, resume, limit."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

from portal.cli.admin.group import admin, json_option, print_json, seconds_of, service
from portal.cli.refusal import said
from portal.domain.message import Message


@admin.command()
@click.argument("task_ids", nargs=-1, required=True)
@json_option
def cancel(task_ids: tuple[str, ...], as_json: bool) -> None:
    """Cancel tasks; the poller acts within seconds."""
    _wish(task_ids, "cancel", "will be cancelled", as_json)


@admin.command()
@click.argument("task_ids", nargs=-1, required=True)
@json_option
def retry(task_ids: tuple[str, ...], as_json: bool) -> None:
    """Rerun ended tasks unchanged; stages that succeeded are reused."""
    _wish(task_ids, "retry", "will run again", as_json)


def _wish(task_ids: tuple[str, ...], act: str, told: str, as_json: bool) -> None:
    admin_service = service()
    for task_id in task_ids:
        (admin_service.cancel if act == "cancel" else admin_service.retry)(task_id)
        if not as_json:
            click.echo(f"{task_id}  {told}")
    if as_json:
        print_json({"asked": act, "task_ids": task_ids})


@admin.command()
@click.option("--notice", default="", help="Why, for whoever looks.")
@json_option
def drain(notice: str, as_json: bool) -> None:
    """Start no new tasks; running tasks continue, new ones wait."""
    service().drain(notice)
    if as_json:
        print_json({"draining": True, "notice": notice})
    else:
        click.echo("draining; `btportal admin resume` ends it")


@admin.command()
@json_option
def resume(as_json: bool) -> None:
    """Start waiting tasks again."""
    service().resume()
    if as_json:
        print_json({"draining": False})
    else:
        click.echo("resumed")


@admin.command()
@click.argument("number", default="")
@click.option("--for", "span", default="", help="For this long only, such as 90min, 1h or 2d.")
@json_option
def slots(number: str, span: str, as_json: bool) -> None:
    """Limit the tasks on the cluster to NUMBER, at once and without a restart; `usual` restores the setting.

    Running tasks continue. Without NUMBER the limit is only shown.
    """
    from portal.config import read_settings

    admin_service, usual = service(), read_settings().MAX_ACTIVE_PIPELINES
    if number == "usual":
        admin_service.set_slots(None)
    elif number:
        if not re.fullmatch("[0-9]{1,5}", number) or int(number) > 10_000:
            raise click.BadParameter(said(Message("command.slots")))
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds_of(span)) if span else None
        admin_service.set_slots(int(number), until=until)
    elif span:
        raise click.BadParameter(said(Message("command.for_needs_number")))
    control = admin_service.switches()
    now = control.slots_at(datetime.now(UTC), usual)
    ends = control.slots_until if control.slots is not None and now != usual else None
    until_text = ends.isoformat(timespec="seconds") if ends else ""
    if as_json:
        print_json({"slots": now, "usual": usual, "until": until_text or None})
        return
    end = f" until {until_text}, then {usual}" if until_text else ""
    click.echo(f"{now} tasks at once{end or ('' if now == usual else f' (MAX_ACTIVE_PIPELINES is {usual})')}")
