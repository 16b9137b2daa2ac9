"""People who sign in, for operators: whose pseudonym is which, and the API keys."""

from __future__ import annotations

import click

from portal.cli.admin.group import admin, json_option, print_json, service
from portal.cli.refusal import said
from portal.domain.message import Message


@admin.command()
@click.option("--person", default="", help="Only keys of this person.")
@click.option("--revoke", metavar="KEY_ID", default="", help="Revoke this key, at once and for good.")
@json_option
def keys(person: str, revoke: str, as_json: bool) -> None:
    """List the API keys of all people, or revoke one, such as that of somebody who has left."""
    from portal.files.api_keys import ApiKeyFiles

    admin_service = service()
    files = ApiKeyFiles(admin_service.portal)
    if revoke:
        record = files.read(revoke)
        if record is None:
            raise click.ClickException(said(Message("access.no_key")))
        admin_service.note("revoke key", key=revoke)
        files.remove(revoke)
    found = [
        {
            "key_id": key_id,
            "person_id": record.person_id,
            "name": record.name,
            "created_at": record.created_at,
            "last_used": files.last_used(key_id),
        }
        for key_id, record in files.all()
        if not person or record.person_id == person
    ]
    if as_json:
        print_json({"keys": found})
        return
    for row in found:
        used = row["last_used"] or "never used"
        click.echo(f"{row['key_id']}  {row['created_at']:%Y-%m-%d}  {used!s:<10}  {row['person_id']}  {row['name']}")


@admin.command()
@click.argument("pseudonyms", nargs=-1)
@json_option
def people(pseudonyms: tuple[str, ...], as_json: bool) -> None:
    """Say whose pseudonyms these are, as in the comments of jobs; without one, list all people who used the portal.

    Exit code 1 if one is nobody's who signed in.
    """
    from portal.files.people import PeopleRegister

    register = PeopleRegister(service().portal)
    found = {name: register.person_id(name) for name in pseudonyms} or dict(register.all())
    if as_json:
        print_json({"people": [{"pseudonym": name, "person_id": who} for name, who in found.items()]})
    else:
        for name, who in found.items():
            click.echo(f"{name:<16}  {who or '-'}")
    if None in found.values():
        raise SystemExit(1)
