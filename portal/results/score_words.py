"""The words beside a score: the share of published strains with such a score that act on the order, or that it is
unknown.

The estimate comes from a curve through all strains of the calibration; the count covers one range of scores. The two
differ, so each is labelled.
"""

from __future__ import annotations

from portal.domain.message import Message
from portal.results.scores import DocumentedShare


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
