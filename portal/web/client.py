"""Who sends a request, as far as limits and the fair queue ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.domain.clients import network_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def submitter_of(environ: WSGIEnvironment) -> str:
    """Return the network that a request comes from; `Front.prepare` has put the client's address into the environ.

    Nothing that a client says of itself counts: who changes the name of its browser is still the same.
    """
    return network_of(environ.get("REMOTE_ADDR") or "")
