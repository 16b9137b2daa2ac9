"""Announce submissions: reserve room for all genomes at once, or find what the same request created before.

Room is reserved all or nothing, so that nobody sends 300 genomes only to learn that there was room for 200.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from portal.domain.errors import KeyReused, NotFound, NotReady
from portal.domain.message import Message
from portal.domain.notification import Recipient
from portal.domain.parameters import read_parameters
from portal.domain.status import Lang
from portal.domain.submission import Submission, SubmissionItem, clean_label
from portal.files.atomic import encode_json
from portal.files.locks import locked
from portal.files.notification_request import NotificationRequest
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.services.admission import Admission
from portal.services.notification_requests import NotificationRequests
from portal.services.reservations import Reservations
from portal.services.secrets import Keyring
from portal.services.submission_keys import SubmissionKeys


@dataclass(frozen=True)
class Announced:
    """The answer to an announcement; `created` is False if a repeat found the existing submission."""

    submission: Submission
    created: bool


class Announcer:
    """Creates submissions. `read` returns a submission by its id, and raises NotFound if there is none."""

    def __init__(
        self,
        portal: PortalDir,
        admission: Admission,
        reservations: Reservations,
        keyring: Keyring,
        notifications: NotificationRequests,
        *,
        read: Callable[[str], Submission],
    ) -> None:
        self._portal = portal
        self._admission = admission
        self._reservations = reservations
        self._notifications = notifications
        self._keys = SubmissionKeys(keyring)
        self._pseudonym = keyring.pseudonym
        self._folders = SubmissionFolders(portal)
        self._read = read

    def announce(
        self,
        items: Sequence[SubmissionItem],
        *,
        label: str,
        lang: Lang,
        parameters: Mapping[str, Any],
        submitter: str,
        idempotency_key: str | None = None,
        owner: str = "",
        notify: Recipient | None = None,
    ) -> Announced:
        """Reserve room for all items, or find the submission that the same key and content created before.

        `owner` is the pseudonym of a signed-in sender, else empty; `notify` is who is to be told of the submission.

        Raises:
            InvalidRequest: a parameter is wrong.
            KeyReused: the key came with other content.
            TooManyRequests: too many notifications were asked for, or too many tasks would wait; nothing was reserved.
            StorageFull: there is no room on the disk; nothing was reserved.
            NotReady: the submission of this key cannot be read, or is being removed.
        """
        chosen = read_parameters(parameters)
        fingerprint = _fingerprint(items, label, lang, chosen, notify)
        submission_id = self._keys.submission_id(submitter, idempotency_key or secrets.token_hex(32))
        first = self._first(submission_id, fingerprint)
        if first is not None:
            return first
        submission = Submission(
            submission_id=submission_id,
            nonce=secrets.token_hex(16),
            label=label,
            lang=lang,
            parameters=chosen,
            items=tuple(items),
            submitter=self._pseudonym(submitter),
            fingerprint=fingerprint,
            created_at=datetime.now(UTC).replace(microsecond=0),
            owner=owner,
        )
        with self._one_at_a_time():
            size = sum(item.size for item in items)
            self._reservations.require_room(len(items), size)
            self._admission.require_room(submission.submitter, tasks=len(items), size=size)
            self._notifications.count(submission.submitter, notify)
            asked = None if notify is None else NotificationRequest(notify.mail, notify.webhook, lang)
            created = self._folders.create(submission, asked)
        if not created:  # the same request arrived twice at once
            first = self._first(submission_id, fingerprint)
            if first is None:
                raise NotReady(Message("submission.being_removed"))
            return first
        return Announced(submission, created=True)

    def announce_own(self, submission: Submission) -> None:
        """Announce a submission of the portal's own; if it exists already, nothing happens.

        It counts against no client's limits, but needs room in the queue and on the disk as any other.

        Raises:
            TooManyRequests, StorageFull: there is no room for it.
        """
        with self._one_at_a_time():
            self._reservations.require_room(len(submission.items), sum(item.size for item in submission.items))
            self._folders.create(submission)

    def _first(self, submission_id: str, fingerprint: str) -> Announced | None:
        try:
            submission = self._read(submission_id)
        except NotFound:
            return None
        if submission.fingerprint != fingerprint:
            raise KeyReused(Message("submission.other_content"))
        return Announced(submission, created=False)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """Prevent two workers from reserving the same room."""
        with locked(self._portal.own / "submissions.lock", "submissions.lock"):
            yield


def announced_label(value: Any) -> str:
    """Return the name of a submission; it may be left out."""
    return clean_label(value) if value else ""


def _fingerprint(
    items: Sequence[SubmissionItem],
    label: str,
    lang: Lang,
    parameters: Mapping[str, Any],
    notify: Recipient | None,
) -> str:
    rows = [[item.label, item.size, item.sha256] for item in items]
    sent = {"items": rows, "label": label, "lang": lang.value, "parameters": dict(parameters)}
    if notify is not None:
        sent["notify"] = notify.as_record()
    return hashlib.sha256(encode_json(sent)).hexdigest()
