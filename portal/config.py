"""Settings: one frozen value, read from the environment at the edge of the program and nowhere else.

Every variable here is described in docs/operate/configuration.md; a test fails when one is not.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from portal.domain.errors import InvalidRequest
from portal.domain.limits import LimitRanges

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}
_CHOICES = {
    "EXECUTOR": ("auto", "slurm", "local"),
    "DIGGER_ENGINE": ("auto", "native", "bttoxin_digger"),
    "LOW_N50": ("native", "fail"),
}
_LEAST: dict[str, float] = {
    "TASK_TIMEOUT": 1, "MAX_ACTIVE_PIPELINES": 1, "TASK_THREADS": 1, "MAX_UPLOAD_MB": 1, "MIN_FREE_DISK_GB": 0,
    "RESULT_RETENTION_DAYS": 1, "POLL_INTERVAL": 0, "WEB_WORKERS": 1, "WEB_PORT": 0, "MAX_WAITING_TASKS": 1,
    "SLURM_MEM_GB": 0, "SLURM_SHOTER_MINUTES": 1, "TRUSTED_PROXIES": 0,
    "RETRY_MAX_HOURS": 0, "RETRY_MAX_MEM_GB": 0,
}  # fmt: skip
# Nobody guesses it at the few tries a quarter of an hour that log-ins get.
_SHORTEST_SECRET = 16


@dataclass(frozen=True)
class Settings:
    """All settings by the name of their variable; sizes in the unit that the name says, times in seconds."""

    REDIS_URL: str = "redis://localhost:6379/0"
    JOBS_DIR: Path = Path("/data/jobs")
    REFERENCE_DIR: Path | None = None
    TASK_TIMEOUT: int = 21600
    RETRY_MAX_HOURS: float = 24.0
    RETRY_MAX_MEM_GB: float = 16.0
    MAX_ACTIVE_PIPELINES: int = 4
    MAX_WAITING_TASKS: int = 2000
    TASK_THREADS: int = 4
    CORS_ORIGINS: str = "*"
    DEBUG: bool = False
    MAX_UPLOAD_MB: int = 50
    MIN_FREE_DISK_GB: float = 20.0
    RESULT_RETENTION_DAYS: int = 30
    EXECUTOR: str = "auto"
    DIGGER_ENGINE: str = "auto"
    BTTOXIN_DIGGER: str = "BtToxin_Digger"
    LOW_N50: str = "native"
    SPECIFICITY_CSV: Path | None = None
    PORTAL_SECRET: str = ""
    ADMIN_SECRET: str = ""
    TRUSTED_PROXIES: int = 0
    POLL_INTERVAL: float = 5.0
    WEB_HOST: str = "127.0.0.1"
    WEB_PORT: int = 8000
    WEB_WORKERS: int = 2
    SLURM_PARTITION: str = ""
    SLURM_ACCOUNT: str = ""
    SLURM_QOS: str = ""
    SLURM_WCKEY: str = ""
    SLURM_MEM_GB: float = 4.0
    SLURM_CONSTRAINT: str = ""
    SLURM_EXTRA: str = ""
    SLURM_SHOTER_MINUTES: int = 30
    JOB_SETUP: str = ""

    @property
    def reference_dir(self) -> Path:
        """Folder of the toxin references, on the file system that the jobs see."""
        return self.REFERENCE_DIR or self.JOBS_DIR / ".portal" / "references"

    @property
    def cors_origins(self) -> list[str]:
        return [origin.strip() for origin in self.CORS_ORIGINS.split(",") if origin.strip()]

    @property
    def job_setup(self) -> list[str]:
        return [line for line in self.JOB_SETUP.splitlines() if line.strip()]

    @property
    def limit_ranges(self) -> LimitRanges:
        """What who runs a task again may ask for."""
        return LimitRanges.of(
            timeout_s=self.TASK_TIMEOUT,
            memory_gb=self.SLURM_MEM_GB or None,
            most_hours=self.RETRY_MAX_HOURS,
            most_gb=self.RETRY_MAX_MEM_GB,
        )

    @property
    def max_upload_bytes(self) -> int:
        return self.MAX_UPLOAD_MB * 1024**2

    @property
    def min_free_bytes(self) -> int:
        return int(self.MIN_FREE_DISK_GB * 1024**3)


# What a laptop wants where the variable is not set: `btportal up` and `make demo`.
LAPTOP_DEFAULTS: Mapping[str, str] = {
    "JOBS_DIR": "var/jobs",
    "REFERENCE_DIR": "var/references",
    "REDIS_URL": "",
    "MIN_FREE_DISK_GB": "1",
    "POLL_INTERVAL": "1",
    "WEB_PORT": "8000",
}


def _convert(name: str, text: str, kind: Any) -> Any:
    text = text.strip()
    if kind == "bool":
        if text.lower() not in _TRUE | _FALSE:
            raise ValueError("must be true or false")
        return text.lower() in _TRUE
    if kind in ("int", "float"):
        number = int(text) if kind == "int" else float(text)
        if not number >= _LEAST[name] or number == float("inf"):
            raise ValueError(f"must be at least {_LEAST[name]:g}")
        return number
    if kind == "Path":
        if not text:
            raise ValueError("must not be empty")
        return Path(text).absolute()
    if kind == "Path | None":
        return Path(text).absolute() if text else None
    if name == "ADMIN_SECRET" and 0 < len(text) < _SHORTEST_SECRET:
        raise ValueError(f"must have at least {_SHORTEST_SECRET} characters")
    if name in _CHOICES and text not in _CHOICES[name]:
        raise ValueError(f"must be one of {', '.join(_CHOICES[name])}")
    return text


def spellings(name: str) -> tuple[str, ...]:
    """Return the variables that set a setting, the strongest first.

    SLURM's own srun reads SLURM_PARTITION and its like; where that is in the way, PORTAL_SLURM_PARTITION says it.
    """
    return (f"PORTAL_{name}", name) if name.startswith("SLURM_") else (name,)


def read_settings(environ: Mapping[str, str] | None = None, defaults: Mapping[str, str] | None = None) -> Settings:
    """Return the settings from environment variables; `defaults` stand in for variables that are not set.

    Raises:
        InvalidRequest: naming every variable with a wrong value at once.
    """
    values = {**(defaults or {}), **(os.environ if environ is None else environ)}
    chosen: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for item in fields(Settings):
        name = next((name for name in spellings(item.name) if name in values), None)
        if name is None:
            continue
        try:
            chosen[item.name] = _convert(item.name, values[name], item.type)
        except ValueError as error:
            errors[name] = [str(error)]
    if errors:
        told = "; ".join(f"{name}: {', '.join(texts)}" for name, texts in errors.items())
        raise InvalidRequest(f"These settings cannot be used: {told}", errors=errors)
    return Settings(**chosen)
