"""The shortlist of bioassays in words, for the page and the report."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from portal.domain.message import Message, verbatim
from portal.domain.status import Lang
from portal.results.bioassays import Bioassay, StrainBioassays
from portal.results.conclusion import Assessment
from portal.results.own_tests import EffectCounts, Role
from portal.results.published_doses import LowestDoses, PublishedDose, dose_text
from portal.results.ranking import is_above_order, score_text, sum_text
from portal.results.record_notes import dose_with_signs
from portal.results.species import NonPest, non_pest_kind
from portal.results.species_order import is_without_effect
from portal.results.targets import Panel
from portal.results.why_test import why_test

_SHOWN = 20  # species in page and report; the files contain all
_SHOWN_WITHOUT_EFFECT = 10
_UNFOLDED = 3  # on the page, with the first of each likely order: those that its answer names
_DOSES_SHOWN = 3
_TOXINS_SHOWN = 3


@dataclass(frozen=True)
class BioassayLine:
    """One species with its cells in words; `of_order` is the score of its order, where that is the lower one.

    leads: it is the first species of an order of pests that the strain likely acts on.
    """

    row: Bioassay
    leads: bool
    sum: Message | None
    of_order: Message | None
    toxin: Message | None
    relatives: Message | None
    doses: tuple[Message, ...]
    tests: tuple[Message, ...]
    why: Message
    not_pest: Message | None

    def names(self, lang: str) -> str:
        """Return the common names, that of the reader's language first."""
        return " · ".join(self._names(lang))

    def name(self, lang: str) -> str:
        """Return the common name in the reader's language, else the other one; empty without any."""
        return next(iter(self._names(lang)), "")

    def _names(self, lang: str) -> list[str]:
        names = [self.row.english, self.row.chinese]
        return [name for name in (reversed(names) if lang == Lang.ZH else names) if name]


@dataclass(frozen=True)
class BioassaySection:
    """The section on bioassays; without a tested species there are no lines.

    `without_effect` are the species that no test supports, under a heading of their own; `lines` are the others.
    `above_order` says why a species may score above its order, if one in the list does.
    """

    title: Message
    meaning: Message
    columns: tuple[Message, ...]
    no_dose: Message
    lines: tuple[BioassayLine, ...]
    more: Message | None
    above_order: Message | None
    without_effect: tuple[BioassayLine, ...]
    without_effect_title: Message
    without_effect_meaning: Message

    @property
    def has_rows(self) -> bool:
        """Whether any species is listed, with support or without."""
        return bool(self.lines or self.without_effect)

    @property
    def first(self) -> tuple[BioassayLine, ...]:
        """Return the lines that the page shows at once: no order that the strain likely acts on is out of sight."""
        return tuple(line for place, line in enumerate(self.lines) if place < _UNFOLDED or line.leads)

    @property
    def rest(self) -> tuple[BioassayLine, ...]:
        """Return the lines that the page folds away."""
        return tuple(line for line in self.lines if line not in self.first)

    @property
    def folded(self) -> Message | None:
        """Return what the fold says; None if there is nothing in it."""
        return Message("bioassay.folded", count=len(self.rest)) if self.rest else None


def bioassay_section(shortlist: StrainBioassays) -> BioassaySection:
    """Return the section on one strain's shortlist."""
    supported = [row for row in shortlist.species if not is_without_effect(row)]
    without = [row for row in shortlist.species if is_without_effect(row)]
    leading = _leading(supported)
    shown = [row for place, row in enumerate(supported) if place < _SHOWN or row.species in leading]
    lines = tuple(_line(row, leads=row.species in leading) for row in shown)
    controls = tuple(_line(row, leads=False) for row in without[:_SHOWN_WITHOUT_EFFECT])
    hidden = len(shortlist.species) - len(lines) - len(controls)
    is_of_before = any(row.own_sum is None for row in shortlist.species)
    names = ("species", "order", "toxin", "dose", "tests", "why")
    return BioassaySection(
        title=Message("bioassay.title"),
        meaning=Message("bioassay.meaning_before") if is_of_before else Message("bioassay.meaning"),
        columns=tuple(Message(f"bioassay.column.{name}") for name in names),
        no_dose=Message("bioassay.no_dose"),
        lines=lines,
        more=Message("bioassay.more", count=hidden) if hidden > 0 else None,
        above_order=Message("score.species_above_order") if any(line.of_order for line in lines) else None,
        without_effect=controls,
        without_effect_title=Message("bioassay.without_effect", count=len(without)),
        without_effect_meaning=Message("bioassay.without_effect_meaning"),
    )


def _leading(rows: Sequence[Bioassay]) -> Collection[str]:
    """Return the first species of each order of pests that the strain likely acts on."""
    likely = [row for row in rows if row.assessment is Assessment.LIKELY and row.panel is Panel.PEST]
    return {row.species for row in {row.target: row for row in reversed(likely)}.values()}


