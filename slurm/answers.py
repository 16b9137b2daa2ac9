"""Judge what a command of SLURM's answered by its form, not by whether it also complained.

A site's configuration can make every command say `error: Ignoring obsolete ...` beside a good table; an answer whose
form is right counts, and the complaint is passed on for somebody to mend. Only words that say that the answer itself is
not whole spoil it.
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
# scancel of a job that is over, or that nobody knows any more.
_OVER = ("Invalid job id", "already completing or completed", "already finished")


def whole_answer(result: CommandResult) -> tuple[str, Complaint | None]:
    """Return what a query printed and what it complained about beside it (None: nothing).

    Whether the text has the form of an answer is for its parser to say.

    Raises:
        SchedulerUnavailable: the command failed, or says itself that this is not everything.
    """
    if result.returncode or _SPOILT.search(result.stderr):
        raise SchedulerUnavailable(Complaint("command.failed", program=result.argv[0], words=result.words))
    if not result.stderr.strip():
        return result.stdout, None
    return result.stdout, Complaint("command.complains", program=result.argv[0], words=result.words)


def refused_cancels(result: CommandResult) -> list[str]:
    """Return the lines of scancel that say that a living job was not ended; those that are over are no error."""
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    refused = [line for line in lines if not any(words in line for words in _OVER)]
    if result.returncode == 0:  # 22.05 ends so also where it could not reach slurmctld for one of many
        refused = [line for line in refused if _SPOILT.search(line) or "Kill job error" in line]
    elif not lines:
        return [result.words]
    elif len(refused) < len(lines):  # the code is that of the jobs that are over
        refused = [line for line in refused if "error" in line.lower() and "ignoring" not in line.lower()]
    return refused
