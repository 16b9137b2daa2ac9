"""Replace a secret that is lost, or that somebody has seen."""

from __future__ import annotations

import click

from portal.cli.admin.group import admin, json_option, print_json, service
from portal.cli.refusal import said


@admin.command("new-secret")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@json_option
def new_secret(yes: bool, as_json: bool) -> None:
    """Make a new secret in JOBS_DIR, and say what can no longer be opened then."""
    from portal.config import read_settings
    from portal.domain.errors import Conflict
    from portal.domain.message import Message
    from portal.services.secrets import replace_secret
    from portal.services.tokens_in_use import TokensInUse

    if read_settings().PORTAL_SECRET:
        raise Conflict(Message("secret.configured"))
    admin_service = service()
    portal = admin_service.portal
    closed = TokensInUse.of(portal)
    if not as_json:
        click.echo(said(Message("secret.closes", tasks=closed.tasks, submissions=closed.submissions)))
    if not yes:
        click.confirm(said(Message("secret.ask")), abort=True)
    admin_service.note("new secret", tasks=str(closed.tasks), submissions=str(closed.submissions))
    replace_secret(portal.secret)
    if as_json:
        print_json({"tasks_closed": closed.tasks, "submissions_closed": closed.submissions})
    else:
        click.echo(said(Message("secret.made", path=str(portal.secret))))
