"""The job folder, and what is kept in it or derived from it."""

from __future__ import annotations

import contextlib
from functools import partial

from portal.config import Settings
from portal.domain.errors import CorruptRecord, NotReady
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.files.site import Installation
from portal.files.taskdir import PortalDir
from portal.services.secret_mark import check_secret
from portal.services.secrets import Keyring, load_secret
from portal.services.tokens_in_use import TokensInUse
from portal.storage.redis import RedisTaskCache


def portal_dir_of(settings: Settings) -> PortalDir:
    """Return the job folder, creating it if necessary.

    Raises:
        NotReady: it cannot be created or used.
        NewerFormat: a newer version of the portal has written there.
    """
    portal_dir = PortalDir(settings.JOBS_DIR)
    try:
        portal_dir.prepare()
        # Created here, at the first start; the poller checks whether its location still fits.
        with contextlib.suppress(CorruptRecord):
            Installation.read(portal_dir)
    except OSError as error:
        raise NotReady(Message("disk.jobs_dir", path=str(settings.JOBS_DIR), reason=os_reason(error))) from error
    return portal_dir


def keyring_of(settings: Settings, portal_dir: PortalDir) -> Keyring:
    """Return what derives from the secret.

    Raises:
        NotReady: the secret is missing, damaged, or not the one that the folder's tokens were made with.
    """
    in_use = partial(TokensInUse.of, portal_dir)
    keyring = Keyring(load_secret(portal_dir.secret, settings.PORTAL_SECRET, in_use=in_use))
    check_secret(portal_dir, keyring)
    return keyring


def cache_of(settings: Settings, portal_dir: PortalDir) -> RedisTaskCache | None:
    if not settings.REDIS_URL:
        return None
    key = keyring_of(settings, portal_dir).cache_key()
    return RedisTaskCache(settings.REDIS_URL, key=key, site=lambda: site_id_of(portal_dir))


def site_id_of(portal_dir: PortalDir) -> str:
    return Installation.read(portal_dir).site_id
