"""Read sbatch's answer: the job's id, or what a refusal means. Text in, values out, nothing else."""

from __future__ import annotations

import re
from enum import StrEnum


class SubmitAnswer(StrEnum):
    """What an unsuccessful sbatch means."""

    REJECTED = "rejected"
    DEFERRED = "deferred"
    UNCERTAIN = "uncertain"


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
# Gates that open again. A dependency is a problem when the parent's number was given to a new job, or was purged (seen
# with 22.05 after `scontrol reconfigure`): by the next look the parent's own files tell whether it is needed at all.
_DEFERRED = (
    "Job dependency problem",
    "Requested operation is presently disabled",
    "Requested partition configuration not available now",
    "Required partition not available",
    "System submissions disabled",
    "Unable to create job record, try again",
)
# One text for two things; the line above it names the limit. That on the number of jobs passes, that on size does not.
_POLICY = "Job violates accounting/QOS policy"
_LIMIT = re.compile(r"\b(?:Assoc|QOS)\w*Limit\b")


def submitted_job_id(stdout: str) -> str | None:
    """Return the job id from what sbatch prints, also below a site's banner; None where there is none."""
    found = re.search(r"^Submitted batch job (\d+)\b", stdout, re.MULTILINE)
    return found[1] if found else None


def refused_submission(stderr: str) -> SubmitAnswer:
    """Tell what the complaint of an sbatch without a job id means.

    Only words that are known as an answer of slurmctld count as one: after anything else, a lost connection
    above all, the job may exist.
    """
    if _USAGE.search(stderr):
        return SubmitAnswer.REJECTED
    answer = re.search(r"Batch job submission failed: (.*)", stderr)
    if answer is None:
        return SubmitAnswer.UNCERTAIN
    if _POLICY in answer[1]:
        limit = _LIMIT.search(stderr)
        return SubmitAnswer.DEFERRED if limit is None or "Submit" in limit[0] else SubmitAnswer.REJECTED
    if any(words in answer[1] for words in _DEFERRED):
        return SubmitAnswer.DEFERRED
    if any(words in answer[1] for words in _REJECTED):
        return SubmitAnswer.REJECTED
    return SubmitAnswer.UNCERTAIN
