"""Links that only show a task or submission: the standing one, and shares with an end that can be taken back.

A share's token derives from the portal's secret, its owner's identity and all that limits it, so that nobody who can
write below JOBS_DIR can make a share, or let one live longer. What a closed share opened closes at once, in browsers
too: every way in (`Grant`) is checked against the present list.
"""

from __future__ import annotations

import base64
import hmac
import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from portal.domain.errors import Conflict, CorruptRecord, InvalidRequest, InvalidValue, KeyReused, NotFound
from portal.domain.message import Message
from portal.domain.submission import Submission, clean_label
from portal.domain.task import TaskMeta
from portal.files.shares import ShareFiles, ShareList, ShareRecord
from portal.files.snapshots import ShareSnapshot, SnapshotMark
from portal.files.submissions import SubmissionFolders
from portal.files.taskdir import PortalDir
from portal.services.secrets import Keyring
from portal.services.submission_keys import Access, SubmissionKeys

log = logging.getLogger(__name__)

MOST_SHARES = 50
MOST_YEARS = 10
# Of the standing view tokens that were replaced, as many tell who has one that it was revoked.
MOST_FORMER = 50


@dataclass(frozen=True)
class Grant:
    """A way into a task or submission: by a token of `opened`, or of its share number `share` (0: of no share).

    With `snapshot` it shows only what was done then; whoever lets somebody in by a grant heeds it.
    """

    opened: TaskMeta | Submission
    access: Access
    share: int = 0
    snapshot: SnapshotMark | None = None

    @property
    def is_owner(self) -> bool:
        return self.access is Access.OWNER


@dataclass(frozen=True)
class ShareFacts:
    """What may be shown of a share; it is open through the day `ends` (UTC)."""

    n: int
    label: str
    created_at: datetime
    ends: date
    last_used: date | None
    revoked_at: datetime | None
    is_open: bool
    snapshot: SnapshotMark | None = None


