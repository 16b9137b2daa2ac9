"""What can go wrong between the portal and a scheduler.

SchedulerError
|-- SchedulerUnavailable    no answer, or an unreadable one: says nothing about any job
|   |-- CommandTimedOut     a command did not end in time
|   `-- SubmitDeferred      the job was certainly not submitted; it may be accepted later
|-- SubmitRejected          the scheduler refused the job: asking again gives the same answer
`-- SubmitUncertain         the job may or may not exist: look it up by its name before anything else
"""

from __future__ import annotations

from slurm.complaint import Complaint


class SchedulerError(Exception):
    """Base of all scheduler errors; `str(error)` is the complaint, for logs."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(complaint)
        self.complaint = complaint


class SchedulerUnavailable(SchedulerError):
    """A query failed or timed out; nothing may be concluded from it."""


class CommandTimedOut(SchedulerUnavailable):
    """A command did not end in time; it may have taken effect nevertheless."""


class SubmitDeferred(SchedulerUnavailable):
    """The job does not exist, and the reason is temporary: a limit on jobs, a full disk.

    `reason` is a name in `slurm.reasons`.
    """

    def __init__(self, complaint: Complaint, reason: str = "") -> None:
        super().__init__(complaint)
        self.reason = reason


class SubmitRejected(SchedulerError):
    """The scheduler refused the job for a permanent reason; a new attempt would fail too."""


class SubmitUncertain(SchedulerError):
    """The submission failed half-way; the job may exist nevertheless.

    `answered` means that the request was read and refused, in words unknown to the portal. The same words repeatedly,
    with no job of that name, count as a refusal.
    """

    def __init__(self, complaint: Complaint, *, answered: bool = False) -> None:
        super().__init__(complaint)
        self.answered = answered
