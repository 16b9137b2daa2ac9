"""`btportal notify-check`: tell the operators by mail that the poller does nothing, which it cannot do itself."""

from __future__ import annotations

import click

from portal.cli.admin.group import json_option, print_json
from portal.cli.owner import require_owner
from portal.cli.refusal import said
from portal.config import read_settings
from portal.domain.errors import NotReady
from portal.domain.logs import set_up_logging
from portal.domain.message import Message


@click.command("notify-check")
@json_option
def notify_check(as_json: bool) -> None:
    """Mail OPERATOR_MAIL if the poller is silent, the disk is full or retention has stopped; run it by a timer.

    Each condition is told once while it lasts. Exit code 1 if a mail could not be sent.
    """
    from portal.bootstrap import check_once
    from portal.files.site import why_not_ours
    from portal.files.taskdir import PortalDir

    settings = read_settings()
    require_owner(settings.JOBS_DIR)
    set_up_logging("notify-check", settings.LOG_FORMAT, settings.secrets)
    portal = PortalDir(settings.JOBS_DIR)
    if not portal.own.is_dir():
        raise NotReady(Message("disk.no_portal", path=str(portal.jobs)))
    if not settings.OPERATOR_MAIL:
        raise NotReady(Message("notify.no_operators"))
    reason = why_not_ours(portal)
    if reason is not None:
        raise NotReady(Message("health.stands_still", reason=reason))
    found = check_once(settings)
    held = {event: said(problem) for event, problem in found.conditions.items() if problem is not None}
    if as_json:
        print_json({"conditions": held, "sent": found.sent, "failed": found.failed})
    else:
        for event, problem in held.items():
            click.echo(f"{event}: {problem}")
        click.echo(f"{found.sent} mails sent, {found.failed} could not be sent")
    if found.failed:
        raise SystemExit(1)
