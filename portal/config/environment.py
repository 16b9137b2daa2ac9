"""Read the settings from environment variables, at program start and nowhere else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from portal.config.conflicts import conflicts
from portal.config.settings import Settings
from portal.domain.errors import InvalidRequest, InvalidValue, by_field
from portal.domain.message import Message
from portal.domain.setting import Setting

# Defaults on a laptop for variables that are not set: `btportal up` and `make demo`.
LAPTOP_DEFAULTS: Mapping[str, str] = {
    "JOBS_DIR": "var/jobs",
    "REFERENCE_DIR": "var/references",
    "REDIS_URL": "",
    "MIN_FREE_DISK_GB": "1",
    "POLL_INTERVAL": "1",
    "WEB_PORT": "8000",
}


def spellings(name: str) -> tuple[str, ...]:
    """Return the variables that set a setting, the strongest first.

    SLURM's own srun reads SLURM_PARTITION and the like; PORTAL_SLURM_PARTITION avoids that conflict.
    """
    return (f"PORTAL_{name}", name) if name.startswith("SLURM_") else (name,)


def read_settings(environ: Mapping[str, str] | None = None, defaults: Mapping[str, str] | None = None) -> Settings:
    """Return the settings from environment variables; `defaults` replace variables that are not set.

    Raises:
        InvalidRequest: naming every variable with a wrong value at once.
    """
    values = {**(defaults or {}), **(os.environ if environ is None else environ)}
    chosen: dict[str, Any] = {}
    errors: dict[str, list[Message]] = {}
    for item in fields(Settings):
        name = next((name for name in spellings(item.name) if name in values), None)
        if name is None:
            continue
        try:
            chosen[item.name] = Setting.of(item).read(values[name].strip())
        except InvalidValue as error:
            errors[name] = [error.message]
    settings = Settings(**chosen)
    errors = errors or conflicts(settings)
    if errors:
        raise InvalidRequest(Message("request.settings", problems=by_field(errors)), errors=errors)
    return settings
