"""Find and erase everything that belongs to one person or submitter."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass

from portal.domain.errors import NotFound, PortalError
from portal.domain.message import Message
from portal.files.api_keys import ApiKeyFiles
from portal.files.document import read_object
from portal.files.people import PeopleRegister
from portal.files.safe_open import discard
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.services.admin import AdminService

_PSEUDONYM = re.compile(r"[0-9a-f]{16}")
_EXPIRED = re.compile(r"expired-[a-z2-7]{12}-\d+")


@dataclass(frozen=True)
class PersonalData:
    """What is kept of somebody: ids of tasks and submissions, names in the trash, ids of API keys, damaged tasks.

    `person_id` is empty for a submitter who never signed in. Nobody can tell whose the `unreadable` tasks are.
    """

    pseudonym: str
    person_id: str
    tasks: tuple[str, ...]
    trash: tuple[str, ...]
    submissions: tuple[str, ...]
    keys: tuple[str, ...]
    unreadable: tuple[str, ...]


class PersonalDataService:
    """Works on the files, as the operator's other use cases do; the poller removes the tasks."""

    def __init__(self, admin: AdminService) -> None:
        self._admin = admin
        self._portal = admin.portal
        self._people = PeopleRegister(admin.portal)

    def find(self, who: str) -> PersonalData:
        """Return what is kept of a person (by id) or a submitter (by pseudonym).

        Raises:
            NotFound: the text is neither a pseudonym nor the id of a person who has signed in.
        """
        pseudonym = who if _PSEUDONYM.fullmatch(who) else self._pseudonym_of(who)
        person_id = self._people.person_id(pseudonym) or ""
        listing = self._admin.tasks()
        return PersonalData(
            pseudonym,
            person_id,
            tuple(task.task_id for task in listing.tasks if pseudonym in (task.submitter, task.owner)),
            tuple(_expired_of(self._portal, pseudonym)),
            tuple(
                each.submission_id
                for each in SubmissionFolders(self._portal).all()
                if pseudonym in (each.submitter, each.owner)
            ),
            tuple(
                key for key, record in ApiKeyFiles(self._portal).all() if person_id and record.person_id == person_id
            ),
            listing.damaged,
        )

    def _pseudonym_of(self, person_id: str) -> str:
        names = (path.stem for path in self._portal.people.iterdir()) if self._portal.people.is_dir() else ()
        for name in names:
            if self._people.person_id(name) == person_id:
                return name
        raise NotFound(Message("access.unknown_person", person=person_id))

    def erase(self, found: PersonalData) -> None:
        """Erase it: keys and name at once, tasks and files by the poller within seconds.

        The usage ledger keeps its figures under the pseudonym, which from then on nobody can resolve.
        """
        self._admin.note("erase", submitter=found.pseudonym, tasks=str(len(found.tasks) + len(found.trash)))
        for key in found.keys:
            ApiKeyFiles(self._portal).remove(key)
        for submission_id in found.submissions:
            SubmissionFolders(self._portal).remove(submission_id)
        for task_id in found.tasks:
            try:
                self._admin.delete(task_id)
            except NotFound:  # its owner was faster
                continue
        for name in found.trash:
            self._give_up(name)
        discard(self._portal.people / f"{found.pseudonym}.json")

    def _give_up(self, name: str) -> None:
        """Rename an expired task in the trash, so that it no longer waits there."""
        try:
            (self._portal.trash / name).rename(self._portal.trash / f"erased-{secrets.token_hex(8)}")
        except FileNotFoundError:
            return


def _expired_of(portal: PortalDir, pseudonym: str) -> list[str]:
    names = sorted(name for name in os.listdir(portal.trash) if _EXPIRED.fullmatch(name))  # noqa: PTH208
    return [name for name in names if pseudonym in _owners(portal, name)]


def _owners(portal: PortalDir, name: str) -> tuple[object, ...]:
    try:
        record = read_object(portal.trash / name / "task_meta.json")
    except (OSError, PortalError):  # removed meanwhile, or damaged: it goes with the trash
        return ()
    return record.get("submitter"), record.get("owner")
