"""Ports for servers that are told a number and cannot be handed an open socket."""

from __future__ import annotations

import contextlib
import random
import socket


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses now, below the range from which outgoing connections take theirs.

    A port of that range could be taken by any connection between this look and the server's start.
    """
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(12000, 30000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            if port not in found:
                found.append(port)
    return found


def free_port() -> int:
    """Return one such port."""
    return free_ports(1)[0]
