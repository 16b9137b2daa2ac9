"""What can go wrong between the portal and a scheduler.

SchedulerError
|-- SchedulerUnavailable    no answer, or none that can be read: says nothing about any job
|   |-- CommandTimedOut     a command did not end in time
|   `-- SubmitDeferred      the job was certainly not submitted; later it may be taken
|-- SubmitRejected          the scheduler said no: asking again gives the same answer
`-- SubmitUncertain         the job may exist or not: look it up by its name before anything else
"""

from __future__ import annotations

from slurm.complaint import Complaint


class SchedulerError(Exception):
    """Base of the errors of a scheduler; `str(error)` is its complaint, for logs."""

    def __init__(self, complaint: Complaint) -> None:
        super().__init__(complaint)
        self.complaint = complaint


class SchedulerUnavailable(SchedulerError):
    """A query failed or timed out; nothing is known, and nothing may be concluded."""


class CommandTimedOut(SchedulerUnavailable):
    """A command did not end in time; what it was to do may be done all the same."""


class SubmitDeferred(SchedulerUnavailable):
    """The job does not exist, and the reason is one that passes: a limit on jobs, a full disk.

    `reason` is a word of `slurm.reasons`.
    """

    def __init__(self, complaint: Complaint, reason: str = "") -> None:
        super().__init__(complaint)
        self.reason = reason


class SubmitRejected(SchedulerError):
    """The scheduler refused the job for a reason that a new attempt would not change."""


class SubmitUncertain(SchedulerError):
    """The submission failed half-way; the job may exist all the same.

    `answered`: the request was read and refused, in words that are not known here: the same words again and again,
    with no job of the name, are a refusal.
    """

    def __init__(self, complaint: Complaint, *, answered: bool = False) -> None:
        super().__init__(complaint)
        self.answered = answered
