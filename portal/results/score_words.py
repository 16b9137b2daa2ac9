"""The words beside a score: the share of published strains with such a score that act on the order, or that it is
unknown.

The estimate comes from a curve through all strains of the calibration; the count covers one range of scores. The two
differ, so each is labelled.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.message import Message
from portal.results.conclusion import LIKELY_FROM, POSSIBLE_FROM, AssessedTarget, Assessment, Caution
from portal.results.gene_state import GeneCondition
from portal.results.ranking import score_text, shown_limits
from portal.results.scores import DocumentedShare


@dataclass(frozen=True)
class CellNote:
    """The same as a note in the few words that a cell has room for, and their meaning for a legend."""

    words: Message
    meaning: Message


_WIDE = CellNote(
    Message("score.cell.wide_interval"), Message("score.cell.wide_interval_meaning", limit=score_text(POSSIBLE_FROM))
)
_BESIDE_PRIMARY = CellNote(Message("score.cell.beside_primary"), Message("score.cell.beside_primary_meaning"))
_IN_CELL = {
    "score.wide_interval": _WIDE,
    "score.wide_interval_close": _WIDE,
    "score.beside_primary": _BESIDE_PRIMARY,
    "score.just_below": CellNote(Message("score.cell.just_below"), Message("score.cell.just_below_meaning")),
}
_GENES = {
    GeneCondition.BROKEN: Message("score.genes_broken"),
    GeneCondition.CUT: Message("score.genes_cut"),
}


def assessment_note(said: AssessedTarget, score: float, low: float, high: float) -> Message | None:
    """Return why an assessment is not the one that the score, as shown with two decimals, suggests; else None."""
    if said.caution is Caution.WIDE_INTERVAL:
        lower, limit = score_text(shown_limits(low, high)[0]), score_text(POSSIBLE_FROM)
        if lower == limit:
            return Message("score.wide_interval_close", limit=limit)
        return Message("score.wide_interval", low=lower, limit=limit)
    if said.caution is Caution.BESIDE_PRIMARY:
        return Message("score.beside_primary")
    limit_above = {Assessment.POSSIBLE: LIKELY_FROM, Assessment.LITTLE_SUPPORT: POSSIBLE_FROM}.get(said.assessment)
    if limit_above is None or score >= limit_above or score_text(score) != score_text(limit_above):
        return None
    return Message("score.just_below", limit=score_text(limit_above))


def genes_note(genes: GeneCondition) -> Message | None:
    """Return that all genes behind a score are broken, or seen only in part; None if some may be whole."""
    return _GENES.get(genes)


def caution_words(caution: Caution) -> Message:
    """Return in few words why a target with the score of a likely one is only called possible."""
    return (_WIDE if caution is Caution.WIDE_INTERVAL else _BESIDE_PRIMARY).words


def cell_note(note: Message) -> CellNote:
    """Return what `assessment_note` says, for a cell."""
    return _IN_CELL[note.code]


def documented_line(found: DocumentedShare | None) -> Message:
    """Return the estimate alone, in a few words; `documented_words` says what it is read from."""
    if found is None:
        return Message("score.uncalibrated_cell")
    return Message("score.documented_line", share=100 * found.share)


def documented_words(found: DocumentedShare | None, *, short: bool = False) -> Message:
    """Return what is documented for strains with such a score; None means that the score is uncalibrated.

    With `short` the text fits a table cell.
    """
    if found is None:
        return Message("score.uncalibrated_cell") if short else Message("score.uncalibrated")
    share, strains, acting = 100 * found.share, found.strains, found.acting
    low, high = found.low, found.high
    if low is None or high is None or not strains:
        if short:
            return Message("score.documented_uncounted_cell", share=share)
        return Message("score.documented_uncounted", share=share)
    if short:
        return Message("score.documented_cell", share=share, acting=acting, strains=strains, low=low, high=high)
    return Message("score.documented", share=share, acting=acting, strains=strains, low=low, high=high)
