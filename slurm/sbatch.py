"""Read sbatch's answer: the job's id, or what a refusal means. Text in, values out, nothing else."""

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
    """What an sbatch without a job id said.

    `reason` is a word of `slurm.reasons` for a deferral: SLURM's name of the limit, or one of ours. `answered`:
    somebody read the request and said no in words that are not known here; without it nobody may have read it.
    """

    answer: SubmitAnswer
    reason: str = ""
    answered: bool = False


# slurm_errno.c, 22.05 to 24.11: answers of slurmctld to a job that it will not take tomorrow either.
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
# sbatch itself did not understand what it was told and has not asked slurmctld.
_USAGE = re.compile(
    r"unrecognized option|option requires an argument|invalid option|Unable to open file|Invalid directive"
    r"|sbatch: error: Invalid (--|numeric value|argument)|This does not look like a batch script"
)
# Gates that open again, with the reason that is shown. A dependency is a problem when the parent's number was given to
# a new job, or was purged (22.05 after `scontrol reconfigure`; since 24.11 any parent that was forgotten): by the next
# look the parent's own files tell whether it is needed at all.
DEPENDENCY_PROBLEM = "DependencyProblem"
_DEFERRED = {
    "Job dependency problem": DEPENDENCY_PROBLEM,
    "Requested operation is presently disabled": "SubmissionsDisabled",
    "Requested partition configuration not available now": "PartitionUnavailable",
    "Required partition not available": "PartitionUnavailable",
    "System submissions disabled": "SubmissionsDisabled",
    "Unable to create job record, try again": "ControllerBusy",
}
# Nobody answered, or the answer was lost: these say nothing about the job.
_UNREACHABLE = re.compile(
    r"unable to contact|unable to (?:resolve|connect|establish)|timed out|connection (?:failure|refused|reset|aborted)"
    r"|zero bytes|controller in standby|temporarily unable|unexpected message|protocol (?:version|authentication)"
    r"|munge|authentication|transport endpoint|no route to host|network is|communication|host is down"
    r"|fetch config|configless|slurm\.conf|cannot allocate memory|resource temporarily unavailable",
    re.IGNORECASE,
)
# One text for two things; the line above it names the limit. That on the number of jobs passes, that on size does not.
_POLICY = "Job violates accounting/QOS policy"
_LIMIT = re.compile(r"\b(?:Assoc|QOS)\w*Limit\b")


def submitted_job_id(stdout: str) -> str | None:
    """Return the job id from what sbatch prints, also below a site's banner; None where there is none."""
    found = re.search(r"^Submitted batch job (\d+)\b", stdout, re.MULTILINE)
    return found[1] if found else None


def refused_submission(stderr: str) -> Refusal:
    """Tell what the complaint of an sbatch without a job id means.

    Only words that are known as an answer of slurmctld count as one at once: after anything else, a lost connection
    above all, the job may exist.
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
    # A wrapper of the site, a filter or a newer SLURM; silence and a crash are no answer.
    answered = "error" in stderr.lower() and _UNREACHABLE.search(stderr) is None
    return Refusal(SubmitAnswer.UNCERTAIN, answered=answered)
