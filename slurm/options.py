"""What a site's cluster requires of every job, as plain values."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from slurm.complaint import Complaint

# Options that the portal depends on; a site cannot replace them. With some of them, sbatch would submit nothing, or a
# job that the portal cannot find again: `test-only`, `het-group`, `uid`, `cluster-constraint` (a federation).
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
    """An sbatch option that cannot be used."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(complaint)
        self.complaint = complaint


@dataclass(frozen=True)
class SlurmOptions:
    """Submission settings; empty means the site's default.

    `extra` holds further sbatch options (`--reservation=x`, `--nice=100`, `--exclusive`), `setup` the shell lines that
    run in the job before Python (`module load ...`), `python` the interpreter on the compute nodes.
    """

    partition: str = ""
    account: str = ""
    qos: str = ""
    wckey: str = ""  # sites that check wckeys refuse submitit's own default, `submitit` (submitit issue 1632)
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
        """The cluster that `--clusters` names; empty for the configured one. It is passed to every command."""
        return str(self.extra_parameters().get("clusters", ""))

    def excluded(self, nodes: Sequence[str]) -> str:
        """Return the value of `--exclude`: the site's excluded nodes and these."""
        own = self.extra_parameters().get("exclude", "")
        return ",".join([*([str(own)] if own else []), *nodes])

    def extra_parameters(self) -> dict[str, str | bool]:
        """Return `extra` by name.

        Raises:
            BadOption: a word is not a long option, or is one that the portal sets itself.
        """
        parameters: dict[str, str | bool] = {}
        for word in self.extra:
            found = re.fullmatch(r"--([a-z][a-z0-9-]*)(?:=(.*))?", word)
            if found is None:
                raise BadOption(Complaint("option.form", word=word))
            name, value = found.groups()
            if name in ("clusters", "cluster"):
                name, value = "clusters", _one_cluster(value)
            # sbatch accepts any unambiguous prefix of an option's name.
            elif any(reserved.startswith(name) for reserved in RESERVED):
                raise BadOption(Complaint("option.reserved", name=name))
            parameters[name] = True if value is None else value
        return parameters


def _one_cluster(value: str | None) -> str:
    """Return the name if it is one; of several, SLURM would choose per job, and job ids would not be unique."""
    if value is None or re.fullmatch(r"[A-Za-z0-9_.-]+", value) is None or value == "all":
        raise BadOption(Complaint("option.one_cluster", value=value or ""))
    return value


def split_extra(text: str) -> tuple[str, ...]:
    """Return the words of a setting such as `--nice=100 --reservation="my one"`.

    Raises:
        BadOption: a quotation mark is unclosed, or a backslash ends the text.
    """
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise BadOption(Complaint("option.quotes")) from error


def checked_name(name: str, prefix: str) -> str:
    """Return a job name that is safe in squeue, sacct and a list of names.

    Raises:
        ValueError: it lacks the prefix or has characters other than letters, digits, `-`, `_` and `.`.
    """
    if not name.startswith(prefix) or re.fullmatch(r"[A-Za-z0-9._-]+", name) is None:
        raise ValueError(f"{name!r} is no job name of the portal ({prefix}...)")
    return name


def name_filter(names: Sequence[str], *, most: int = 50) -> list[str]:
    """Return the option that limits sacct to these names; empty if the list is too long for a command line."""
    return [f"--name={','.join(names)}"] if 0 < len(names) <= most else []
