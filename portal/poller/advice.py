"""What to do about a failure, one sentence a kind; the pages translate it, the API shows it as it is."""

from __future__ import annotations

from portal.domain.status import FailureKind

ADVICE: dict[FailureKind, str] = {
    FailureKind.CANCELLED: "Run the task again if it was cancelled by mistake.",
    FailureKind.TIMEOUT: "Run it again with more time; for even more ask the operator (RETRY_MAX_HOURS).",
    FailureKind.OUT_OF_MEMORY: "Run it again with more memory; for even more ask the operator (RETRY_MAX_MEM_GB).",
    FailureKind.NODE_FAILURE: "Nothing is wrong with your file: run the task again later.",
    FailureKind.PREEMPTED: "Nothing is wrong with your file: run the task again later.",
    FailureKind.TOOL_ERROR: "Look at the log below; if it does not help, send the operator the task's id.",
    FailureKind.INVALID_INPUT: "Correct the file and upload it again.",
    FailureKind.SUBMIT_REJECTED: "The cluster refused the job: the operator should run `btportal doctor`.",
    FailureKind.DISK_FULL: "Tell the operator that the disk is full; run the task again when there is room.",
    FailureKind.OUTPUT_MISSING: "Run the task again; if it fails again, tell the operator (is the shared disk well?).",
    FailureKind.NOT_CONFIGURED: "The operator should run `btportal doctor`: a part of the pipeline is missing.",
    FailureKind.RECORD_DAMAGED: "Upload the file again.",
    FailureKind.NOT_STARTED: "Nothing is wrong with your file; the operator should run `btportal admin stuck`.",
    FailureKind.LOST: "Nothing is wrong with your file: run the task again later.",
}
