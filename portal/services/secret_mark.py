"""Recognise the secret that a folder's tokens were made with, so that another one does not silently close them all.

`.portal/site.json` has a mark that only the holder of the secret can compute, and that tells nothing about it.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace

from portal.domain.errors import CorruptRecord, NotReady, StorageFull
from portal.domain.message import Message
from portal.files.document import write_document
from portal.files.safe_open import is_there
from portal.files.site import Installation, why_not_ours
from portal.files.taskdir import PortalDir
from portal.services.secrets import Keyring
from portal.services.tokens_in_use import TokensInUse


def check_secret(portal: PortalDir, keyring: Keyring) -> None:
    """Record the secret of this folder, or compare with the recorded one.

    Raises:
        NotReady: the secret is another one, and tokens of the recorded one are in use.
    """
    try:
        site = Installation.read(portal)
    except CorruptRecord:
        return  # the poller and the health page report it
    mark = keyring.mark()
    if site.secret_mark == mark or why_not_ours(portal) is not None:
        return
    if (difference := _difference(site, mark, portal)) is not None:
        raise NotReady(difference)
    # On a full disk, or one that may only be read, the next start records it.
    with contextlib.suppress(OSError, StorageFull):
        write_document(portal.site, replace(site, secret_mark=mark))


def secret_difference(portal: PortalDir, keyring: Keyring) -> Message | None:
    """Return why `check_secret` would refuse a secret; nothing is recorded."""
    if not is_there(portal.site):
        return None
    try:
        site = Installation.read(portal)
    except CorruptRecord:
        return None
    return None if why_not_ours(portal) is not None else _difference(site, keyring.mark(), portal)


def _difference(site: Installation, mark: str, portal: PortalDir) -> Message | None:
    if site.secret_mark not in ("", mark) and (used := TokensInUse.of(portal)) != TokensInUse():
        return Message("secret.different", tasks=used.tasks, submissions=used.submissions)
    return None


def is_refused(portal: PortalDir, keyring: Keyring) -> bool:
    """Return whether `check_secret` refuses a secret."""
    try:
        check_secret(portal, keyring)
    except NotReady:
        return True
    return False


def accept_secret(portal: PortalDir, keyring: Keyring) -> None:
    """Record this secret in place of the former one; a damaged identity is left to `adopt-folder`."""
    with contextlib.suppress(CorruptRecord):
        write_document(portal.site, replace(Installation.read(portal), secret_mark=keyring.mark()))


def forget_secret(portal: PortalDir) -> None:
    """Let the next start record its secret, whichever it is; a damaged identity is left to `adopt-folder`."""
    with contextlib.suppress(CorruptRecord):
        site = Installation.read(portal)
        if site.secret_mark:
            write_document(portal.site, replace(site, secret_mark=""))
