"""What one connection may take: of time, of threads, of memory."""

from __future__ import annotations

from dataclasses import dataclass, field


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


SMALL_BYTES = 64 * 1024  # of any body but an upload's
LIST_BYTES = 2 * 1024**2  # of a list of a thousand genomes, with names of any script or with tokens
PIECE_BYTES = 64 * 1024  # of an answer that is sent in pieces
FEED_BYTES = 64 * 1024  # of an upload that is handed on; the FASTA checker gathers what it needs


def most_bytes(path: str) -> int:
    """Return the longest body that is taken at an address, in bytes; uploads of genomes apart."""
    return LIST_BYTES if path.rstrip("/") in ("/api/submissions", "/api/compare") else SMALL_BYTES
