"""The operator's decisions about single tasks: remove them, or exempt them from retention."""

from __future__ import annotations

import click

from portal.cli.admin.group import admin, json_option, print_json, service


@admin.command()
@click.argument("task_ids", nargs=-1, required=True)
@json_option
def delete(task_ids: tuple[str, ...], as_json: bool) -> None:
    """Remove tasks with all their files for good; running jobs are cancelled first."""
    admin_service = service()
    for task_id in task_ids:
        admin_service.task(task_id)  # all of them exist before the first is removed
    for task_id in task_ids:
        admin_service.delete(task_id)
        if not as_json:
            click.echo(f"{task_id}  will be removed")
    if as_json:
        print_json({"asked": "delete", "task_ids": task_ids})


@admin.command()
@click.argument("task_ids", nargs=-1, required=True)
@click.option("--end", is_flag=True, help="Let them expire like all others again.")
@json_option
def keep(task_ids: tuple[str, ...], end: bool, as_json: bool) -> None:
    """Exempt tasks from retention: they stay until someone deletes them."""
    admin_service = service()
    for task_id in task_ids:
        admin_service.task(task_id)
    changed = {task_id: admin_service.keep(task_id, kept=not end) for task_id in task_ids}
    if as_json:
        print_json({"kept": not end, "task_ids": task_ids, "changed": [each for each in task_ids if changed[each]]})
        return
    for task_id in task_ids:
        told = "expires like all others" if end else "is kept until someone deletes it"
        click.echo(f"{task_id}  {told}{'' if changed[task_id] else ' already'}")
