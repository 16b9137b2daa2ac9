"""Which operator acts: a person whom OPERATORS names, or whoever has the secret."""

from __future__ import annotations

from flask import request

from portal.domain.person import Person
from portal.services.admin import AdminService
from portal.web.context import admin_parts, web
from portal.web.security import signed_in


def operator() -> Person | None:
    """Return the signed-in person of this request if they are an operator."""
    person, people = signed_in(), web().parts.people
    return person if person is not None and people is not None and people.is_operator(person) else None


def acting_service() -> AdminService:
    """Return the service that writes the operator's name and address to the audit log."""
    person = operator()
    return admin_parts().service.at(request.remote_addr or "", by=person.person_id if person else "")
