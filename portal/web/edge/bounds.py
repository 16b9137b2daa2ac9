"""Limits on the time, threads and memory of one connection."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from portal.web.sizes import LIST_BYTES, SMALL_BYTES


@dataclass(frozen=True)
class Pace:
    """The minimum pace of a body: below `least_bytes` per window it is aborted; 2 KiB/s is slower than any modem."""

    window_s: float = 30.0
    least_bytes: int = 64 * 1024


@dataclass(frozen=True)
class Bounds:
    """Limits of one worker process; times in seconds."""

    header_s: float = 10.0  # from the connection to the end of the first request's headers
    body_s: float = 20.0  # for a whole small body
    pace: Pace = field(default_factory=Pace)  # of an upload
    send_s: float = 60.0  # for the client to receive a piece of a response
    linger_s: float = 5.0  # for a client that keeps sending after its response
    connections: int = 1000
    uploads: int = 300  # at once
    uploads_of_client: int = 150
    upload_grace_s: float = 2.0  # before a stalled upload may have to give up its place
    short_threads: int = 6
    threads: int = 16


_LISTS = re.compile(r"/api/(?:submissions|compare)|(?:/api)?/(?:submissions|tasks)/[^/]+/annotations")


def most_bytes(path: str) -> int:
    """Return the maximum body length at an address, in bytes, except for genome uploads."""
    return LIST_BYTES if _LISTS.fullmatch(path.rstrip("/")) else SMALL_BYTES
