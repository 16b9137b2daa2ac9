"""People who sign in: their pseudonym, the register, and which of them are operators."""

from __future__ import annotations

from portal.domain.person import Person, SignedInBy, account_of
from portal.files.people import PeopleRegister
from portal.files.taskdir import PortalDir
from portal.services.secrets import Keyring


class PeopleService:
    """`operators` are the ids of the people who may use the admin pages."""

    def __init__(self, portal: PortalDir, keyring: Keyring, *, operators: frozenset[str]) -> None:
        self._keyring = keyring
        self._register = PeopleRegister(portal)
        self._operators = operators

    def person(self, person_id: str, by: SignedInBy, mail: str | None = None) -> Person:
        """Return the person with an id, and perhaps a mail address, that the provider vouches for."""
        return Person(person_id, self._keyring.pseudonym(account_of(person_id)), by, mail)

    def note_use(self, person: Person) -> None:
        """Write down today's use, so that an admin can find out whose pseudonym a job carries."""
        self._register.note(person.owner, person.person_id, person.mail)

    def mail_of(self, person: Person) -> str:
        """Return a person's verified mail address; empty if none is known."""
        return self._register.mail(person.owner) if person.mail is None else person.mail

    def is_operator(self, person: Person) -> bool:
        """Tell whether a person may use the admin pages; a key does not open them."""
        return person.is_present and person.person_id in self._operators
