"""SLURM's reasons why a job waits, and whether they are temporary.

Source: SLURM's manual, "Job Reason Codes" (24.11) and squeue(1) of 22.05. Limits have dozens of names of one pattern
(`AssocGrpCpuLimit`, `QOSMaxJobsPerUserLimit`): the longest prefix in the table counts.
"""

from __future__ import annotations

# name -> True: it persists until somebody acts
REASONS: dict[str, bool] = {
    "None": False,
    "Priority": False,
    "Resources": False,
    "Dependency": False,
    "DependencyNeverSatisfied": True,
    "JobHeldUser": True,
    "JobHeldAdmin": True,
    "BeginTime": False,
    "DeadLine": True,
    "Licenses": False,
    "Reservation": False,
    "ReservationDeleted": True,
    "ReqNodeNotAvail": False,
    "Nodes_required_for_job_are_DOWN": False,
    "NodeDown": False,
    "FrontEndDown": False,
    "PartitionDown": False,
    "PartitionInactive": False,
    "PartitionConfig": True,
    "PartitionNodeLimit": True,
    "PartitionTimeLimit": True,
    "BadConstraints": True,
    "MaxMemPerLimit": True,
    "Max": False,
    "Assoc": False,
    "AssocMaxCpuPerJobLimit": True,
    "AssocMaxMemPerJob": True,
    "AssocMaxNodePerJobLimit": True,
    "AssocMaxWallDurationPerJobLimit": True,
    "AccountingPolicy": False,
    "AccountNotAllowed": True,
    "InvalidAccount": True,
    "InvalidQOS": True,
    "QOS": False,
    "QOSNotAllowed": True,
    "QOSMaxCpuPerJobLimit": True,
    "QOSMaxMemoryPerJob": True,
    "QOSMaxNodePerJobLimit": True,
    "QOSMaxWallDurationPerJobLimit": True,
    "QOSMinCpuNotSatisfied": True,
    "QOSMinGRES": True,
    "QOSMinMemory": True,
    "JobArrayTaskLimit": False,
    # For a deferred submission: the portal's own reasons, and SLURM's names of limits.
    "AssocMaxSubmit": False,
    "AssocGrpSubmit": False,
    "QOSMaxSubmit": False,
    "QOSGrpSubmit": False,
    "SubmitLimit": False,
    "PartitionUnavailable": False,
    "SubmissionsDisabled": False,
    "ControllerBusy": False,
    "DependencyProblem": False,
    "JobFilesNotWritten": True,
    "JobsDoNotStart": True,
    "SubmitFailed": False,
    "NoAnswer": False,
    "SharedJob": False,
    "Suspended": False,
    "SchedDefer": False,
    "Cleaning": False,
    "Prolog": False,
    "Reboot": False,
    "BurstBuffer": False,
    "MaxBootTime": True,
    "SystemFailure": True,
    "FedJobLock": False,
    "FedJobRequeue": False,
    "JobHoldMaxRequeue": True,
    "JobLaunchFailure": True,
    "launch_failed_requeued_held": True,
    "user_env_retrieval_failed_requeued_held": True,
    "job_requeued_in_held_state": True,
}

_BY_KEY = {name.lower(): name for name in REASONS}


def known_reason(reason: str | None) -> str | None:
    """Return the name in the table that a reason matches; None if it matches none."""
    key = (reason or "None").strip().lower().replace(" ", "_")
    known = [name for name in _BY_KEY if key.startswith(name)]
    return _BY_KEY[max(known, key=len)] if known else None


def does_not_pass(reason: str | None) -> bool:
    """Tell whether a reason persists until somebody acts; an unknown one counts as temporary."""
    name = known_reason(reason)
    return name is not None and REASONS[name]