def _line(row: Bioassay, *, leads: bool) -> BioassayLine:
    own = EffectCounts(row.own_effect, row.own_no_effect, row.own_weak)
    part = EffectCounts(row.part_effect, row.part_no_effect, row.part_weak)
    broken = EffectCounts(row.broken_effect, row.broken_no_effect, row.broken_weak)
    relatives = EffectCounts(row.relatives_effect, row.relatives_no_effect, row.relatives_weak)
    told = (
        (own, Message("bioassay.own", effect=_effect(own), none=own.none)),
        (part, Message("bioassay.part", effect=_effect(part), none=part.none)),
        (broken, Message("bioassay.broken", effect=_effect(broken), none=broken.none)),
        (relatives, Message("bioassay.relatives", effect=_effect(relatives), none=relatives.none)),
    )
    tests = [words for counts, words in told if counts.effect + counts.none]
    if row.own_group:
        tests.insert(1, Message("bioassay.own_group", count=row.own_group))
    count = sum(counts.effect + counts.none for counts, _ in told)
    if count:
        tests.append(_read(row, count))
    is_above = is_above_order(row.score, row.order_score)
    return BioassayLine(
        row=row,
        leads=leads,
        of_order=Message("bioassay.order", score=score_text(row.order_score or 0.0)) if is_above else None,
        sum=_sum(row),
        toxin=_toxin(row),
        relatives=_relatives(row),
        doses=tuple(_doses(row))[:_DOSES_SHOWN],
        tests=tuple(tests),
        why=why_test(row),
        not_pest=_not_pest(row),
    )


def _sum(row: Bioassay) -> Message | None:
    if row.contribution_sum is None or is_without_effect(row):
        return None
    total = sum_text(row.contribution_sum)
    if row.own_sum is None:
        return Message("bioassay.sum_before", sum=total)
    return Message("bioassay.sum", own=sum_text(row.own_sum), sum=total)


def _not_pest(row: Bioassay) -> Message | None:
    """Return what a species that is no pest is tested for."""
    if row.panel is Panel.PEST:
        return None
    kind = non_pest_kind(row.species)
    if kind is NonPest.MODEL:  # kept in laboratories, so that there is nobody to be safe for
        return Message("bioassay.not_pest_model")
    return (
        Message("bioassay.not_pest_but", what=Message(f"bioassay.kind.{kind}"))
        if kind
        else Message("bioassay.not_pest")
    )


def _read(row: Bioassay, count: int) -> Message:
    if row.rows_read:
        return Message("bioassay.read_and_rows", read=row.read, rows=row.rows_read, count=count)
    return Message("bioassay.read", read=row.read, count=count)


def _effect(counts: EffectCounts) -> Message:
    if counts.weak:
        return Message("bioassay.effect_weak", effect=counts.effect, weak=counts.weak)
    return Message("bioassay.effect", effect=counts.effect)


def _toxin(row: Bioassay) -> Message | None:
    """Return the strain's own toxins that act on the species; without any, the one that adds most to the score."""
    if row.acting:
        first, *others = row.acting[:_TOXINS_SHOWN]
        told = [Message("bioassay.acting_first", name=first.toxin, count=first.effect)]
        told += [Message("bioassay.acting_next", name=toxin.toxin, tests=toxin.effect) for toxin in others]
        if hidden := len(row.acting) - len(told):
            told.append(Message("bioassay.acting_more", number=hidden))
        return Message("bioassay.acting", count=len(row.acting), toxins=told)
    if row.toxin is None:
        return None
    if row.toxin_identity_percent is None:
        return verbatim(row.toxin)
    return Message("bioassay.toxin", name=row.toxin, identity=row.toxin_identity_percent)


def _relatives(row: Bioassay) -> Message | None:
    """Return the relatives that act on the species: what raises its score beside its own toxins."""
    acting = [relative for relative in row.relatives if relative.effect]
    if not acting:
        return None
    first, *others = acting[:_TOXINS_SHOWN]
    told = [Message("bioassay.acting_first", name=first.toxin, count=first.effect)]
    told += [Message("bioassay.acting_next", name=each.toxin, tests=each.effect) for each in others]
    if hidden := len(acting) - len(told):
        told.append(Message("bioassay.acting_more", number=hidden))
    return Message("bioassay.relatives_acting", toxins=told)


def _doses(row: Bioassay) -> list[Message]:
    """Return the lowest doses of own toxins, then those of others as published; without the former all as published."""
    others = [dose for dose in row.doses if not row.lowest_doses or dose.role is not Role.OWN]
    return [_lowest(dose, each) for each in row.lowest_doses for dose in each.doses] + list(map(_dose, others))


def _lowest(dose: PublishedDose, lowest: LowestDoses) -> Message:
    if lowest.compared == 1:
        return _dose(dose)
    text = dose_with_signs(dose_text(dose))
    if len(lowest.doses) == 1:
        return Message(
            "bioassay.dose_lowest", dose=text, toxin=dose.toxin, citation=dose.citation, compared=lowest.compared
        )
    return Message(
        "bioassay.dose_maybe_lowest", dose=text, toxin=dose.toxin, citation=dose.citation, compared=lowest.compared
    )


def _dose(dose: PublishedDose) -> Message:
    if dose.role is Role.OWN:
        return Message("bioassay.dose", dose=dose_with_signs(dose_text(dose)), toxin=dose.toxin, citation=dose.citation)
    return Message(
        "bioassay.dose_of_other",
        dose=dose_with_signs(dose_text(dose)),
        toxin=dose.toxin,
        whose=Message(f"bioassay.whose.{dose.role}"),
        citation=dose.citation,
    )
