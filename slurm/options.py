"""What a site's cluster needs of every job, as plain values."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from slurm.complaint import Complaint

# Options that the contract with the portal rests on; a site cannot replace them. Some would have sbatch submit nothing,
# or something that the portal cannot find again: `test-only`, `het-group`, `uid`, `cluster-constraint` (a federation).
RESERVED = frozenset(
    {
        "array",
        "chdir",
        "cluster-constraint",
        "comment",
        "cpus-per-task",
        "dependency",
        "error",
        "export",
        "export-file",
        "get-user-env",
        "gid",
        "help",
        "het-group",
        "job-name",
        "kill-on-invalid-dep",
        "no-requeue",
        "nodes",
        "ntasks",
        "ntasks-per-node",
        "open-mode",
        "output",
        "parsable",
        "requeue",
        "signal",
        "test-only",
        "time",
        "uid",
        "usage",
        "version",
        "wait",
        "wrap",
    }
)


class BadOption(ValueError):
    """An option for sbatch that cannot be used."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(complaint)
        self.complaint = complaint


@dataclass(frozen=True)
class SlurmOptions:
    """Settings of submission; empty means the site's default.

    `extra` are further options of sbatch (`--reservation=x`, `--nice=100`, `--exclusive`), `setup` lines of shell that
    run in the job before Python (`module load ...`), `python` the interpreter on the compute nodes.
    """

    partition: str = ""
    account: str = ""
    qos: str = ""
    wckey: str = ""  # submitit's own default, `submitit`, is refused by sites that check (submitit issue 1632)
    constraint: str = ""
    mem_gb: float | None = None
    extra: tuple[str, ...] = ()
    setup: tuple[str, ...] = ()
    prefix: str = "bt-"
    python: str = sys.executable
    sbatch_timeout_s: float = 30.0
    query_timeout_s: float = 20.0

    def __post_init__(self) -> None:
        self.extra_parameters()

    @property
    def cluster(self) -> str:
        """The cluster that `--clusters` names; empty for the one of the configuration. Every command is told it."""
        return str(self.extra_parameters().get("clusters", ""))

    def excluded(self, nodes: Sequence[str]) -> str:
        """Return what `--exclude` says: the site's own nodes and these."""
        own = self.extra_parameters().get("exclude", "")
        return ",".join([*([str(own)] if own else []), *nodes])

    def extra_parameters(self) -> dict[str, str | bool]:
        """Return `extra` by name.

        Raises:
            BadOption: a word is no long option, or one that the portal itself sets.
        """
        parameters: dict[str, str | bool] = {}
        for word in self.extra:
            found = re.fullmatch(r"--([a-z][a-z0-9-]*)(?:=(.*))?", word)
            if found is None:
                raise BadOption(Complaint("option.form", word=word))
            name, value = found.groups()
            if name in ("clusters", "cluster"):
                name, value = "clusters", _one_cluster(value)
            # sbatch takes any beginning of a name that fits one option only.
            elif any(reserved.startswith(name) for reserved in RESERVED):
                raise BadOption(Complaint("option.reserved", name=name))
            parameters[name] = True if value is None else value
        return parameters


def _one_cluster(value: str | None) -> str:
    """Return the name; of several, SLURM would choose one for each job, and job ids would no longer be unique."""
    if value is None or re.fullmatch(r"[A-Za-z0-9_.-]+", value) is None or value == "all":
        raise BadOption(Complaint("option.one_cluster", value=value or ""))
    return value


def split_extra(text: str) -> tuple[str, ...]:
    """Return the words of a setting such as `--nice=100 --reservation="my one"`.

    Raises:
        BadOption: a quotation mark or backslash has no partner.
    """
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise BadOption(Complaint("option.quotes")) from error


def checked_name(name: str, prefix: str) -> str:
    """Return a job name that survives squeue, sacct and a list of names.

    Raises:
        ValueError: it lacks the prefix or has characters other than letters, digits, `-`, `_` and `.`.
    """
    if not name.startswith(prefix) or re.fullmatch(r"[A-Za-z0-9._-]+", name) is None:
        raise ValueError(f"{name!r} is no job name of the portal ({prefix}...)")
    return name


def name_filter(names: Sequence[str], *, most: int = 50) -> list[str]:
    """Return the option that asks sacct for these names only; none where the list would outgrow the command line."""
    return [f"--name={','.join(names)}"] if 0 < len(names) <= most else []
