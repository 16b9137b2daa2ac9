"""A scheduler's complaints, and its reasons why jobs wait, as messages of the portal."""

from __future__ import annotations

from portal.domain.message import Message, Value, verbatim
from portal.domain.os_errors import os_reason
from slurm.complaint import VERBATIM, Complaint
from slurm.reasons import known_reason

SLURM = "slurm."  # before the codes of `slurm` in the portal's catalogue


def message_of(complaint: Complaint) -> Message:
    """Return a scheduler's complaint as a message; a command's own text is quoted unchanged."""
    if complaint.code == VERBATIM:
        return verbatim(str(complaint))
    return Message.of(f"{SLURM}{complaint.code}", {name: _value(value) for name, value in complaint.params.items()})


def reason_message(reason: str | None) -> Message:
    """Return in plain words why a job waits; an unknown reason is passed on as the scheduler spells it."""
    name = known_reason(reason)
    return Message("reason.other", reason=str(reason)) if name is None else Message(f"reason.{name}")


def _value(value: object) -> Value:
    if isinstance(value, Complaint):
        return message_of(value)
    if isinstance(value, OSError):
        return os_reason(value)
    return value if isinstance(value, str | int | float) else str(value)
