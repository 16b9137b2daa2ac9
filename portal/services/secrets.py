"""The portal's secret and what is derived from it: tokens, ids for idempotency keys, pseudonyms."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Callable
from pathlib import Path

from portal.domain.errors import CorruptRecord, NotReady
from portal.domain.message import Message
from portal.domain.secret import SHORTEST_KEY
from portal.domain.task import TaskMeta
from portal.files.atomic import fsync_folder
from portal.files.instant import Instant
from portal.files.safe_open import open_to_read
from portal.services.tokens_in_use import TokensInUse

_MADE_BYTES, _HEX = 64, re.compile(rb"[0-9a-f]+")
_ID_BYTES = 8  # 12 base32 characters hold 60 bits
_LONGEST_SECRET = 4096
_TICKET_S = 600


def load_secret(path: Path, configured: str, *, in_use: Callable[[], TokensInUse] = TokensInUse) -> bytes:
    """Return the configured secret, or the one in a file of mode 600, created at the first start.

    Two processes that start at once agree: the file appears complete, by a link that fails if it exists. A missing
    file is not replaced by a new one where tokens made with it are in use.

    Raises:
        NotReady: the file is too short, not a regular file, readable by others, or missing though needed.
    """
    if configured:
        return configured.encode()
    if not os.path.lexists(path):
        if (used := in_use()) != TokensInUse():
            raise NotReady(Message("secret.missing", path=str(path), tasks=used.tasks, submissions=used.submissions))
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = _write_secret(path)
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass  # the other process was first; its secret is used
        finally:
            temporary.unlink()
    return _read_secret(path)


def replace_secret(path: Path) -> None:
    """Write a new secret, whatever has been there; all tokens of the former one are invalid from the next start on.

    Raises:
        OSError: it cannot be written; the former one stays.
    """
    _write_secret(path).replace(path)
    fsync_folder(path.parent)


def _write_secret(path: Path) -> Path:
    """Write a new secret beside a path, and return where it is."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(secrets.token_hex(32))
        stream.flush()
        os.fsync(stream.fileno())
    return temporary


def _read_secret(path: Path) -> bytes:
    try:
        handle = open_to_read(path)
    except (CorruptRecord, OSError) as error:
        raise NotReady(Message("secret.unreadable", path=str(path))) from error
    with os.fdopen(handle, "rb") as stream:
        mode = os.fstat(stream.fileno()).st_mode
        secret = stream.read(_LONGEST_SECRET + 1).strip()
    if mode & 0o077:
        raise NotReady(Message("secret.open", path=str(path)))
    if len(secret) < SHORTEST_KEY:
        raise NotReady(Message("secret.short", path=str(path), least=SHORTEST_KEY))
    cut = len(secret) != _MADE_BYTES and _HEX.fullmatch(secret)
    if cut or len(secret) > _LONGEST_SECRET or any(byte < ord(" ") for byte in secret):
        raise NotReady(Message("secret.damaged", path=str(path)))  # a new one would lock owners out of their tasks
    return secret


def short_id(data: bytes) -> str:
    """Return the first 60 bits as 12 lower-case base32 characters, the form of all ids."""
    return base64.b32encode(data[:_ID_BYTES]).decode().lower()[:12]


def new_nonce() -> str:
    """Return a random value that makes a task's token unique."""
    return secrets.token_urlsafe(16)


def new_task_id() -> str:
    """Return a random task id."""
    return short_id(secrets.token_bytes(_ID_BYTES))


class Keyring:
    """Everything derived from PORTAL_SECRET by HMAC-SHA-256, with a separate label for each use."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def derive(self, label: str, text: str) -> bytes:
        """Return 32 bytes that only the holder of the secret can compute; `label` names the use."""
        return hmac.digest(self._secret, f"{label}\0{text}".encode(), "sha256")

    def task_id_for_key(self, client: str, idempotency_key: str) -> str:
        """Return the task id for this client's key; the folder's name is then the reservation.

        The same key of another client gives another id: guessing a key neither finds nor blocks a task.
        """
        return short_id(self.derive("task-id of client", f"{client}\0{idempotency_key}"))

    def token(self, task_id: str, nonce: str, content: str) -> str:
        """Return the token of a task: 43 characters, URL-safe.

        `nonce` is random per task, `content` is the SHA-256 of its file: the same key never gives the same token again.
        A record without a nonce is from a version that derived tokens from the id alone.
        """
        label, text = ("token of task", f"{task_id}\0{nonce}\0{content}") if nonce else ("token", task_id)
        return base64.urlsafe_b64encode(self.derive(label, text)).decode().rstrip("=")

    def token_of(self, task: TaskMeta) -> str:
        """Return the token that opens a task. It derives from the secret, so a forged record cannot determine it."""
        return self.token(task.task_id, task.token_nonce, task.input_sha256)

    def ticket(self, task_id: str, token: str, *, at: Instant | None = None) -> str:
        """Return a ticket that replaces a token of a task for ten minutes, for scripts that cannot see the token."""
        made = str(Instant.now() if at is None else at)
        return f"{made}.{self._ticket_mark(task_id, token, made)}"

    def ticket_opens(self, ticket: str, task_id: str, token: str) -> bool:
        """Tell whether this is a valid, unexpired ticket of this task for this token."""
        made, _, mark = ticket.rpartition(".")
        at = Instant.parse(made)
        if at is None:
            return False
        right = self._ticket_mark(task_id, token, made)
        genuine = hmac.compare_digest(mark.encode("utf-8", "surrogatepass"), right.encode())
        return genuine and at.is_within(_TICKET_S)

    def _ticket_mark(self, task_id: str, token: str, made: str) -> str:
        return base64.urlsafe_b64encode(self.derive("ticket", f"{task_id}\0{token}\0{made}")).decode().rstrip("=")

    def view_token_of(self, task: TaskMeta, generation: int = 0) -> str:
        """Return a task's read-only token, which may be shared; `generation` counts its replacements."""
        text = f"{task.task_id}\0{task.token_nonce}\0{task.input_sha256}" + (f"\0{generation}" if generation else "")
        return base64.urlsafe_b64encode(self.derive("view token of task", text)).decode().rstrip("=")

    def mark(self) -> str:
        """Return what recognises the secret and tells nothing about it: 32 hexadecimal digits."""
        return self.derive("mark", "")[:16].hex()

    def cache_key(self) -> bytes:
        """Return the key that signs cache entries."""
        return self.derive("cache", "")

    def pseudonym(self, text: str) -> str:
        """Return a name for a submitter that reveals nothing about them."""
        return self.derive("submitter", text).hex()[:16]

    def key_digest(self, key_id: str, person_id: str, secret: str) -> str:
        """Return what is stored of an API key: it fits only this id and this person."""
        return self.derive("api key", f"{key_id}\0{person_id}\0{secret}").hex()

    def session_key(self) -> str:
        """Return the key that signs the browser's session."""
        return self.derive("session", "").hex()


def token_hash(token: str) -> str:
    """Return the SHA-256 (hex) of a token, as stored in the record."""
    return hashlib.sha256(token.encode()).hexdigest()
