"""Values of a submission that derive from the portal's secret: its id, its two tokens, its tasks' ids."""

from __future__ import annotations

import base64
from enum import StrEnum

from portal.domain.submission import Submission
from portal.services.secrets import Keyring, short_id


class Access(StrEnum):
    """What a token allows."""

    OWNER = "owner"  # everything
    VIEW = "view"  # read-only


class SubmissionKeys:
    """Keys of submissions. A submission's owner token and view token share nothing but their length."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def submission_id(self, client: str, idempotency_key: str) -> str:
        """Return the submission id for a client's key; the folder's name is then the reservation."""
        return short_id(self._keyring.derive("submission-id", f"{client}\0{idempotency_key}"))

    def task_id(self, submission_id: str, n: int) -> str:
        """Return the id of an item's task, so that membership needs no index."""
        return short_id(self._keyring.derive("submission-item", f"{submission_id}\0{n}"))

    def token(self, submission: Submission, access: Access, generation: int = 0) -> str:
        """Return a token of a submission: 43 characters, URL-safe; `generation` counts a view token's replacements."""
        text = f"{submission.submission_id}\0{submission.nonce}\0{submission.fingerprint}"
        text += f"\0{generation}" if generation else ""
        return base64.urlsafe_b64encode(self._keyring.derive(f"submission-{access}", text)).decode().rstrip("=")
