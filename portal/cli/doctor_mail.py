"""`btportal doctor`: a check of the mail server."""

from __future__ import annotations

from collections.abc import Iterator

from portal.cli.finding import FAIL, OK, Finding
from portal.config import Settings


def check_mail(settings: Settings) -> Iterator[Finding]:
    """Connect, encrypt and sign in as for a notification; no mail is sent."""
    server, public = settings.smtp_server, settings.public_url
    if server is None or public is None:
        return
    from portal.notifications.delivery import NotDelivered
    from portal.notifications.mail import Mailer

    where = f"{server.host}:{server.port}"
    try:
        Mailer(server, sender=settings.MAIL_FROM, host=public.name).check()
    except NotDelivered as error:
        yield Finding(FAIL, "mail", f"the mail server {where}: {error.reason}", "correct SMTP_URL, or mend the server")
    else:
        yield Finding(OK, "mail", f"the mail server {where} takes mail ({server.security.name})")