class ShareService:
    """Tokens of tasks and submissions, and what each opens."""

    def __init__(self, portal: PortalDir, keyring: Keyring) -> None:
        self._portal = portal
        self._keyring = keyring
        self._keys = SubmissionKeys(keyring)
        self._submissions = SubmissionFolders(portal)
        self._noted: tuple[date, set[tuple[str, int]]] = (date.min, set())

    # -- tokens

    def token(self, opened: TaskMeta | Submission, access: Access) -> str:
        """Return a standing token: the owner's, or the present one that only reads (empty if damage closed it)."""
        if access is Access.OWNER:
            return self._standing(opened, access, 0)
        present = self._read(opened)
        return "" if present is None else self._standing(opened, access, present.generation)

    def token_of(self, grant: Grant) -> str:
        """Return the token behind a grant that was just found; raise NotFound if it has been closed since."""
        right = next((token for way, token in self.ways(grant.opened) if way == grant), None)
        if right is None:
            raise NotFound(Message("share.unknown"))
        return right

    def _standing(self, opened: TaskMeta | Submission, access: Access, generation: int) -> str:
        if isinstance(opened, Submission):
            return self._keys.token(opened, access, generation)
        if access is Access.OWNER:
            return self._keyring.token_of(opened)
        return self._keyring.view_token_of(opened, generation)

    def _share_token(self, opened: TaskMeta | Submission, share: ShareRecord) -> str:
        if isinstance(opened, Submission):
            kind, identity = "submission", (opened.submission_id, opened.nonce, opened.fingerprint)
        else:
            kind, identity = "task", (opened.task_id, opened.token_nonce, opened.input_sha256)
        # With the digest: a version that knows no snapshots computes another token, and does not show all of it.
        limits = [share.ends.isoformat(), *([share.snapshot.sha256] if share.snapshot else [])]
        text = "\0".join((*identity, str(share.n), share.nonce, *limits))
        return base64.urlsafe_b64encode(self._keyring.derive(f"share of {kind}", text)).decode().rstrip("=")

    # -- what opens

    def grant(self, opened: TaskMeta | Submission, token: str) -> Grant | None:
        """Return what a token opens here; None if it is none of this task or submission, or has been closed.

        Raises:
            NewerFormat, OSError: nobody can tell at the moment.
        """
        given = token.encode("utf-8", "surrogatepass")
        for grant, right in self.ways(opened):
            if hmac.compare_digest(given, right.encode()):
                self.note_use(grant)
                return grant
        return None

    def is_owner(self, opened: TaskMeta | Submission, token: str) -> bool:
        """Tell, in constant time and without a look at the disk, whether a token is the owner's."""
        right = self._standing(opened, Access.OWNER, 0)
        return hmac.compare_digest(token.encode("utf-8", "surrogatepass"), right.encode())

    def ways(self, opened: TaskMeta | Submission) -> Iterator[tuple[Grant, str]]:
        """Yield every open way into a task or submission with its token, the owner's first; see `grant` for errors."""
        yield Grant(opened, Access.OWNER), self._standing(opened, Access.OWNER, 0)
        present = self._read(opened)
        if present is None:
            return
        yield Grant(opened, Access.VIEW), self._standing(opened, Access.VIEW, present.generation)
        today = _today()
        for share in present.shares:
            if share.is_open(today):
                yield Grant(opened, Access.VIEW, share.n, share.snapshot), self._share_token(opened, share)

    def former_ways(self, opened: TaskMeta | Submission) -> Iterator[tuple[Grant, str, Message]]:
        """Yield every way that was closed with its token and why, the newest first; see `grant` for errors.

        Of the standing view tokens that were replaced, the last `MOST_FORMER`; none if the list is damaged.
        """
        present = self._read(opened)
        if present is None:
            return
        today = _today()
        for share in sorted(present.shares, key=lambda share: -share.n):
            if not share.is_open(today):
                ended = Message("share.expired", day=share.ends.isoformat())
                why = ended if share.revoked_at is None else Message("share.revoked")
                grant = Grant(opened, Access.VIEW, share.n, share.snapshot)
                yield grant, self._share_token(opened, share), why
        for generation in range(present.generation - 1, max(-1, present.generation - 1 - MOST_FORMER), -1):
            token = self._standing(opened, Access.VIEW, generation)
            yield Grant(opened, Access.VIEW), token, Message("share.revoked")

    def snapshot(self, grant: Grant) -> ShareSnapshot:
        """Return what the snapshot of a grant shows; see `read_snapshot` for errors."""
        if grant.snapshot is None:
            raise ValueError("the grant is no snapshot")
        return self._files(grant.opened).snapshot(grant.share, grant.snapshot.sha256)

    def note_use(self, grant: Grant) -> None:
        """Write down that a share is used today, once per day and process."""
        if not grant.share:
            return
        day, noted = self._noted
        if day != (today := _today()):
            noted = set()
            self._noted = today, noted
        mark = (_name(grant.opened), grant.share)
        if mark not in noted:
            noted.add(mark)
            self._files(grant.opened).note_use(grant.share, today)

    # -- the owner's

    def all(self, opened: TaskMeta | Submission) -> list[ShareFacts]:
        """Return all shares, the newest first; closed ones too."""
        present, today = self._read(opened), _today()
        shares = () if present is None else present.shares
        return [self._facts(opened, share, today) for share in sorted(shares, key=lambda share: -share.n)]

    def _facts(self, opened: TaskMeta | Submission, share: ShareRecord, today: date) -> ShareFacts:
        used = self._files(opened).last_used(share.n)
        open_now = share.is_open(today)
        return ShareFacts(
            share.n, share.label, share.created_at, share.ends, used, share.revoked_at, open_now, share.snapshot
        )

    def make(
        self,
        opened: TaskMeta | Submission,
        *,
        label: str,
        ends: date,
        then: tuple[ShareSnapshot, int] | None = None,
        key: str | None = None,
    ) -> tuple[ShareFacts, str]:
        """Make a share; return what may be shown of it, and its token, which nobody can show again.

        `then` is all that it shows, and of how many tasks; None: it shows what there is when it is opened.
        A request that comes again with its `key` finds the share that it made.

        Raises:
            InvalidRequest: the label cannot be used, or the end is past or too far away.
            Conflict: there are as many open shares as there may be, or the share of this key was taken back.
            KeyReused: the key came with another request.
            NotFound: the task or submission has just been removed.
            StorageFull, Unreadable, OSError: it cannot be written down.
        """
        today, label = _today(), _share_label(label)
        last = date(today.year + MOST_YEARS, 12, 31)
        if not today <= ends <= last:
            wrong = Message("share.ends", first=today.isoformat(), last=last.isoformat())
            raise InvalidRequest(Message("request.fields"), errors={"ends": [wrong]})

        files = self._files(opened)
        nonce = secrets.token_urlsafe(16) if key is None else self._keyed_nonce(opened, key)

        def add(present: ShareList) -> ShareList:
            before = _of_nonce(present, nonce)
            if before is not None:
                if (before.label, before.ends, before.snapshot is not None) != (label, ends, then is not None):
                    raise KeyReused(Message("share.other_content"))
                if not before.is_open(today):
                    raise Conflict(Message("share.made_and_closed", number=before.n))
                return present
            kept = present.shares
            while len(kept) >= MOST_SHARES:
                closed = next((share for share in kept if not share.is_open(today)), None)
                if closed is None:
                    raise Conflict(Message("share.too_many", limit=MOST_SHARES))
                kept = tuple(share for share in kept if share is not closed)
                files.forget_snapshot(closed.n)
            made = ShareRecord(present.last + 1, label, nonce, _now(), ends)
            files.forget_use(made.n)
            if then is not None:
                snapshot, of = then
                sha256 = files.write_snapshot(made.n, snapshot)
                made = replace(made, snapshot=SnapshotMark(sha256, made.created_at, len(snapshot.items), of))
            return replace(present, last=made.n, shares=(*kept, made))

        share = _of_nonce(self._change(opened, add), nonce)
        assert share is not None
        log.info("share %s of %s made, open through %s", share.n, _name(opened), ends)
        return self._facts(opened, share, today), self._share_token(opened, share)

    def _keyed_nonce(self, opened: TaskMeta | Submission, key: str) -> str:
        return self._keyring.derive("key of a share", f"{_name(opened)}\0{key}").hex()[:32]

    def revoke(self, opened: TaskMeta | Submission, n: int) -> None:
        """Take a share back, at once and everywhere; one that was taken back already is no error.

        Raises:
            NotFound: there is no such share.
            StorageFull, Unreadable, OSError: it cannot be written down; the share is still open.
        """

        def close(present: ShareList) -> ShareList:
            if _numbered(present, n).revoked_at is not None:
                return present
            now = _now()
            return replace(
                present,
                shares=tuple(replace(each, revoked_at=now) if each.n == n else each for each in present.shares),
            )

        self._change(opened, close)
        self._files(opened).forget_snapshot(n)
        log.info("share %s of %s taken back", n, _name(opened))

    def replace_view_token(self, opened: TaskMeta | Submission) -> str:
        """Replace the standing view token: whoever came by the former one, or its link, is out. Return the new one."""

        def count(present: ShareList) -> ShareList:
            return replace(present, generation=present.generation + 1)

        changed = self._change(opened, count)
        log.info("view token of %s replaced", _name(opened))
        return self._standing(opened, Access.VIEW, changed.generation)

    def _change(self, opened: TaskMeta | Submission, step: Callable[[ShareList], ShareList]) -> ShareList:
        try:
            return self._files(opened).change(step)
        except FileNotFoundError as error:
            is_task = isinstance(opened, TaskMeta)
            raise NotFound(Message("task.unknown") if is_task else Message("submission.unknown")) from error

    # -- files

    def _read(self, opened: TaskMeta | Submission) -> ShareList | None:
        """Return the shares; None if the list is damaged, which closes all links until the owner makes another."""
        try:
            return self._files(opened).read()
        except CorruptRecord as error:
            log.error("the shares of %s cannot be read, and are closed: %s", _name(opened), error.message)
            return None

    def _files(self, opened: TaskMeta | Submission) -> ShareFiles:
        return ShareFiles(self._folder(opened))

    def _folder(self, opened: TaskMeta | Submission) -> Path:
        if isinstance(opened, TaskMeta):
            return self._portal.task(opened.task_id).path
        return self._submissions.folder(opened.submission_id)


def _of_nonce(present: ShareList, nonce: str) -> ShareRecord | None:
    return next((share for share in present.shares if share.nonce == nonce), None)


def _numbered(present: ShareList, n: int) -> ShareRecord:
    found = next((share for share in present.shares if share.n == n), None)
    if found is None:
        raise NotFound(Message("share.unknown"))
    return found


def _share_label(value: str) -> str:
    try:
        return clean_label(value) if value.strip() else ""
    except InvalidValue as error:
        raise InvalidRequest(Message("request.fields"), errors={"label": [error.message]}) from error


def _name(opened: TaskMeta | Submission) -> str:
    return f"task {opened.task_id}" if isinstance(opened, TaskMeta) else f"submission {opened.submission_id}"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _today() -> date:
    return datetime.now(UTC).date()
