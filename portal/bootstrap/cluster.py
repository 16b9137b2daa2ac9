"""Where jobs run, and what they are told."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import portal
from portal.config import Settings
from portal.ports import Scheduler
from portal.reference.screening import panel_folder
from portal.reference.store import ReferenceStore
from portal.shipped import TEMPLATES, shipped_folder

# Locations of SLURM's configuration: the defaults of common packages, and that of configless nodes.
_SLURM_CONF = ("/etc/slurm/slurm.conf", "/etc/slurm-llnl/slurm.conf", "/run/slurm/conf/slurm.conf")


def templates_dir() -> Path:
    """Return the folder of the templates: pages in `html`, the report in `report`."""
    return shipped_folder(TEMPLATES)


def executor(settings: Settings) -> str:
    """Return `slurm` or `local`; `auto` chooses SLURM if its commands and its configuration are present.

    The commands alone prove nothing: a package may install them on a machine that belongs to no cluster.
    """
    if settings.EXECUTOR != "auto":
        return settings.EXECUTOR
    sbatch = shutil.which("sbatch")
    if sbatch is None:
        return "local"
    places = [Path(place) for place in _SLURM_CONF]
    places += [Path(sbatch).parent.parent / "etc" / "slurm.conf", Path(os.environ.get("SLURM_CONF", "/dev/null"))]
    configured = "SLURM_CONF_SERVER" in os.environ or any(place.is_file() for place in places)
    return "slurm" if configured else "local"


def build_scheduler(settings: Settings) -> Scheduler:
    """Return the scheduler that the settings ask for."""
    if executor(settings) == "local":
        from portal.local.scheduler import LocalScheduler

        return LocalScheduler(settings.JOBS_DIR, settings.job_setup)
    from slurm.options import SlurmOptions, split_extra
    from slurm.scheduler import SlurmScheduler

    return SlurmScheduler(
        SlurmOptions(
            partition=settings.SLURM_PARTITION,
            account=settings.SLURM_ACCOUNT,
            qos=settings.SLURM_QOS,
            wckey=settings.SLURM_WCKEY,
            constraint=settings.SLURM_CONSTRAINT,
            mem_gb=settings.SLURM_MEM_GB or None,
            extra=split_extra(settings.SLURM_EXTRA),
            setup=tuple(settings.job_setup),
        )
    )


def digger_engine(settings: Settings) -> str:
    """Return the engine of Digger; `auto` is the native one, which needs no other program."""
    return "native" if settings.DIGGER_ENGINE == "auto" else settings.DIGGER_ENGINE


def plan_facts(settings: Settings) -> Mapping[str, Any]:
    """Return a plan's facts on engine and data: the reference in use now."""
    facts: dict[str, Any] = {
        "portal": portal.__version__,
        "engine": digger_engine(settings),
        "screening": str(panel_folder(settings.reference_dir)),
    }
    if settings.SPECIFICITY_CSV is not None:
        facts["specificity"] = {"path": str(settings.SPECIFICITY_CSV)}
    if facts["engine"] == "bttoxin_digger":
        facts["bttoxin_digger"] = {"executable": settings.BTTOXIN_DIGGER, "low_n50": settings.LOW_N50}
    reference = ReferenceStore(settings.reference_dir).current()
    if reference is not None:
        facts["reference"] = {
            "name": reference.name,
            "version": reference.version,
            "fasta": str(reference.fasta),
            "sha256": reference.sha256,
            "cache_dir": str(reference.folder / "index"),
            "blind_spots": list(reference.blind_spots),
        }
    return facts
