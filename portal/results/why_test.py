"""Why a species is worth a test, in one phrase made of the facts on it: what is particular to it, and what is open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from portal.domain.message import Message
from portal.results.bioassays import Bioassay, Particular, Reason
from portal.results.own_tests import Role

_NAMES_TOLD = 2


def why_test(row: Bioassay) -> Message:
    """Return the phrase; what is particular to the species says enough where all tests agree and it has a figure."""
    particular = _particular(row)
    if particular and particular.params and row.reason is Reason.CONFIRM:
        return particular
    because = _BECAUSE[row.reason](row)
    return Message("bioassay.why.two", first=particular, then=because) if particular else because


def _particular(row: Bioassay) -> Message | None:
    found = row.particular
    if found is None:
        return None
    match found.kind:
        case Particular.ONLY:
            return Message("bioassay.particular.only")
        case Particular.MOST_SUPPORT:
            return Message("bioassay.particular.most_support", count=_own(row), toxins=len(row.acting))
        case Particular.ONLY_DOSE:
            return Message("bioassay.particular.only_dose")
        case Particular.LOWEST_DOSE:
            return Message(
                "bioassay.particular.lowest_dose",
                measure=found.measure or "",
                family=Message(f"bioassay.per.{found.family}"),
                toxin=found.toxin or "",
            )
        case Particular.MOST_TESTED:
            return Message("bioassay.particular.most_tested", count=_own(row))
        case Particular.MOST_TOXINS:
            return Message("bioassay.particular.most_toxins", toxins=len(row.acting))
        case Particular.ONLY_OF_TOXIN:
            return Message("bioassay.particular.only_of_toxin", toxin=found.toxin or "")


def _own(row: Bioassay) -> int:
    return row.own_effect + row.own_no_effect


def _confirm(row: Bioassay) -> Message:
    acting = [toxin.toxin for toxin in row.acting]
    if len(acting) == 1:
        own = Message("bioassay.why.one_agrees", count=_own(row), toxin=acting[0])
    else:
        own = Message("bioassay.why.own_agree", count=_own(row), toxins=len(acting))
    count = row.relatives_effect + row.relatives_no_effect
    if not count:
        return own
    relatives = Message("bioassay.why.of_relatives", effect=row.relatives_effect, count=count)
    return Message("bioassay.why.two", first=own, then=relatives)


def _weak(row: Bioassay) -> Message:
    acting = [toxin.toxin for toxin in row.acting]
    if not acting:
        return Message("bioassay.reason.weak")
    return Message("bioassay.why.weak", toxins=_few(acting), count=row.own_weak)


def _group(row: Bioassay) -> Message:
    count = _own(row)
    if row.own_group == count:
        return Message("bioassay.why.group", count=count)
    return Message("bioassay.why.group_beside", group=row.own_group, count=count)


def _contradiction(row: Bioassay) -> Message:
    if row.own_effect:
        return Message("bioassay.why.own_disagree", none=row.own_no_effect, count=_own(row))
    none = row.own_no_effect + row.part_no_effect
    count = row.relatives_effect + row.relatives_no_effect
    if none:
        return Message("bioassay.why.relatives_against_own", none=none, effect=row.relatives_effect, count=count)
    return Message("bioassay.why.relatives_disagree", none=row.relatives_no_effect, count=count)


def _relatives(row: Bioassay) -> Message:
    names = [relative.toxin for relative in row.relatives if relative.effect]
    if not names:
        return Message("bioassay.reason.relatives")
    return Message("bioassay.why.relatives", toxins=_few(names), count=row.relatives_effect)


def _part(row: Bioassay) -> Message:
    names = _acting(row, Role.PART)
    return Message("bioassay.why.part", toxins=_few(names)) if names else Message("bioassay.reason.part")


def _broken(row: Bioassay) -> Message:
    names = _acting(row, Role.BROKEN)
    if not names:
        return Message("bioassay.reason.broken")
    return Message("bioassay.why.broken", toxins=_few(names), count=len(names))


def _acting(row: Bioassay, role: Role) -> list[str]:
    """Return the toxins of a role that act in tests of their own, such as those whose genes are broken."""
    return [toxin.toxin for toxin in row.toxins if toxin.role is role and toxin.effect]


def _partner(row: Bioassay) -> Message:
    return Message("bioassay.why.partner", toxin=row.toxin) if row.toxin else Message("bioassay.reason.partner")


def _uncertain(row: Bioassay) -> Message:
    count = _own(row) + row.part_no_effect + row.broken_no_effect + row.relatives_no_effect
    return Message("bioassay.why.uncertain", count=count, own=row.own_no_effect)


def _inactive(row: Bioassay) -> Message:
    return Message("bioassay.why.inactive", count=row.own_no_effect + row.part_no_effect + row.broken_no_effect)


def _few(names: Iterable[str]) -> list[str | Message]:
    """Return the first names, and how many more there are."""
    listed = list(names)
    told: list[str | Message] = [*listed[:_NAMES_TOLD]]
    if hidden := len(listed) - len(told):
        told.append(Message("bioassay.acting_more", number=hidden))
    return told


_BECAUSE: Mapping[Reason, Callable[[Bioassay], Message]] = {
    Reason.CONFIRM: _confirm,
    Reason.WEAK: _weak,
    Reason.GROUP: _group,
    Reason.PART: _part,
    Reason.CONTRADICTION: _contradiction,
    Reason.RELATIVES: _relatives,
    Reason.BROKEN: _broken,
    Reason.PARTNER: _partner,
    Reason.UNCERTAIN: _uncertain,
    Reason.INACTIVE: _inactive,
}
