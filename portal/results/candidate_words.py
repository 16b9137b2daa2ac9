"""Candidates for new toxins in words, for the page and the report."""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.message import Message
from portal.results.candidates import CandidatesDocument, NewToxinCandidate
from portal.results.loci import Verdict
from portal.results.locus_state import Qualified
from portal.results.locus_words import state_words

_SHOWN = 20  # in page and report; the files contain all


@dataclass(frozen=True)
class CandidateLine:
    """One candidate with its cells in words."""

    candidate: NewToxinCandidate
    step: Message
    closest: Message
    state: tuple[Message, ...]


@dataclass(frozen=True)
class CandidateSection:
    """The section on candidates."""

    title: Message
    meaning: Message
    columns: tuple[Message, ...]
    lines: tuple[CandidateLine, ...]
    more: Message | None
    omitted: Message | None


def candidate_section(document: CandidatesDocument) -> CandidateSection:
    """Return the section on the candidates of one genome."""
    hidden = len(document.candidates) - _SHOWN
    names = ("gene", "step", "closest", "state", "domains", "neighbours")
    return CandidateSection(
        title=Message("candidate.title"),
        meaning=Message("candidate.meaning"),
        columns=tuple(Message(f"candidate.column.{name}") for name in names),
        lines=tuple(map(_line, document.candidates[:_SHOWN])),
        more=Message("candidate.more", count=hidden) if hidden > 0 else None,
        omitted=Message("candidate.omitted", count=document.omitted) if document.omitted else None,
    )


def _line(one: NewToxinCandidate) -> CandidateLine:
    state = [state_words(one.verdict, one.state)]
    if one.is_ready:
        state.append(Message("candidate.ready"))
    elif one.verdict is Verdict.INTACT and one.state is not Qualified.UNKNOWN_INSIDE:
        state.append(Message("candidate.start"))
    elif one.verdict is not None:
        state.append(Message("candidate.broken"))
    return CandidateLine(
        candidate=one, step=Message(f"candidate.step.{one.step}"), closest=_closest(one), state=tuple(state)
    )


def _closest(one: NewToxinCandidate) -> Message:
    if one.reference is None or one.identity_percent is None:
        return Message("candidate.none")
    return Message("candidate.closest", name=one.reference, identity=one.identity_percent, length=one.length_aa)
