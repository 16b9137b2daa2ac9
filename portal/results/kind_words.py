"""The kind of sequence as which a file was read, in words, so that a user can correct a wrong guess."""

from __future__ import annotations

from portal.domain.message import Message

_KINDS = {
    "nucl": Message("kind.nucl"),
    "orfs": Message("kind.orfs"),
    "prot": Message("kind.prot"),
}


def kind_words(kind: str | None) -> Message | None:
    """Return the words for a kind of file; None for an unknown kind, as in results of earlier versions."""
    return _KINDS.get(kind or "")
