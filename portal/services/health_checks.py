"""Checks of single parts for the health report; each answers within fractions of a second and never raises."""

from __future__ import annotations

import shutil
from collections.abc import Callable

from portal.domain.errors import PortalError
from portal.reference.store import ReferenceStore
from portal.services.answers import PartHealth


def check_reference(references: ReferenceStore) -> PartHealth:
    """Return how the toxin reference in use is."""
    try:
        reference = references.current()
    except (OSError, PortalError) as error:
        return PartHealth("reference", "down", f"The toxin reference cannot be read: {error}.")
    if reference is None:
        return PartHealth("reference", "down", "There is no toxin reference: run `btportal reference fetch`.")
    details = {"name": reference.name, "version": reference.version, "entries": reference.entries}
    return PartHealth("reference", "ok", f"{reference.name} {reference.version} is in use.", details=details)


def check_engine(engine: str, program: str | None) -> PartHealth:
    """Return how Digger's engine is; `program` must be found here, None: none is needed on this machine."""
    if program is not None and not shutil.which(program):
        return PartHealth("engine", "down", f"{program} is not installed here.")
    told = "the portal's own engine" if engine == "native" else "BtToxin_Digger"
    return PartHealth("engine", "ok", f"Digger searches with {told}.", details={"engine": engine})


def check_redis(ping: Callable[[], bool] | None) -> PartHealth:
    """Return how Redis is; None: there is none."""
    if ping is None:
        return PartHealth("redis", "off", "No Redis is configured; records are read from the disk.")
    if ping():
        return PartHealth("redis", "ok", "Redis answers.", 0.0)
    return PartHealth("redis", "degraded", "Redis does not answer; records are read from the disk.")
