"""Checks of single parts for the health report; each answers within a fraction of a second and never raises."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from portal.domain.errors import PortalError
from portal.domain.message import Message
from portal.domain.os_errors import os_reason
from portal.files.outbox import Outbox
from portal.reference.store import ReferenceStore
from portal.services.answers import PartHealth

# The most that one report opens; the rest count as waiting.
_NOTIFICATIONS = 300


def check_reference(references: ReferenceStore) -> PartHealth:
    """Return the health of the toxin reference in use."""
    try:
        reference = references.current()
    except OSError as error:
        return PartHealth("reference", "down", Message("health.reference_unreadable", reason=os_reason(error)))
    except PortalError as error:
        return PartHealth("reference", "down", Message("health.reference_unreadable", reason=error.message))
    if reference is None:
        return PartHealth("reference", "down", Message("health.reference_none"))
    details = {
        "name": reference.name,
        "version": reference.version,
        "entries": reference.entries,
        "blind_spots": list(reference.blind_spots),
    }
    message = Message("health.reference_ok", name=reference.name, version=reference.version)
    return PartHealth("reference", "ok", message, details=details)


def check_engine(engine: str, program: str | None) -> PartHealth:
    """Return the health of Digger's engine; `program` must be installed here; None: not needed on this machine."""
    if program is not None and not shutil.which(program):
        return PartHealth("engine", "down", Message("health.no_program", program=program))
    message = Message("health.engine_native") if engine == "native" else Message("health.engine_published")
    return PartHealth("engine", "ok", message, details={"engine": engine})


def check_notifications(outbox: Outbox, *, configured: bool) -> PartHealth:
    """Return whether notifications reach whom they are for."""
    if not configured:
        return PartHealth("notifications", "off", Message("health.notifications_off"))
    try:
        outbox.require_lock()
        names = outbox.names()
        failed = sum(held is not None and held.has_failed for held in map(outbox.read, names[:_NOTIFICATIONS]))
    except (OSError, PortalError) as error:
        reason = os_reason(error) if isinstance(error, OSError) else error.message
        return PartHealth("notifications", "degraded", Message("health.notifications_unreadable", reason=reason))
    details = {"waiting": len(names) - failed, "failed": failed}
    if failed:
        message = Message("health.notifications_failed", count=failed)
        return PartHealth("notifications", "degraded", message, details=details)
    return PartHealth("notifications", "ok", Message("health.notifications_ok", count=len(names)), details=details)


def check_redis(ping: Callable[[], bool] | None) -> PartHealth:
    """Return the health of Redis; None: it is not configured."""
    if ping is None:
        return PartHealth("redis", "off", Message("health.redis_off"))
    if ping():
        return PartHealth("redis", "ok", Message("health.redis_ok"), 0.0)
    return PartHealth("redis", "degraded", Message("health.redis_silent"))
