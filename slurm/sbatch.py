"""Parse sbatch's answer: the job's id, or the meaning of a refusal. Text in, values out, nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class SubmitAnswer(StrEnum):
    """What an unsuccessful sbatch means."""

    REJECTED = "rejected"
    DEFERRED = "deferred"
    UNCERTAIN = "uncertain"


@dataclass(frozen=True)
class Refusal:
    """What sbatch answered when it returned no job id.

    For a deferral, `reason` is a name in `slurm.reasons`: SLURM's name of the limit, or one of ours. `answered` means
    that the request was read and refused in words unknown to the portal; without it, perhaps nothing read it.
    """

    answer: SubmitAnswer
    reason: str = ""
    answered: bool = False


# slurm_errno.c, 22.05 to 24.11: slurmctld's answers to a job that it will never accept.
_REJECTED = (
    "Access/permission denied",
    "Access denied to requested reservation",
    "Burst Buffer request invalid",
    "CPU count specification invalid",
    "Invalid account or account/partition combination",
    "Invalid feature specification",
    "Invalid generic resource (gres) specification",
    "Invalid group id",
    "Invalid job array specification",
    "Invalid license specification",
    "Invalid mcs_label specification",
    "Invalid node name specified",
    "Invalid partition name specified",
    "Invalid preferred feature specification",
    "Invalid qos specification",
    "Invalid Trackable RESource",
    "Invalid user id",
    "Invalid wckey specification",
    "Job size specification needs to be provided",
    "Memory specification can not be satisfied",
    "More processors requested than permitted",
    "No partition specified or system default partition",
    "Node count specification invalid",
    "Only batch jobs are accepted",
    "Pathname of a file, directory or other parameter too long",
    "Requested node configuration is not available",
    "Requested nodes not in this partition",
    "Requested operation not supported on this system",
    "Requested reservation is invalid",
    "Requested time limit is invalid",
    "Task count specification invalid",
    "User's group not permitted to use this partition",
)
# sbatch itself did not understand its arguments and did not ask slurmctld.
_USAGE = re.compile(
    r"unrecognized option|option requires an argument|invalid option|Unable to open file|Invalid directive"
    r"|sbatch: error: Invalid (--|numeric value|argument)|This does not look like a batch script"
)
# Temporary refusals, with the reason that is shown. A dependency is a problem if the parent's number was given to a
# new job or was purged (22.05 after `scontrol reconfigure`; since 24.11 any parent that was forgotten). At the next
# poll the parent's own files show whether the dependency is needed at all.
DEPENDENCY_PROBLEM = "DependencyProblem"
_DEFERRED = {
    "Job dependency problem": DEPENDENCY_PROBLEM,
    "Requested operation is presently disabled": "SubmissionsDisabled",
    "Requested partition configuration not available now": "PartitionUnavailable",
    "Required partition not available": "PartitionUnavailable",
    "System submissions disabled": "SubmissionsDisabled",
    "Unable to create job record, try again": "ControllerBusy",
}
# No answer, or a lost one: these say nothing about the job.
_UNREACHABLE = re.compile(
    r"unable to contact|unable to (?:resolve|connect|establish)|timed out|connection (?:failure|refused|reset|aborted)"
    r"|zero bytes|controller in standby|temporarily unable|unexpected message|protocol (?:version|authentication)"
    r"|munge|authentication|transport endpoint|no route to host|network is|communication|host is down"
    r"|fetch config|configless|slurm\.conf|cannot allocate memory|resource temporarily unavailable",
    re.IGNORECASE,
)
# One text for two cases; the line above it names the limit. A limit on the number of jobs is temporary, on size not.
_POLICY = "Job violates accounting/QOS policy"
_LIMIT = re.compile(r"\b(?:Assoc|QOS)\w*Limit\b")


def submitted_job_id(stdout: str) -> str | None:
    """Return the job id in sbatch's output, which may follow a site's banner; None if there is none."""
    found = re.search(r"^Submitted batch job (\d+)\b", stdout, re.MULTILINE)
    return found[1] if found else None


def refused_submission(stderr: str) -> Refusal:
    """Return the meaning of sbatch's complaint when it gave no job id.

    Only known answers of slurmctld are final at once. After anything else, above all a lost connection, the job may
    exist.
    """
    if _USAGE.search(stderr):
        return Refusal(SubmitAnswer.REJECTED)
    found = re.search(r"Batch job submission failed: (.*)", stderr)
    answer = found[1] if found else ""
    if _POLICY in answer:
        limit = _LIMIT.search(stderr)
        if limit is None or "Submit" in limit[0]:
            return Refusal(SubmitAnswer.DEFERRED, limit[0] if limit else "SubmitLimit")
        return Refusal(SubmitAnswer.REJECTED)
    for words, reason in _DEFERRED.items():
        if words in answer:
            return Refusal(SubmitAnswer.DEFERRED, reason)
    if any(words in answer for words in _REJECTED):
        return Refusal(SubmitAnswer.REJECTED)
    # A site's wrapper, a filter or a newer SLURM; silence and a crash are no answer.
    answered = "error" in stderr.lower() and _UNREACHABLE.search(stderr) is None
    return Refusal(SubmitAnswer.UNCERTAIN, answered=answered)
