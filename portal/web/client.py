"""Identify the sender of a request, for limits and the fair queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.domain.clients import network_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def submitter_of(environ: WSGIEnvironment) -> str:
    """Return the network that a request comes from; `Front.prepare` has put the client's address into the environ.

    Nothing that a client says about itself counts: changing the user agent does not change the submitter.
    """
    return network_of(environ.get("REMOTE_ADDR") or "")
