"""Notifications that wait or could not be sent, and the secrets that webhooks are signed with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from portal.cli.admin.group import admin, json_option, print_json, service
from portal.domain.errors import InvalidRequest, NotFound
from portal.domain.message import Message

if TYPE_CHECKING:
    from portal.files.outbox import Notification, Outbox


@admin.command()
@click.option("--retry", "name", default="", metavar="ID", help="Try this one again, five times more.")
@click.option("--retry-failed", is_flag=True, help="Try all again that have failed.")
@json_option
def notifications(name: str, retry_failed: bool, as_json: bool) -> None:
    """List notifications that wait or have failed, with the reason; try them again."""
    from portal.files.outbox import Outbox

    admin_service = service()
    outbox = Outbox(admin_service.portal)
    if name and outbox.read(name) is None:
        raise NotFound(Message("notify.unknown", name=name))
    chosen = [each for each, held in outbox.all().items() if each == name or (retry_failed and held.has_failed)]
    if chosen:
        admin_service.note("retry notifications", notifications=" ".join(chosen)[:1000])
        for each in chosen:
            _set_back(outbox, each)
    found = outbox.all()
    if as_json:
        print_json({"retried": chosen, "notifications": [_shown(each, held) for each, held in found.items()]})
        return
    for each, held in found.items():
        state = "failed" if held.has_failed else f"try {held.tries + 1}"
        reason = f"  {held.problem}" if held.problem is not None else ""
        click.echo(f"{each}  {state:<6} {held.channel:<7} {held.kind} {held.subject}: {held.event}{reason}")
    failed = sum(held.has_failed for held in found.values())
    click.echo(f"{len(found)} notifications, {failed} of them failed; {len(chosen)} are tried again")


def _set_back(outbox: Outbox, name: str) -> None:
    with outbox.locked():
        held = outbox.read(name)
        if held is not None:
            outbox.replace(name, replace(held, tries=0))


def _shown(name: str, held: Notification) -> dict[str, Any]:
    return {
        "id": name,
        "event": held.event,
        "kind": held.kind,
        "subject": held.subject,
        "channel": held.channel,
        "made": held.made,
        "tries": held.tries,
        "failed": held.has_failed,
        "problem": str(held.problem) if held.problem is not None else None,
    }


@admin.command("webhook-secret")
@click.argument("host")
@json_option
def webhook_secret(host: str, as_json: bool) -> None:
    """Print the secret with which webhooks to HOST are signed, for whoever runs that receiver.

    HOST may also be the whole address of the webhook, as a sender gives it; then it has to be one that is called.
    """
    from portal.bootstrap import webhook_key
    from portal.config import read_settings

    settings, admin_service = read_settings(), service()
    rules = settings.webhook_rules
    host = rules.read(host).host if "://" in host else host.lower().rstrip(".")
    if host not in {allowed for allowed, _ in (*rules.secure, *rules.plain)}:
        raise InvalidRequest(Message("notify.webhook_host", host=host))
    secret = webhook_key(settings, admin_service.portal, host)
    admin_service.note("show webhook secret", host=host)
    if as_json:
        print_json({"host": host, "secret": secret})
    else:
        click.echo(secret)
