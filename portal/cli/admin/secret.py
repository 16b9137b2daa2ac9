"""Replace a secret that is lost, or that somebody has seen."""

from __future__ import annotations

import click

from portal.cli.admin.group import admin, json_option, print_json, service
from portal.cli.refusal import said


@admin.command("new-secret")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@json_option
def new_secret(yes: bool, as_json: bool) -> None:
    """Make a new secret in JOBS_DIR, and say what can no longer be opened then.

    With PORTAL_SECRET: accept its new value.
    """
    from portal.config import read_settings
    from portal.domain.errors import Conflict
    from portal.domain.message import Message
    from portal.services.secret_mark import accept_secret, forget_secret, is_refused
    from portal.services.secrets import Keyring, load_secret, replace_secret
    from portal.services.tokens_in_use import TokensInUse

    configured = read_settings().PORTAL_SECRET
    admin_service = service()
    portal = admin_service.portal
    if configured and not is_refused(portal, Keyring(configured.encode())):
        raise Conflict(Message("secret.configured"))
    closed = TokensInUse.of(portal)
    if not as_json:
        click.echo(said(Message("secret.closes", tasks=closed.tasks, submissions=closed.submissions)))
    if not yes:
        click.confirm(said(Message("secret.accept") if configured else Message("secret.ask")), abort=True)
    admin_service.note("new secret", tasks=str(closed.tasks), submissions=str(closed.submissions))
    if not configured:
        # First, so that an interruption leaves a folder that accepts either secret.
        forget_secret(portal)
        replace_secret(portal.secret)
    # Not only forgotten: a process at work with the former secret would record that one again.
    accept_secret(portal, Keyring(load_secret(portal.secret, configured)))
    if as_json:
        print_json({"tasks_closed": closed.tasks, "submissions_closed": closed.submissions})
    elif configured:
        click.echo(said(Message("secret.accepted")))
    else:
        click.echo(said(Message("secret.made", path=str(portal.secret))))
