"""Wording of how many toxins of a strain were tried on a target, for inconclusive tests."""

from __future__ import annotations

from portal.results.scores import TrialCounts
from portal.web.texts.i18n import gettext as _


def trials_text(trials: TrialCounts | None) -> str:
    """Return for instance "1 of 6 toxins tried, unverified; others unknown"; empty without counts."""
    if trials is None:
        return ""
    toxins, tried, read = trials.toxins, trials.tried, trials.read
    if not toxins:
        return ""
    if toxins == 1:
        return _("its one toxin was tried, unverified") if tried else _("its one toxin was not tried, relatives were")
    if not tried:
        return _("none of %(toxins)s toxins tried; relatives of theirs were inactive", toxins=toxins)
    counts = {"tried": tried, "toxins": toxins, "read": read}
    if not read:
        said = _("%(tried)s of %(toxins)s toxins tried, unverified", **counts)
    elif read < tried:
        said = _("%(tried)s of %(toxins)s toxins tried, no effect, %(read)s of them verified", **counts)
    else:
        said = _("%(tried)s of %(toxins)s toxins tried, no effect", **counts)
    return said if tried == toxins else _("%(said)s; others unknown", said=said)
