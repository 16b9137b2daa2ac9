"""Steps between the formats of JOBS_DIR, forward and back.

Most changes need none: documents gain fields with defaults, and older versions keep what they do not know. A step is
for a change that an older version cannot read. It may be interrupted at any point and is then done again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from portal.domain.errors import Conflict
from portal.domain.message import Message
from portal.files.document import read_document
from portal.files.lease import PollerLease
from portal.files.site import Installation
from portal.files.taskdir import PortalDir


@dataclass(frozen=True)
class FormatStep:
    """Brings a folder from format `number` - 1 to `number`; `back`, if there is a way, undoes that."""

    number: int
    forward: Callable[[PortalDir], None]
    back: Callable[[PortalDir], None] | None = None


STEPS: tuple[FormatStep, ...] = ()


def steps_between(have: int, want: int, steps: Sequence[FormatStep] = STEPS) -> list[FormatStep]:
    """Return the steps from one format to another, in the order in which they are done."""
    low, high = sorted((have, want))
    between = sorted((step for step in steps if low < step.number <= high), key=lambda step: step.number)
    return between if want >= have else between[::-1]


def walk(portal: PortalDir, want: int, steps: Sequence[FormatStep] = STEPS) -> int:
    """Bring a folder to a format, and keep pollers out of it meanwhile; return how many steps were done.

    Raises:
        Conflict: a poller is at work, or a step has no way back; nothing was changed.
        CorruptRecord, NewerFormat, StorageFull, OSError: a step failed; the folder says so, and it may be repeated.
    """
    site = read_document(portal.site, Installation)
    have = site.folder_format
    if site.unfinished is not None and want >= have:
        have = site.unfinished - 1
    way = steps_between(have, want, steps)
    if want < have and any(step.back is None for step in way):
        raise Conflict(Message("upgrade.no_way_back", format=have, known=want))
    lease = PollerLease(portal)
    if not lease.acquire():
        raise Conflict(Message("upgrade.poller_at_work"))
    try:
        for step in way:
            # Before the step: whoever starts meanwhile, or after an interruption, must not read half of it.
            site = site.stamp(portal, step.number, unfinished=True)
            if want >= have:
                step.forward(portal)
                site = site.stamp(portal, step.number)
            elif step.back is not None:
                step.back(portal)
                site = site.stamp(portal, step.number - 1)
        site.stamp(portal, want)
    finally:
        lease.release()
    return len(way)
