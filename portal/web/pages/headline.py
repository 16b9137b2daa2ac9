"""The result of a task in one line: the conclusion, worded for the page.

`portal/results/conclusion.py` draws the conclusion; this module only words it.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.domain.task import TaskMeta
from portal.results.conclusion import Assessment, Conclusion, Outcome, names_of
from portal.web.texts.i18n import gap
from portal.web.texts.i18n import gettext as _
from portal.web.texts.i18n import lazy_gettext as _l
from portal.web.texts.words import target_name

_LEADS = {
    Outcome.LIKELY: _l("Likely acts on"),
    Outcome.POSSIBLE: _l("May act on"),
    Outcome.NONE_SUPPORTED: _l("Toxins were found, but the published evidence points to no pest"),
    Outcome.NO_RECORD: _l("Toxins were found, but no pest is on record for them or their relatives"),
    Outcome.NOT_SCORED: _l("Toxins were found, but all of them lie below the thresholds of this run"),
    Outcome.NO_TOXINS: _l("No toxin gene was found in this genome"),
}
_NONE_SUPPORTED_BROKEN = _l(
    "Toxins were found, but the genes of those that would act are broken: the published evidence points to no pest"
)
# What a row of a grid has room for.
_BRIEF = {
    Outcome.LIKELY: _l("Likely:"),
    Outcome.POSSIBLE: _l("Possible:"),
    Outcome.NONE_SUPPORTED: _l("No pest supported"),
    Outcome.NO_RECORD: _l("No pest on record"),
    Outcome.NOT_SCORED: _l("All below the thresholds"),
    Outcome.NO_TOXINS: _l("No toxin gene"),
}
_BRIEF_BROKEN = _l("(genes broken)")
_BROKEN_BEHIND = _l("(but the genes of the toxins behind this are broken)")


@dataclass(frozen=True)
class Headline:
    """The statement and its targets, with `caution` in brackets behind them; other targets follow in smaller print.

    brief: the statement and its targets in few words.
    """

    lead: str
    targets: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    likely_besides: tuple[str, ...] = ()
    possible_besides: tuple[str, ...] = ()
    caution: str = ""
    brief: str = ""

    @property
    def line(self) -> str:
        """Return the lead, its targets and the caution as text."""
        line = f"{self.lead}{gap()}{_(', ').join(map(target_name, self.targets))}".strip()
        return f"{line}{gap()}{self.caution}" if self.caution else line


def lead_of(outcome: Outcome) -> str:
    """Return the words that a conclusion begins with."""
    return str(_LEADS[outcome])


def headline(task: TaskMeta, conclusion: Conclusion | None) -> Headline:
    """Return the headline of a completed task; an empty one if the scores cannot be read."""
    if conclusion is None:
        ready = _("The results are ready to download")
        return Headline(ready, brief=ready)
    outcome, lead = conclusion.outcome, lead_of(conclusion.outcome)
    brief = str(_BRIEF[outcome])
    if outcome is Outcome.NO_TOXINS and task.input_facts.get("kind") == "prot":
        lead = _("No toxin was found among these proteins")
        brief = _("No toxin")
    if outcome is Outcome.NONE_SUPPORTED and conclusion.genes_broken:
        lead = str(_NONE_SUPPORTED_BROKEN)
    named = {Outcome.LIKELY: conclusion.likely, Outcome.POSSIBLE: conclusion.possible}
    targets = named.get(outcome, ())
    return Headline(
        lead,
        targets=targets,
        brief=_with_state(f"{brief}{gap()}{_(', ').join(map(target_name, targets))}".strip(), conclusion),
        caution=str(_BROKEN_BEHIND) if targets and conclusion.genes_broken else "",
        possible=conclusion.possible if outcome is Outcome.LIKELY else (),
        likely_besides=names_of(conclusion.non_pest, Assessment.LIKELY),
        possible_besides=names_of(conclusion.non_pest, Assessment.POSSIBLE),
    )


def _with_state(brief: str, conclusion: Conclusion) -> str:
    return f"{brief}{gap()}{_BRIEF_BROKEN}" if conclusion.genes_broken else brief
