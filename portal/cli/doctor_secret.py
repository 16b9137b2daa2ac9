"""`btportal doctor`: whether the secret is the one that the tokens of this site were made with."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

from portal.cli.finding import FAIL, OK, Finding
from portal.config import Settings


def check_secret(settings: Settings) -> Iterator[Finding]:
    """Read the secret and compare it with the mark in `.portal/site.json`; nothing is made or recorded."""
    from portal.domain.errors import NotReady
    from portal.domain.message import Message
    from portal.files.taskdir import PortalDir
    from portal.services.secret_mark import secret_difference
    from portal.services.secrets import Keyring, load_secret
    from portal.services.tokens_in_use import TokensInUse

    portal = PortalDir(settings.JOBS_DIR)
    where = "PORTAL_SECRET" if settings.PORTAL_SECRET else str(portal.secret)
    try:
        used = TokensInUse.of(portal)
    except OSError:
        return  # already reported
    if not settings.PORTAL_SECRET and not os.path.lexists(portal.secret):
        if used == TokensInUse():
            yield Finding(OK, "secret", f"none yet; the first start makes {portal.secret}")
            return
        missing = Message("secret.missing", path=where, tasks=used.tasks, submissions=used.submissions)
        yield Finding(FAIL, "secret", str(missing), "restore it from a backup, or btportal admin new-secret")
        return
    try:
        keyring = Keyring(load_secret(portal.secret, settings.PORTAL_SECRET, in_use=partial(TokensInUse.of, portal)))
    except NotReady as error:
        mend = f"chmod 600 {portal.secret}" if error.message.code == "secret.open" else "restore it from a backup"
        yield Finding(FAIL, "secret", str(error.message), mend)
        return
    different = secret_difference(portal, keyring)
    if different is not None:
        mend = f"set {where} to the former one; if it is lost: btportal admin new-secret"
        yield Finding(FAIL, "secret", str(different), mend)
    else:
        yield Finding(OK, "secret", f"from {where}; no other one is recorded for this site")
