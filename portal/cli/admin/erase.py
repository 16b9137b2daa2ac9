"""Erase what the portal keeps of one person or submitter."""

from __future__ import annotations

from dataclasses import asdict

import click

from portal.cli.admin.group import admin, json_option, print_json, service


@admin.command()
@click.argument("who")
@click.option("--yes", is_flag=True, help="Erase it; without this it is only shown.")
@json_option
def erase(who: str, yes: bool, as_json: bool) -> None:
    """Erase all tasks, submissions and API keys of WHO, and their name.

    WHO is the id of a person who has signed in, or a submitter's pseudonym as `btportal admin usage --by submitter`
    shows it. This cannot be undone; backups and the figures of usage are not touched.
    """
    from portal.services.personal_data import PersonalDataService

    personal_data = PersonalDataService(service())
    found = personal_data.find(who)
    if yes:
        personal_data.erase(found)
    if as_json:
        print_json({"erased": yes, **asdict(found)})
        return
    click.echo(f"pseudonym    {found.pseudonym}{f' of {found.person_id}' if found.person_id else ''}")
    click.echo(f"tasks        {len(found.tasks)}, and {len(found.trash)} expired ones in the trash")
    click.echo(f"submissions  {len(found.submissions)}")
    click.echo(f"API keys     {len(found.keys)}")
    if found.unreadable:
        click.echo(f"unreadable   {len(found.unreadable)} tasks, which may be theirs: {' '.join(found.unreadable)}")
    click.echo("erased; tasks and files are gone within a minute" if yes else "nothing was changed; --yes erases it")
