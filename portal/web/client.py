"""Identify the sender of a request, for limits and the fair queue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.domain.clients import network_of
from portal.domain.person import account_of
from portal.web.identity import person_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def submitter_of(environ: WSGIEnvironment) -> str:
    """Return the account of a signed-in sender, else the network; `Front.prepare` has put the address into the environ.

    Nothing that a client says about itself counts: changing the user agent does not change the submitter.
    """
    person = person_of(environ)
    if person is not None:
        return account_of(person.person_id)
    return network_of(environ.get("REMOTE_ADDR") or "")
