"""What one connection may take: of time, of threads, of memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from portal.web.sizes import LIST_BYTES, SMALL_BYTES


@dataclass(frozen=True)
class Pace:
    """A body that brings less than `least_bytes` over a whole window is given up; 2 KiB/s is slower than any modem."""

    window_s: float = 30.0
    least_bytes: int = 64 * 1024


@dataclass(frozen=True)
class Bounds:
    """Bounds of one worker process; times in seconds."""

    header_s: float = 10.0  # from the connection to the end of the first request's headers
    body_s: float = 20.0  # for a small body, all of it
    pace: Pace = field(default_factory=Pace)  # of an upload
    send_s: float = 60.0  # for a piece of an answer to be taken
    linger_s: float = 5.0  # for what a client still sends that has its answer already
    connections: int = 1000
    uploads: int = 300  # at once
    uploads_of_client: int = 150
    upload_grace_s: float = 2.0  # before an upload that stands still may have to make room
    short_threads: int = 6
    threads: int = 16


def most_bytes(path: str) -> int:
    """Return the longest body that is taken at an address, in bytes; uploads of genomes apart."""
    return LIST_BYTES if path.rstrip("/") in ("/api/submissions", "/api/compare") else SMALL_BYTES
