"""API keys: what a person puts into a notebook instead of signing in. Named, shown once, revocable.

A key is `btk.<id>.<secret>`: the id names its file, the secret is 256 random bits. Stored is an HMAC of id, person and
secret under the portal's own key. Being random, the secret needs no slow hash; and without the portal's key nobody who
can write below JOBS_DIR can make one, or turn one into another person's.
"""

from __future__ import annotations

import hmac
import logging
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime

from portal.domain.errors import Conflict, NotFound
from portal.domain.message import Message
from portal.domain.person import Person, SignedInBy
from portal.domain.submission import clean_label
from portal.files.api_keys import ApiKeyFiles, KeyRecord
from portal.files.taskdir import PortalDir
from portal.services.people import PeopleService
from portal.services.secrets import Keyring, new_task_id

log = logging.getLogger(__name__)

# The dots keep the secret apart, so that logs hide it like any other token.
KEY = re.compile(r"btk\.([a-z2-7]{12})\.([A-Za-z0-9_-]{43})")
MOST_KEYS = 20
LONGEST_NAME = 100


@dataclass(frozen=True)
class KeyFacts:
    """What may be shown of a key."""

    key_id: str
    name: str
    person_id: str
    created_at: datetime
    last_used: date | None


class ApiKeys:
    """Makes, checks, lists and revokes keys."""

    def __init__(self, portal: PortalDir, keyring: Keyring, people: PeopleService) -> None:
        self._files = ApiKeyFiles(portal)
        self._keyring = keyring
        self._people = people

    def create(self, person: Person, name: str) -> tuple[KeyFacts, str]:
        """Make a key of a person; return what may be shown of it, and the key, which nobody can show again.

        Raises:
            InvalidValue: the name is empty, too long or has control characters.
            Conflict: the person has as many keys as one may have.
            StorageFull: there is no room for it.
        """
        name = clean_label(name, LONGEST_NAME)
        if len(self.of(person)) >= MOST_KEYS:
            raise Conflict(Message("access.too_many_keys", limit=MOST_KEYS))
        key_id, secret = new_task_id(), secrets.token_urlsafe(32)
        digest = self._keyring.key_digest(key_id, person.person_id, secret)
        record = KeyRecord(person.person_id, name, digest, datetime.now(UTC).replace(microsecond=0))
        self._people.note_use(person)
        self._files.create(key_id, record)
        log.info("key %s made for %s", key_id, person.owner)
        return self._facts(key_id, record), f"btk.{key_id}.{secret}"

    def person(self, key: str) -> Person | None:
        """Return whose key this is, and note its use; None if it is no valid key."""
        parts = KEY.fullmatch(key)
        record = self._files.read(parts[1]) if parts else None
        if parts is None or record is None:
            return None
        digest = self._keyring.key_digest(parts[1], record.person_id, parts[2])
        if not hmac.compare_digest(digest.encode(), record.digest.encode("utf-8", "surrogatepass")):
            return None
        self._files.note_use(parts[1])
        return self._people.person(record.person_id, SignedInBy.KEY)

    def of(self, person: Person) -> list[KeyFacts]:
        """Return a person's keys, the newest first."""
        return self.all(person.person_id)

    def all(self, person_id: str = "") -> list[KeyFacts]:
        """Return all keys, or those of one person, the newest first."""
        found = [
            self._facts(key_id, record)
            for key_id, record in self._files.all()
            if not person_id or record.person_id == person_id
        ]
        return sorted(found, key=lambda facts: (facts.created_at, facts.key_id), reverse=True)

    def revoke(self, key_id: str, person: Person | None = None) -> KeyFacts:
        """Remove a key, at once and for good; with `person`, only one of theirs.

        Raises:
            NotFound: there is no such key.
            StorageFull: the disk does not take the change.
        """
        record = self._files.read(key_id)
        if record is None or (person is not None and record.person_id != person.person_id):
            raise NotFound(Message("access.no_key"))
        facts = self._facts(key_id, record)
        if not self._files.remove(key_id):
            raise NotFound(Message("access.no_key"))
        log.info("key %s revoked", key_id)
        return facts

    def _facts(self, key_id: str, record: KeyRecord) -> KeyFacts:
        return KeyFacts(key_id, record.name, record.person_id, record.created_at, self._files.last_used(key_id))
