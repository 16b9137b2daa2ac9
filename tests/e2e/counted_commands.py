"""Counters before SLURM's commands."""

from __future__ import annotations

from tests.e2e.gated_site import SlurmSite

COUNTED = ("squeue", "sacct", "sbatch")


def counting(site: SlurmSite) -> str:
    """Put a counter before each command and return the PATH that makes it so."""
    path = ""
    for name in COUNTED:
        path = site.wrapper(name, f'echo >> {site.folder}/count-{name}; exec {{{name}}} "$@"')
    return path


def counted(site: SlurmSite, name: str) -> int:
    path = site.folder / f"count-{name}"
    return path.read_text().count("\n") if path.exists() else 0
