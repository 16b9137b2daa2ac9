"""A submission: many genomes under one id, announced before any of them is sent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from portal.domain.errors import InvalidRequest, InvalidValue
from portal.domain.invisible import seen
from portal.domain.message import Message
from portal.domain.normal_form import composed
from portal.domain.status import Lang, TaskStatus

MOST_ITEMS = 1000
MAX_LABEL = 100
AWAITED_FOR = timedelta(hours=24)
_SHA256 = re.compile(r"[0-9a-f]{64}")
_GZIP, _SUFFIX = re.compile(r"\.gz$", re.IGNORECASE), re.compile(r"\.[^.]+$")


class ItemStatus(StrEnum):
    """State of an item: that of its task, or its own while it has no task. The values are the wire values."""

    AWAITED = "awaited"  # announced, not sent yet
    REFUSED = "refused"  # sent and not accepted, because it is not valid FASTA; the reason is kept
    LAPSED = "lapsed"  # announced and never sent: the time for it is over, or the submission was closed without it
    DELETED = "deleted"  # was received; then deleted or expired
    REPLACED = "replaced"  # only through a snapshot: run again since, and not shown
    PENDING = TaskStatus.PENDING.value
    QUEUED = TaskStatus.QUEUED.value
    RUNNING = TaskStatus.RUNNING.value
    COMPLETED = TaskStatus.COMPLETED.value
    FAILED = TaskStatus.FAILED.value

    @property
    def is_final(self) -> bool:
        """Tell whether the item no longer changes without a request."""
        return self in _FINAL


_FINAL = frozenset(
    (
        ItemStatus.REFUSED,
        ItemStatus.LAPSED,
        ItemStatus.DELETED,
        ItemStatus.REPLACED,
        ItemStatus.COMPLETED,
        ItemStatus.FAILED,
    )
)


@dataclass(frozen=True)
class SubmissionItem:
    """One genome: `n` counts from 1; `size` (bytes) and `sha256` refer to the uncompressed FASTA text."""

    n: int
    label: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Submission:
    """What was announced; never changed afterwards. Its tokens derive from `nonce`; `submitter` is a pseudonym."""

    submission_id: str
    nonce: str
    label: str
    lang: Lang
    parameters: Mapping[str, Any]
    items: tuple[SubmissionItem, ...]
    submitter: str
    fingerprint: str
    created_at: datetime
    owner: str = ""  # pseudonym of the signed-in person who announced it; empty: only its tokens open it

    @property
    def upload_until(self) -> datetime:
        """The time at which items that were not sent lapse."""
        return self.created_at + AWAITED_FOR

    @property
    def same_content(self) -> tuple[tuple[SubmissionItem, SubmissionItem], ...]:
        """Items whose content an earlier item has too, each with the first of these."""
        first: dict[str, SubmissionItem] = {}
        return tuple(
            (item, first[item.sha256]) for item in self.items if first.setdefault(item.sha256, item) is not item
        )

    def item(self, n: int) -> SubmissionItem | None:
        """Return an item by its number."""
        if 1 <= n <= len(self.items) and self.items[n - 1].n == n:
            return self.items[n - 1]
        return next((item for item in self.items if item.n == n), None)


def is_item_filename(filename: str, label: str) -> bool:
    """Tell whether the task of an item has this file name: its label, to which earlier versions added a suffix.

    How the file was called by whoever sent it is not known: a suffix would be invented.
    """
    return filename in (label, f"{label}.fna")


def clean_label(value: Any, longest: int = MAX_LABEL) -> str:
    """Return a label in the stored form: NFC, in any script, without what nobody sees (`domain.invisible`).

    Raises:
        InvalidValue: it is empty, too long, not text, or holds control characters.
    """
    if not isinstance(value, str):
        raise InvalidValue(Message("value.text"))
    text = composed(seen(value).strip(), longest).strip()
    if not 1 <= len(text) <= longest:
        raise InvalidValue(Message("value.label_length", longest=longest))
    if any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in text):
        raise InvalidValue(Message("value.control"))
    return text


def labels_of(names: Sequence[str]) -> list[str]:
    """Return a label for the file of each name, none twice and none too long; the same as `labelsOf` of the pages."""
    labels: list[str] = []
    for name in names:
        stem = _SUFFIX.sub("", _GZIP.sub("", name)).strip()
        stem = unicodedata.normalize("NFC", stem or name)[: MAX_LABEL - 6].strip()
        numbered = (f"{stem} ({number})" for number in range(2, len(names) + 2))
        labels.append(next(label for label in (stem, *numbered) if label not in labels))
    return labels


def read_items(rows: Sequence[Mapping[str, Any]], *, limit_bytes: int) -> tuple[SubmissionItem, ...]:
    """Return the announced items, numbered from 1.

    Raises:
        InvalidRequest: naming each wrong field, such as `items.3.label` (counted from 0, as in the request), with a
            message that names number (from 1) and label of the item.
    """
    errors: dict[str, list[Message]] = {}
    if not 1 <= len(rows) <= MOST_ITEMS:
        raise InvalidRequest(
            Message("request.fields"), errors={"items": [Message("value.count", least=1, most=MOST_ITEMS)]}
        )
    items: list[SubmissionItem] = []
    first_of: dict[str, int] = {}
    for place, row in enumerate(rows):
        try:
            label = clean_label(row.get("label"))
        except InvalidValue as error:
            errors[f"items.{place}.label"] = [error.message]
            continue
        if first_of.setdefault(label, place) != place:
            errors[f"items.{place}.label"] = [Message("value.same_label", other=first_of[label] + 1)]
        size, sha256 = row.get("size"), row.get("sha256")
        if not isinstance(size, int) or isinstance(size, bool) or not 0 < size <= limit_bytes:
            errors[f"items.{place}.size"] = [Message("value.bytes", limit=limit_bytes)]
        elif not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
            errors[f"items.{place}.sha256"] = [Message("value.sha256")]
        else:
            items.append(SubmissionItem(place + 1, label, size, sha256))
    if errors:
        named = {
            field: [of_item(int(field.split(".")[1]), rows, message) for message in messages]
            for field, messages in errors.items()
        }
        raise InvalidRequest(Message("request.fields"), errors=named)
    return tuple(items)


def of_item(place: int, rows: Any, message: Message) -> Message:
    """Return a message about an announced item, at a place counted from 0, with its number and label."""
    row = rows[place] if isinstance(rows, Sequence) and place < len(rows) else None
    label = row.get("label") if isinstance(row, Mapping) else None
    shown = "".join(" " if unicodedata.category(char)[0] == "C" else char for char in str(label or ""))[:MAX_LABEL]
    return Message("input.item", n=place + 1, label=shown or "?", reason=message)
