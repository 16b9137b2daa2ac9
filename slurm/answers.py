"""Judge a SLURM command's answer by its form, not by whether the command also complained.

A site's configuration can make every command print `error: Ignoring obsolete ...` beside a good table. A well-formed
answer counts, and the complaint is passed on to the operator. The answer is rejected only if the command says that it
is incomplete.
"""

from __future__ import annotations

import re

from slurm.command import CommandResult
from slurm.complaint import Complaint
from slurm.errors import SchedulerUnavailable

# Seen on 22.05 to 26.05 where slurmctld or slurmdbd was away, and in their sources.
_SPOILT = re.compile(
    r"unable to contact|problem talking to the database|slurm_load_|slurm_persist_conn|socket timed out"
    r"|connection (?:refused|reset|timed out)|zero bytes|communication connection failure|access/permission denied"
    r"|protocol authentication error|can't find an address|no cluster .* known|database is busy|not enough memory",
    re.IGNORECASE,
)
# scancel of a job that has ended or is no longer known.
_OVER = ("Invalid job id", "already completing or completed", "already finished")


def whole_answer(result: CommandResult) -> tuple[str, Complaint | None]:
    """Return what a query printed, and its complaint if it printed one as well.

    Whether the text is well-formed is left to its parser.

    Raises:
        SchedulerUnavailable: the command failed, or reported that its answer is incomplete.
    """
    if result.returncode or _SPOILT.search(result.stderr):
        raise SchedulerUnavailable(Complaint("command.failed", program=result.argv[0], words=result.words))
    if not result.stderr.strip():
        return result.stdout, None
    return result.stdout, Complaint("command.complains", program=result.argv[0], words=result.words)


def refused_cancels(result: CommandResult) -> list[str]:
    """Return the lines in which scancel reports that it could not end a live job; a job that has ended is no error."""
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    refused = [line for line in lines if not any(words in line for words in _OVER)]
    if result.returncode == 0:  # 22.05 exits with 0 even if it could not reach slurmctld for one of many jobs
        refused = [line for line in refused if _SPOILT.search(line) or "Kill job error" in line]
    elif not lines:
        return [result.words]
    elif len(refused) < len(lines):  # the exit code comes from the jobs that have ended
        refused = [line for line in refused if "error" in line.lower() and "ignoring" not in line.lower()]
    return refused
